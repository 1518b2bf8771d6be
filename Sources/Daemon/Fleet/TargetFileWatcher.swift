import CacheModel
import Logging
import NIOPosix

/// Brings the targets that files name, and looks once a second whether a file has changed, come or gone.
///
/// A file that can't be read as a list keeps what it said before, and is told of once. All entries of `target_files` are looked
/// at together, so that a server which two of them name is watched once, whichever is read first.
struct TargetFileWatcher: FleetSource {
  let configurations: [TargetFilesConfiguration]
  /// What the configuration lists and this process does not watch as a target itself, by name: groups, of which only a seed is
  /// known here, and other shards' targets.
  let others: [(name: String, url: TargetURL)]
  private let shard: Shard
  let snapshots: SnapshotStore
  let log: Logger

  /// By path, one for each entry of the configuration.
  private typealias Files = [[String: WatchedFile]]

  /// The watcher of all the configuration's files; readiness waits for its first look.
  init(_ assembly: TargetAssembly) {
    let configuration = assembly.configuration
    let shard = configuration.shard
    self.shard = shard
    configurations = configuration.targetFiles
    others = configuration.targets.compactMap { target in
      let name = target.identity.name
      guard target.isGroup || !shard.takes(name) else { return nil }
      return TargetURL.parse(target.url).map { (name, $0) }
    }
    snapshots = assembly.snapshots
    log = assembly.log
    snapshots.expect(Self.key)
  }

  private static let key = "target_files[]"

  func run(_ fleet: Fleet) async {
    var files: Files = configurations.map { _ in [:] }
    var told: Set<String> = []
    repeat {
      let before = files
      files = (try? await NIOThreadPool.singleton.runIfActive { look(before) }) ?? before
      let chosen = choice(files, beside: await fleet.servers(before: .files))
      let refused = await fleet.replace(chosen.targets.filter { shard.takes($0.identity.name) }, of: .files)
      let leftOut =
        chosen.leftOut
        + refused.map {
          (.nameTaken, "\($0) in a file of targets is another target's name already, and is left out")
        }
      for (_, sentence) in leftOut where !told.contains(sentence) { log.warning("\(sentence)") }
      // What ends and comes again is told again.
      told = Set(leftOut.map(\.sentence))
      let all = files.flatMap(\.values)
      var figures = TargetFileFigures(read: Int64(all.count(where: \.isRead)))
      figures.failed = Int64(all.count) - figures.read
      for (reason, _) in leftOut { figures.leftOut[reason, default: 0] += 1 }
      snapshots.note(figures, of: Self.key)
      snapshots.arrived(Self.key)
    } while (try? await Task.sleep(for: .seconds(1))) != nil
  }

  private typealias LeftOut = (reason: TargetFileFigures.LeftOut, sentence: String)

  /// The targets in the order of the entries and of the files' names, each server once, and why the others are left out.
  private func choice(_ files: Files, beside watched: ServerIndex)
    -> (targets: [TargetConfiguration], leftOut: [LeftOut])
  {
    var servers = watched
    for (name, url) in others { servers.insert(name, url) }
    var names = Set(others.map(\.name))
    var targets: [TargetConfiguration] = []
    var leftOut: [LeftOut] = []
    for (configuration, files) in zip(configurations, files) {
      for (path, file) in files.sorted(by: { $0.key < $1.key }) {
        for item in file.items {
          let target = item.target(configuration.template)
          let name = target.identity.name
          if let other = servers.name(at: item.url) {
            leftOut.append(
              (.sameServer, "\(path): \(name) is left out: \(other) is the same server, \(item.url.address)"))
          } else if !names.insert(name).inserted {
            leftOut.append(
              (.nameTaken, "\(path): \(item.url.address) is left out: another target is called \(name), too"))
          } else {
            servers.insert(name, item.url)
            targets.append(target)
          }
        }
      }
    }
    return (targets, leftOut)
  }

  /// Reads what is new. Blocks.
  private func look(_ known: Files) -> Files { zip(configurations, known).map { look($0.paths, $1) } }

  private func look(_ paths: [String], _ known: [String: WatchedFile]) -> [String: WatchedFile] {
    var files: [String: WatchedFile] = [:]
    for path in paths.flatMap(WatchedFile.matches) {
      guard let mark = WatchedFile.Mark(path) else { continue }
      files[path] = known[path]
      if files[path]?.look(mark) == .keep { continue }
      files[path] = WatchedFile(mark, items: read(path), after: known[path])
    }
    for (path, earlier) in known where files[path] == nil {
      var file = earlier
      if file.isMissed() { files[path] = file }
    }
    return files
  }

  private func read(_ path: String) -> [TargetList.Item]? {
    do throws(TargetList.Problem) {
      let list = try TargetList(path)
      log.info("\(list.items.count) targets read", metadata: ["file": "\(path)"])
      for name in list.hiding {
        log.warning("\(path): the label \(name) goes before that of cache_* series: theirs is exported_\(name)")
      }
      return list.items
    } catch {
      log.error("\(error.sentence); what it said before stays in force")
      return nil
    }
  }
}
