import Glibc

/// Lines for people on standard error, unbuffered.
enum StandardError {
  /// Writes one line.
  static func print(_ line: String) {
    let bytes = Array("\(line)\n".utf8)
    _ = unsafe bytes.withUnsafeBytes { unsafe write(STDERR_FILENO, $0.baseAddress, $0.count) }
  }
}
