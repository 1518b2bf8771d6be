import CacheModel
import Glibc
import Logging
import NIOPosix

/// Brings the targets that files name, and looks once a second whether a file has changed, come or gone.
///
/// A file that can't be read as a list keeps what it said before, and is told of once.
struct TargetFileWatcher: FleetSource {
  let index: Int
  let configuration: TargetFilesConfiguration
  /// The configuration's own targets: a server that is among them is not watched twice.
  let others: [TargetURL]
  let snapshots: SnapshotStore
  let log: Logger

  /// The watcher of the files at this index of the configuration; readiness waits for its first look.
  init(_ index: Int, _ assembly: TargetAssembly) {
    self.index = index
    configuration = assembly.configuration.targetFiles[index]
    others = assembly.configuration.targets.compactMap { TargetURL.parse($0.url) }
    snapshots = assembly.snapshots
    log = assembly.log
    snapshots.expect("target_files[\(index)]")
  }

  /// What is asked of a file to know whether it is still the same.
  private struct Mark: Equatable {
    var seconds: Int
    var nanoseconds: Int
    var size: Int
    var inode: UInt
    /// Reading a pipe would wait for whoever writes to it.
    var isPipe: Bool
  }

  private struct Known {
    var mark: Mark
    var items: [TargetList.Item]
  }

  func run(_ fleet: Fleet) async {
    var files: [String: Known] = [:]
    var told: Set<String> = []
    repeat {
      let before = files
      files = (try? await NIOThreadPool.singleton.runIfActive { look(before) }) ?? before
      let refused = await fleet.replace(targets(files), of: .file(index))
      for name in refused where told.insert(name).inserted {
        log.warning("\(name) in a file of targets is another target's name already, and is left out")
      }
      snapshots.arrived("target_files[\(index)]")
    } while (try? await Task.sleep(for: .seconds(1))) != nil
  }

  /// In the order of the files' names; each name and each place once.
  private func targets(_ files: [String: Known]) -> [TargetConfiguration] {
    var names: Set<String> = []
    var places = others
    var targets: [TargetConfiguration] = []
    for item in files.sorted(by: { $0.key < $1.key }).flatMap(\.value.items) {
      let target = item.target(configuration.template)
      guard !places.contains(where: { $0.isSameServer(as: item.url) }) else { continue }
      guard names.insert(target.identity.name).inserted else { continue }
      places.append(item.url)
      targets.append(target)
    }
    return targets
  }

  /// Reads what is new. Blocks.
  private func look(_ known: [String: Known]) -> [String: Known] {
    var files: [String: Known] = [:]
    for path in configuration.paths.flatMap(Self.matches) {
      guard let mark = Self.mark(path) else { continue }
      if let same = known[path], same.mark == mark {
        files[path] = same
      } else {
        let items = mark.isPipe ? refused(path) : read(path)
        files[path] = Known(mark: mark, items: items ?? known[path]?.items ?? [])
      }
    }
    return files
  }

  private func read(_ path: String) -> [TargetList.Item]? {
    do throws(ConfigurationFileError) {
      let bytes = try readConfigurationFile(path)
      do throws(TargetList.Problem) {
        let items = try TargetList(bytes, file: path).items
        log.info("\(items.count) targets read", metadata: ["file": "\(path)"])
        return items
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

  private static func mark(_ path: String) -> Mark? {
    var status = stat()
    guard unsafe stat(path, &status) == 0 else { return nil }
    return Mark(
      seconds: status.st_mtim.tv_sec, nanoseconds: status.st_mtim.tv_nsec, size: Int(status.st_size),
      inode: UInt(status.st_ino), isPipe: status.st_mode & S_IFMT == S_IFIFO)
  }

  /// The files whose names fit: of a path without `*`, the path itself.
  private static func matches(_ path: String) -> [String] {
    guard path.contains("*") else { return [path] }
    let slash = path.lastIndex(of: "/")
    let directory = slash.map { String(path[...$0]) } ?? "./"
    let pattern = slash.map { path[path.index(after: $0)...] } ?? path[...]
    guard let handle = unsafe opendir(directory) else { return [] }
    defer { unsafe closedir(handle) }
    var names: [String] = []
    while let entry = unsafe readdir(handle) {
      let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        unsafe pointer.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
      }
      if !name.hasPrefix("."), TargetPattern.fits(pattern.utf8, name[...].utf8) { names.append(name) }
    }
    return names.sorted().map { slash == nil ? $0 : directory + $0 }
  }
}
