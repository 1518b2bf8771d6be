import Glibc
import TestSupport
import Testing

/// The program itself, started by a test on a free port.
final class Cachegauge {
  let port: UInt16
  let process: ServerProcess
  let directory: TemporaryDirectory

  /// Starts `cachegauge serve` with these arguments, on a free port unless one is given, and waits until every target was polled once.
  init(_ arguments: [String], configuration: String? = nil, port: UInt16? = nil) async throws {
    directory = try TemporaryDirectory()
    self.port = try port ?? freePort()
    var words = [Self.executable, "serve", "--listen", "127.0.0.1:\(self.port)"] + arguments
    if let configuration { words += ["--config", try directory.write(configuration, to: "cachegauge.yml")] }
    process = try ServerProcess(words, log: "\(directory.path)/log")
    let port = self.port
    guard await eventually({ (try? TestSupport.get("/-/ready", port: port))?.status == 200 }) else {
      throw ServerError("cachegauge is not ready: \(log)")
    }
  }

  /// A crash, or what a sanitizer has found, fails the test, which may well have seen nothing of it.
  deinit {
    let lines = log.split(separator: "\n")
    let marks = ["Fatal error", "ThreadSanitizer", "AddressSanitizer", "*** Signal"]
    guard let first = lines.firstIndex(where: { line in marks.contains { line.contains($0) } }) else { return }
    Issue.record("cachegauge wrote: \(lines[first...].prefix(40).joined(separator: "\n"))")
  }

  /// Starts `cachegauge serve` with these arguments, and waits for nothing.
  init(startedOn port: UInt16, _ arguments: [String]) throws {
    directory = try TemporaryDirectory()
    self.port = port
    process = try ServerProcess(
      [Self.executable, "serve", "--listen", "127.0.0.1:\(port)"] + arguments, log: "\(directory.path)/log")
  }

  /// Where the build puts it: beside the tests.
  static var executable: String {
    var buffer = [CChar](repeating: 0, count: 4096)
    let count = max(0, unsafe readlink("/proc/self/exe", &buffer, buffer.count))
    let own = String(decoding: buffer.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    return own.split(separator: "/").dropLast().reduce("") { "\($0)/\($1)" } + "/cachegauge"
  }

  /// What it wrote to standard error.
  var log: String { (try? readFile("\(directory.path)/log")) ?? "" }

  func get(_ path: String, headers: [String: String] = [:]) throws -> HTTPAnswer {
    try TestSupport.get(path, port: port, headers: headers)
  }

  /// The value of one series of `/metrics`, by its exact name with labels; nil also when there is no answer.
  func metric(_ series: String) -> Double? {
    (try? metrics())?[series]
  }

  /// All series of `/metrics`.
  func metrics() throws -> [String: Double] {
    var values: [String: Double] = [:]
    for line in try get("/metrics").body.split(separator: "\n") where !line.hasPrefix("#") {
      guard let space = line.lastIndex(of: " ") else { continue }
      values[String(line[..<space])] = Double(line[line.index(after: space)...])
    }
    return values
  }

  /// One value of a JSON answer, by the names on the way to it.
  func json(_ path: String) throws -> JSON {
    try JSON(parsing: get(path).body)
  }
}
