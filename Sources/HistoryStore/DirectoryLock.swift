import Glibc

/// Keeps a directory to one process for as long as it lives. The system lets go when the process ends, however it ends.
final class DirectoryLock: Sendable {
  private let path: String
  private let descriptor: Int32

  init(_ directory: String) throws(HistoryError) {
    path = Self.path(in: directory)
    descriptor = try Self.locked(path, directory)
  }

  static func path(in directory: String) -> String { directory + "/lock" }

  /// Whether the file that is locked is still the one in the directory: else the directory, or the file alone, was removed, and another
  /// process may have locked a new one.
  var isInPlace: Bool { Disk.isInPlace(descriptor, path) }

  private static func locked(_ path: String, _ directory: String) throws(HistoryError) -> Int32 {
    // Before it is locked the file may be removed: then the next is tried, and not for ever.
    for _ in 0..<8 {
      let descriptor = unsafe open(path, O_RDWR | O_CREAT | O_NONBLOCK | O_CLOEXEC, 0o600)
      if descriptor < 0 {
        let error = DiskError(call: "open", code: errno)
        let reason = Disk.obstacle(toFile: path) ?? Disk.obstacle(to: directory) ?? error.message
        throw .unusable(path: directory, reason: reason)
      }
      if flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
        let code = errno
        close(descriptor)
        if code == EWOULDBLOCK { throw .inUse(path: directory) }
        throw .unusable(path: directory, reason: DiskError(call: "flock", code: code).message)
      }
      if Disk.isInPlace(descriptor, path) { return descriptor }
      close(descriptor)
    }
    throw .unusable(path: directory, reason: "the file lock is removed whenever it is made")
  }

  deinit { close(descriptor) }
}
