import CacheModel

extension PasswordSource {
  /// The password. A file is read anew, which blocks for as long as that takes; throws `missing_file` where it can't be.
  package func text() throws(ClientError) -> String {
    switch self {
    case .text(let text): return text
    case .file(let path): return try contentsOfPasswordFile(at: path)
    }
  }
}

private let passwordLimit = 4096

/// The text of a password file, 4 KiB at most, without the newline at its end.
package func contentsOfPasswordFile(at path: String) throws(ClientError) -> String {
  let bytes: [UInt8]
  do throws(FileProblem) { bytes = try contentsOfFile(at: path, upTo: passwordLimit + 1) } catch {
    throw ClientError(.missingFile, "can't read the password file '\(path)': it \(error.reason)")
  }
  guard bytes.count <= passwordLimit else {
    throw ClientError(.missingFile, "the password file '\(path)' has more than \(passwordLimit) bytes")
  }
  let text = String(decoding: bytes, as: UTF8.self)
  return text.hasSuffix("\r\n") || text.hasSuffix("\n") ? String(text.dropLast()) : text
}
