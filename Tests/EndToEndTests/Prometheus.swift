import Foundation
import Glibc
import TestSupport

/// A real Prometheus with a configuration of the test's own.
struct Prometheus {
  let port: UInt16
  let directory: TemporaryDirectory
  private let process: ServerProcess

  /// `data` is a directory of blocks to begin with; without one it begins empty. `flags` go behind its own.
  init(
    configuration: String, directory: TemporaryDirectory, data: String? = nil, port wanted: UInt16? = nil,
    flags: [String] = []
  ) async throws {
    self.directory = directory
    port = try wanted ?? freePort()
    let file = try directory.write(configuration, to: "prometheus.yml")
    process = try ServerProcess(
      [
        "prometheus", "--config.file=\(file)", "--storage.tsdb.path=\(data ?? "\(directory.path)/data")",
        "--web.listen-address=127.0.0.1:\(port)", "--log.level=warn",
      ] + flags,
      log: "\(directory.path)/prometheus.log")
    let port = self.port
    guard await eventually(within: 30, { (try? get("/-/ready", port: port))?.status == 200 }) else {
      throw ServerError("prometheus is not ready: \(log)")
    }
  }

  /// Ends it at once, as a crash would.
  func kill() { process.end() }

  /// Has it read its configuration and rules again.
  func reload() { process.signal(SIGHUP) }

  var log: String { (try? readFile("\(directory.path)/prometheus.log")) ?? "" }

  /// The results of an instant query.
  func query(_ expression: String) throws -> [JSON] {
    try QueryAPI(port: port).get("query", ["query": expression])["result"].items
  }

  /// The value of the only result.
  func value(_ expression: String) -> Double? {
    (try? query(expression))?.first?["value"][1].string.flatMap { Double($0) }
  }
}

/// Prometheus' HTTP API, of Prometheus or of cachegauge.
struct QueryAPI {
  let port: UInt16

  /// The data of an answer; throws what the server says instead.
  func get(_ path: String, _ parameters: [String: String] = [:]) throws -> JSON {
    let query = parameters.map { "\($0.key)=\(Self.escaped($0.value))" }.joined(separator: "&")
    let answer = try TestSupport.get("/api/v1/\(path)?\(query)", port: port)
    guard answer.status == 200 else { throw ServerError("\(path)?\(query): \(answer.body)") }
    return try JSON(parsing: answer.body)["data"]
  }

  /// The samples of each series of an instant or range query, by labels without `instance` and `job`.
  func samples(_ path: String, _ parameters: [String: String]) throws -> [String: [Sample]] {
    var samples: [String: [Sample]] = [:]
    for series in try get(path, parameters)["result"].items {
      let pairs = path == "query" && series["value"] != .null ? [series["value"]] : series["values"].items
      samples[Self.identity(series["metric"])] = pairs.map {
        Sample(time: $0[0].number ?? .nan, value: $0[1].string.flatMap { Double($0) } ?? .nan)
      }
    }
    return samples
  }

  struct Sample: Equatable {
    var time: Double
    var value: Double
  }

  /// Labels in one text, sorted.
  static func identity(_ labels: JSON) -> String {
    labels.keys.filter { $0 != "instance" && $0 != "job" }.sorted()
      .map { "\($0)=\(labels[$0].string ?? "")" }.joined(separator: ",")
  }

  static func escaped(_ text: String) -> String {
    text.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
  }
}
