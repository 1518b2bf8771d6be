import Glibc

/// A file that names targets, as it was last read.
struct WatchedFile {
  /// What is asked of a file to know whether it is still the same.
  struct Mark: Equatable {
    private var seconds: Int
    private var nanoseconds: Int
    private var size: Int
    /// Another where a file was put in the place of the one before, and so is whole.
    fileprivate var inode: UInt

    /// Of the file at `path`; nil where there is none. Blocks.
    init?(_ path: String) {
      var status = stat()
      guard unsafe stat(path, &status) == 0 else { return nil }
      (seconds, nanoseconds) = (status.st_mtim.tv_sec, status.st_mtim.tv_nsec)
      (size, inode) = (Int(status.st_size), UInt(status.st_ino))
    }
  }

  /// What a look at it asks for.
  enum Step {
    case keep
    case read
  }

  private var mark: Mark
  /// What it was seen to be while it was written in place.
  private var pending: Mark?
  private var isMissing = false
  /// What it said when it could last be read.
  private(set) var items: [TargetList.Item]
  /// Whether that is what it says now.
  private(set) var isRead: Bool

  /// Takes what was read of it, nil where that is no list: then what `earlier` said stays.
  init(_ mark: Mark, items: [TargetList.Item]?, after earlier: WatchedFile?) {
    self.mark = mark
    self.items = items ?? earlier?.items ?? []
    isRead = items != nil
  }

  /// What to do now that it is `found`. A file that is written in place may be half there: it is read when two looks have seen
  /// it the same.
  mutating func look(_ found: Mark) -> Step {
    isMissing = false
    if found == mark {
      pending = nil
      return .keep
    }
    if found.inode != mark.inode || pending == found { return .read }
    pending = found
    return .keep
  }

  /// Whether it stays although it was not found: for one look, since it may be about to be replaced.
  mutating func isMissed() -> Bool {
    defer { isMissing = true }
    return !isMissing
  }

  /// The files whose names fit: of a path without `*`, the path itself. Blocks.
  static func matches(_ path: String) -> [String] {
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

extension TargetList {
  /// Reads the file at a path. Blocks; never on a pipe, which may have no end.
  init(_ path: String) throws(Problem) {
    let bytes: [UInt8]
    do throws(ConfigurationFileError) { bytes = try readConfigurationFile(path) } catch {
      throw Problem(sentence: "\(path): the file \(error.reason)")
    }
    try self.init(bytes, file: path)
  }
}
