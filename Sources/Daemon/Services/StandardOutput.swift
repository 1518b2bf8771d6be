import Glibc

/// Where results go. A result that can't be written is an error: a check that told nobody did not succeed.
enum StandardOutput {
  /// Writes `text` and `terminator`, whole; throws a sentence with the system's reason (pipe closed, disk full).
  static func print(_ text: String, terminator: String = "\n") throws {
    let bytes = Array((text + terminator).utf8)
    var offset = 0
    while offset < bytes.count {
      let written = unsafe bytes.withUnsafeBytes { all in
        let rest = unsafe UnsafeRawBufferPointer(rebasing: all[offset...])
        return unsafe Glibc.write(STDOUT_FILENO, rest.baseAddress, rest.count)
      }
      if written < 0 {
        if errno == EINTR { continue }
        throw OutputError(reason: unsafe String(cString: strerror(errno)))
      }
      offset += written
    }
  }
}

/// The result exists, but could not be written to standard output.
public struct OutputError: Error, CustomStringConvertible {
  let reason: String

  /// A sentence for people.
  public var description: String { "can't write to standard output: \(reason)" }
}
