import Glibc

/// The bytes of the file at `path`, at most one more than a configuration may have. Blocks.
public func readConfigurationFile(_ path: String) throws(ConfigurationFileError) -> [UInt8] {
  let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
  guard descriptor >= 0 else { throw ConfigurationFileError(reason(errno)) }
  defer { close(descriptor) }
  var bytes: [UInt8] = []
  var chunk = [UInt8](repeating: 0, count: 65_536)
  while bytes.count <= ConfigurationLimits.bytes {
    let count = unsafe chunk.withUnsafeMutableBytes { unsafe read(descriptor, $0.baseAddress, $0.count) }
    if count == 0 { return bytes }
    if count < 0, errno == EINTR { continue }
    guard count > 0 else { throw ConfigurationFileError(reason(errno)) }
    bytes += chunk.prefix(count)
  }
  return bytes
}

private func reason(_ code: Int32) -> String {
  switch code {
  case ENOENT: "does not exist"
  case EACCES, EPERM: "may not be read by this user"
  case EISDIR: "is a directory"
  default: unsafe strerror(code).map { unsafe "can't be read: \(String(cString: $0))" } ?? "can't be read"
  }
}
