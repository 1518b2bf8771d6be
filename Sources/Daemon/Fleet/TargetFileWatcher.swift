import CacheModel
import Logging
import NIOPosix

/// Brings the targets that files name, and looks once a second whether a file has changed, come or gone.
///
/// A file that can't be read as a list keeps what it said before, and is told of once.
struct TargetFileWatcher: FleetSource {
  let index: Int
  let configuration: TargetFilesConfiguration
  /// The configuration's own targets, by name: a server that is among them is not watched twice.
  let others: [(name: String, url: TargetURL)]
  private let shard: Shard
  let snapshots: SnapshotStore
  let log: Logger

  /// The watcher of the files at this index of the configuration; readiness waits for its first look.
  init(_ index: Int, _ assembly: TargetAssembly) {
    self.index = index
    configuration = assembly.configuration.targetFiles[index]
    others = assembly.configuration.targets.compactMap { target in
      TargetURL.parse(target.url).map { (target.identity.name, $0) }
    }
    shard = assembly.configuration.shard
    snapshots = assembly.snapshots
    log = assembly.log
    snapshots.expect(key)
  }

  private var key: String { "target_files[\(index)]" }

  func run(_ fleet: Fleet) async {
    var files: [String: WatchedFile] = [:]
    var told: Set<String> = []
    repeat {
      let before = files
      files = (try? await NIOThreadPool.singleton.runIfActive { look(before) }) ?? before
      let chosen = choice(files)
      let refused = await fleet.replace(
        chosen.targets.filter { shard.takes($0.identity.name) }, of: .file(index))
      let leftOut =
        chosen.leftOut
        + refused.map {
          (.nameTaken, "\($0) in a file of targets is another target's name already, and is left out")
        }
      for (_, sentence) in leftOut where !told.contains(sentence) { log.warning("\(sentence)") }
      // What ends and comes again is told again.
      told = Set(leftOut.map(\.sentence))
      var figures = TargetFileFigures(read: Int64(files.values.count(where: \.isRead)))
      figures.failed = Int64(files.count) - figures.read
      for (reason, _) in leftOut { figures.leftOut[reason, default: 0] += 1 }
      snapshots.note(figures, of: key)
      snapshots.arrived(key)
    } while (try? await Task.sleep(for: .seconds(1))) != nil
  }

  private typealias LeftOut = (reason: TargetFileFigures.LeftOut, sentence: String)

  /// The targets in the order of the files' names, each server once, and why the others are left out.
  private func choice(_ files: [String: WatchedFile]) -> (targets: [TargetConfiguration], leftOut: [LeftOut]) {
    var places = others
    var targets: [TargetConfiguration] = []
    var leftOut: [LeftOut] = []
    for (path, file) in files.sorted(by: { $0.key < $1.key }) {
      for item in file.items {
        let target = item.target(configuration.template)
        let name = target.identity.name
        if let other = places.first(where: { $0.url.isSameServer(as: item.url) }) {
          leftOut.append(
            (.sameServer, "\(path): \(name) is left out: \(other.name) is the same server, \(item.url.address)"))
        } else if places.contains(where: { $0.name == name }) {
          leftOut.append(
            (.nameTaken, "\(path): \(item.url.address) is left out: another target is called \(name), too"))
        } else {
          places.append((name, item.url))
          targets.append(target)
        }
      }
    }
    return (targets, leftOut)
  }

  /// Reads what is new. Blocks.
  private func look(_ known: [String: WatchedFile]) -> [String: WatchedFile] {
    var files: [String: WatchedFile] = [:]
    for path in configuration.paths.flatMap(WatchedFile.matches) {
      guard let mark = WatchedFile.Mark(path) else { continue }
      files[path] = known[path]
      if files[path]?.look(mark) == .keep { continue }
      files[path] = WatchedFile(mark, items: mark.isPipe ? refused(path) : read(path), after: known[path])
    }
    for (path, earlier) in known where files[path] == nil {
      var file = earlier
      if file.isMissed() { files[path] = file }
    }
    return files
  }

  private func read(_ path: String) -> [TargetList.Item]? {
    do throws(ConfigurationFileError) {
      let bytes = try readConfigurationFile(path)
      do throws(TargetList.Problem) {
        let list = try TargetList(bytes, file: path)
        log.info("\(list.items.count) targets read", metadata: ["file": "\(path)"])
        for name in list.hiding {
          log.warning("\(path): the label \(name) goes before that of cache_* series: theirs is exported_\(name)")
        }
        return list.items
      } catch {
        log.error("\(error.sentence); what it said before stays in force")
      }
    } catch {
      log.error("\(path): the file \(error.reason); what it said before stays in force")
    }
    return nil
  }

  private func refused(_ path: String) -> [TargetList.Item]? {
    log.error("\(path): the file is a pipe; what it said before stays in force")
    return nil
  }
}
