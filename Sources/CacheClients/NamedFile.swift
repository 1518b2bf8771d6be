import Glibc

/// Why a file can't be read.
package struct FileProblem: Error, Equatable {
  /// A sentence without its subject, such as `does not exist`.
  package let reason: String
}

/// What may stand at a path.
package enum FileKind {
  /// Regular files and `/dev/null` only: reading anything else may wait for whoever is at its other end, for ever.
  case regular
  /// Pipes with a writer and terminals, too; reading them waits until the writer has closed it.
  case streamed
}

/// The first `limit` bytes of the file at `path`. Everything that a configuration names is read this way: of a file it blocks for as
/// long as the disk takes, of a pipe, a socket or a device not at all, unless `kind` lets it.
package func contentsOfFile(
  at path: String, upTo limit: Int, _ kind: FileKind = .regular
) throws(FileProblem) -> [UInt8] {
  // Opening a pipe waits for a writer without O_NONBLOCK.
  let descriptor = unsafe open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY)
  guard descriptor >= 0 else { throw FileProblem(code: errno) }
  defer { close(descriptor) }
  var status = stat()
  guard unsafe fstat(descriptor, &status) == 0 else { throw FileProblem(code: errno) }
  if let reason = status.obstacle(kind) { throw FileProblem(reason: reason) }
  var bytes: [UInt8] = []
  var chunk = [UInt8](repeating: 0, count: min(limit, 65_536))
  while bytes.count < limit {
    let wanted = min(chunk.count, limit - bytes.count)
    let count = unsafe chunk.withUnsafeMutableBytes { unsafe read(descriptor, $0.baseAddress, wanted) }
    if count == 0 { break }
    if count < 0, errno == EINTR { continue }
    if count < 0, errno == EAGAIN, kind == .streamed {
      var waiting = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
      _ = unsafe poll(&waiting, 1, -1)
      continue
    }
    guard count > 0 else { throw FileProblem(code: errno) }
    bytes += chunk.prefix(count)
  }
  if bytes.isEmpty, status.isPipe { throw FileProblem(reason: "is a pipe to which nobody writes") }
  return bytes
}

extension stat {
  fileprivate var isPipe: Bool { st_mode & S_IFMT == S_IFIFO }

  /// Why this is not read; nil where it is.
  fileprivate func obstacle(_ kind: FileKind) -> String? {
    // Linux's /dev/null is the character device 1:3; it stands for an empty file.
    let isNull = st_mode & S_IFMT == S_IFCHR && st_rdev == 0x103
    let isStream = isPipe || st_mode & S_IFMT == S_IFCHR
    if st_mode & S_IFMT == S_IFREG || isNull || (isStream && kind == .streamed) { return nil }
    if st_mode & S_IFMT == S_IFDIR { return "is a directory" }
    return "is a \(isPipe ? "pipe" : "device"); cachegauge reads regular files"
  }
}

extension FileProblem {
  fileprivate init(code: Int32) {
    switch code {
    case ENOENT: reason = "does not exist"
    case EACCES, EPERM: reason = "may not be read by this user"
    case EISDIR: reason = "is a directory"
    // What opening a socket says.
    case ENXIO: reason = "is a socket or a device; cachegauge reads regular files"
    default:
      reason = unsafe strerror(code).map { unsafe "can't be read: \(String(cString: $0))" } ?? "can't be read"
    }
  }
}
