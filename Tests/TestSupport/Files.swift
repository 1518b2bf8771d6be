import Glibc

/// A directory that goes away with its owner.
public final class TemporaryDirectory: Sendable {
  /// Its path, without a slash at the end.
  public let path: String

  /// A fresh directory; its path is short enough for a Unix socket in it.
  public init() throws {
    var template = Array("/tmp/cachegauge-test-XXXXXX".utf8CString)
    guard unsafe mkdtemp(&template) != nil else { throw ServerError("no temporary directory: errno \(errno)") }
    path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  deinit { _ = try? run(["rm", "-rf", path]) }

  /// Writes a file and answers its path.
  @discardableResult
  public func write(_ text: String, to name: String) throws -> String {
    let file = "\(path)/\(name)"
    try writeFile(text, to: file)
    return file
  }
}

/// Writes a whole file.
public func writeFile(_ text: String, to path: String) throws {
  guard let file = unsafe fopen(path, "we") else { throw ServerError("can't write \(path): errno \(errno)") }
  defer { unsafe fclose(file) }
  let bytes = Array(text.utf8)
  guard unsafe fwrite(bytes, 1, bytes.count, file) == bytes.count else { throw ServerError("can't write \(path)") }
}

/// The text of a whole file.
public func readFile(_ path: String) throws -> String {
  guard let file = unsafe fopen(path, "re") else { throw ServerError("can't read \(path): errno \(errno)") }
  defer { unsafe fclose(file) }
  return String(decoding: unsafe readAll(file), as: UTF8.self)
}

/// What a finished command printed.
public struct CommandResult: Sendable {
  /// 0…255; 128 and more when a signal ended it.
  public let exitCode: Int32
  /// Standard output and standard error, in the order in which they came.
  public let output: String
}

/// Runs a command to its end, with its output gathered. Blocks.
@discardableResult
public func run(_ arguments: [String]) throws -> CommandResult {
  let quoted = arguments.map {
    "'" + $0.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
  }
  let line = "PATH=\"$PATH:/usr/sbin\" " + quoted.joined(separator: " ") + " 2>&1"
  guard let pipe = unsafe popen(line, "re") else { throw ServerError("can't run \(arguments[0])") }
  let bytes = unsafe readAll(pipe)
  let status = unsafe pclose(pipe)
  let exitCode = status & 0x7F == 0 ? (status >> 8) & 0xFF : 128 + (status & 0x7F)
  return CommandResult(exitCode: exitCode, output: String(decoding: bytes, as: UTF8.self))
}

private func readAll(_ file: UnsafeMutablePointer<FILE>) -> [UInt8] {
  var bytes: [UInt8] = []
  var chunk = [UInt8](repeating: 0, count: 65_536)
  while case let count = unsafe fread(&chunk, 1, chunk.count, file), count > 0 { bytes += chunk.prefix(count) }
  return bytes
}

/// The sanitizer that the program is built with, as `make test-thread` and `make test-address` say; nil for none.
public let sanitizer: String? = unsafe getenv("SANITIZER").map { unsafe String(cString: $0) }

/// How many times slower a machine is taken to be: a sanitizer costs that much.
public let slowness: Double = sanitizer == nil ? 1 : 6

/// Waits until `condition` holds, checking a hundred times a second; false when it does not within `seconds`, which are
/// longer under a sanitizer. The default is for a machine that is far slower and busier than the one where a test was written.
public func eventually(within seconds: Double = 30, _ condition: () async throws -> Bool) async rethrows -> Bool {
  let clock = ContinuousClock()
  let deadline = clock.now.advanced(by: .milliseconds(Int64(seconds * slowness * 1000)))
  while clock.now < deadline {
    if try await condition() { return true }
    try? await Task.sleep(for: .milliseconds(10))
  }
  return try await condition()
}
