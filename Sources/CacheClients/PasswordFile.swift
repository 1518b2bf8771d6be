import CacheModel
import Glibc

extension PasswordSource {
  /// The password. A file is read anew, which blocks for as long as that takes; throws `missing_file` where it can't be.
  package func text() throws(ClientError) -> String {
    switch self {
    case .text(let text): return text
    case .file(let path): return try contentsOfPasswordFile(at: path)
    }
  }
}

/// The text of a password file without the newline at its end. At most 4 KiB are read.
package func contentsOfPasswordFile(at path: String) throws(ClientError) -> String {
  let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
  guard descriptor >= 0 else { throw ClientError(.missingFile, "can't read the password file '\(path)'") }
  defer { close(descriptor) }
  var bytes = [UInt8](repeating: 0, count: 4096)
  let count = unsafe bytes.withUnsafeMutableBytes { unsafe read(descriptor, $0.baseAddress, $0.count) }
  guard count >= 0 else { throw ClientError(.missingFile, "can't read the password file '\(path)'") }
  let text = String(decoding: bytes.prefix(count), as: UTF8.self)
  return text.hasSuffix("\r\n") || text.hasSuffix("\n") ? String(text.dropLast()) : text
}
