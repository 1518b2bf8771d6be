import Foundation
import TimeSeries

/// Debian's VictoriaMetrics on a loopback port, for as long as the trace takes to import.
struct VictoriaMetrics {
  let trace: Trace
  private static let names = ["victoria-metrics", "victoriametrics"]

  /// Bytes of the data files after everything was flushed and merged, without the index; nil where the program is
  /// not installed or does not take the trace.
  func dataBytes() throws -> Int? {
    guard let program = Self.program else { return nil }
    let directory = FileManager.default.temporaryDirectory.appendingPathComponent("ring-bench-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: directory) }
    let port = Int.random(in: 20_000..<30_000)
    let server = Process()
    server.executableURL = program
    server.arguments = [
      "-storageDataPath=\(directory.path)", "-httpListenAddr=127.0.0.1:\(port)", "-retentionPeriod=100y",
    ]
    server.standardOutput = FileHandle.nullDevice
    server.standardError = FileHandle.nullDevice
    try server.run()
    defer {
      server.terminate()
      server.waitUntilExit()
    }
    let base = "http://127.0.0.1:\(port)"
    for _ in 0..<100 where try curl(["\(base)/health"]) != 0 { Thread.sleep(forTimeInterval: 0.1) }
    let input = directory.appendingPathComponent("trace.txt")
    try text().write(to: input)
    guard try curl(["--data-binary", "@\(input.path)", "\(base)/api/v1/import/prometheus"]) == 0 else { return nil }
    try FileManager.default.removeItem(at: input)
    _ = try curl(["\(base)/internal/force_flush"])
    _ = try curl(["\(base)/internal/force_merge"])
    return try settledSize(of: directory.appendingPathComponent("data"))
  }

  private static var program: URL? {
    for folder in ["/usr/bin", "/usr/local/bin", "/usr/sbin"] {
      for name in names where FileManager.default.isExecutableFile(atPath: "\(folder)/\(name)") {
        return URL(fileURLWithPath: "\(folder)/\(name)")
      }
    }
    return nil
  }

  private func curl(_ arguments: [String]) throws -> Int32 {
    let curl = Process()
    curl.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    curl.arguments = ["curl", "-sf", "-o", "/dev/null"] + arguments
    try curl.run()
    curl.waitUntilExit()
    return curl.terminationStatus
  }

  /// The size once merges in the background have ended: the same, and not 0, for two seconds.
  private func settledSize(of directory: URL) throws -> Int? {
    var last = 0
    var same = 0
    for _ in 0..<60 {
      Thread.sleep(forTimeInterval: 0.5)
      let size = Self.size(of: directory)
      same = size == last && size > 0 ? same + 1 : 0
      last = size
      if same >= 4 { return size }
    }
    return nil
  }

  private static func size(of directory: URL) -> Int {
    let files = FileManager.default.enumerator(at: directory, includingPropertiesForKeys: [.fileSizeKey])
    var bytes = 0
    while let file = files?.nextObject() as? URL {
      bytes += (try? file.resourceValues(forKeys: [.fileSizeKey]).fileSize) ?? 0
    }
    return bytes
  }

  private func text() -> Data {
    var text = Data()
    for poll in trace.polls {
      for (series, value) in poll.cells {
        text.append(contentsOf: "trace_\(series){field=\"\(trace.names[series])\"} \(value) \(poll.time)\n".utf8)
      }
    }
    return text
  }
}
