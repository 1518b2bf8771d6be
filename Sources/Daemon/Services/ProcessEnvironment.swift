import Glibc

/// The environment that the process was started with.
enum ProcessEnvironment {
  /// All variables; one that is not UTF-8 has its bad bytes replaced.
  static var all: [String: String] {
    var variables: [String: String] = [:]
    guard let file = unsafe fopen("/proc/self/environ", "re") else { return variables }
    defer { unsafe fclose(file) }
    var bytes: [UInt8] = []
    while case let byte = unsafe fgetc(file), byte != EOF { bytes.append(UInt8(truncatingIfNeeded: byte)) }
    for entry in bytes.split(separator: 0) {
      guard let mark = entry.firstIndex(of: UInt8(ascii: "=")) else { continue }
      let name = String(decoding: entry[..<mark], as: UTF8.self)
      variables[name] = String(decoding: entry[(mark + 1)...], as: UTF8.self)
    }
    return variables
  }
}
