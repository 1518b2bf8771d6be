import Glibc

/// Keeps a directory to one process for as long as it lives. The system lets go when the process ends, however it ends.
final class DirectoryLock: Sendable {
  private let descriptor: Int32

  init(_ directory: String) throws(HistoryError) {
    descriptor = unsafe open(directory + "/lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    if descriptor < 0 {
      let error = DiskError(call: "open", code: errno)
      throw .unusable(path: directory, reason: error.message)
    }
    if flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
      let code = errno
      close(descriptor)
      if code == EWOULDBLOCK { throw .inUse(path: directory) }
      throw .unusable(path: directory, reason: DiskError(call: "flock", code: code).message)
    }
  }

  deinit { close(descriptor) }
}
