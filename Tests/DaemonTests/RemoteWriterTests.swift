import CacheModel
import HTTPServer
import Locked
import Logging
import TestSupport
import Testing

@testable import Daemon

@Suite struct `A writer` {
  @Test func `tells once that its queue overflows, and what it cost when that is over`() async throws {
    let status = Locked(503)
    let receiver = HTTPServer(
      configuration: HTTPServerConfiguration(),
      router: Router([
        Route(path: "/api/v1/write", methods: ["POST"]) { _ in HTTPResponse(status: status.withLock { $0 }) }
      ]))
    try receiver.start()
    var configuration = RemoteWriteConfiguration()
    configuration.receiver.url = "http://127.0.0.1:\(try #require(receiver.boundPort))/api/v1/write"
    configuration.interval = .milliseconds(100)
    configuration.queue = 2000
    let lines = Locked<[String]>([])
    let writer = RemoteWriter(configuration, log: Logger(label: "") { _ in KeptLines(kept: lines) }) {
      Snapshot(
        generation: 0, targets: [], exporter: ExporterFigures(version: "1", started: UnixTime(seconds: 0)))
    }
    let running = Task { try await writer.run() }
    #expect(await eventually { (writer.figures.dropped[.queueFull] ?? 0) > 200 })
    let before = lines.withLock { $0 }
    #expect(
      before.count { $0.hasPrefix("the queue of 2000 is full: the oldest samples are dropped") } == 1, "\(before)")
    #expect(before.count { $0 == "the receiver answers 503" } == 1, "\(before)")
    let dropped = try #require(writer.figures.dropped[.queueFull])

    status.withLock { $0 = 204 }
    let over = { lines.withLock { $0.first { $0.hasPrefix("the queue is empty again; ") } } }
    #expect(await eventually { over() != nil })
    let cost = over()?.split(separator: " ").compactMap { Int64($0) }.first
    #expect(cost ?? 0 >= dropped)
    #expect(lines.withLock { $0.contains("the receiver takes samples again") })
    running.cancel()
    _ = try? await running.value
    await receiver.stop()
  }

  @Test func `tells of what is refused how much it is and why, and what it cost when that is over`() async throws {
    let status = Locked(400)
    let said = "out of order sample\u{1B}[31m of tenant-secret\nand more"
    let receiver = HTTPServer(
      configuration: HTTPServerConfiguration(),
      router: Router([
        Route(path: "/api/v1/write", methods: ["POST"]) { _ in
          HTTPResponse(status: status.withLock { $0 }, contentType: "text/plain", bytes: Array(said.utf8))
        }
      ]))
    try receiver.start()
    var configuration = RemoteWriteConfiguration()
    configuration.receiver.url = "http://127.0.0.1:\(try #require(receiver.boundPort))/api/v1/write"
    configuration.headers = [.init(name: "X-Scope-OrgID", value: Secret("tenant-secret"))]
    configuration.interval = .milliseconds(100)
    let lines = Locked<[String]>([])
    let writer = RemoteWriter(configuration, log: Logger(label: "") { _ in KeptLines(kept: lines) }) {
      Snapshot(
        generation: 0, targets: [], exporter: ExporterFigures(version: "1", started: UnixTime(seconds: 0)))
    }
    let running = Task { try await writer.run() }
    #expect(await eventually { (writer.figures.dropped[.refused] ?? 0) > 100 })
    let before = lines.withLock { $0 }
    let told = before.filter { $0.hasPrefix("the receiver answers 400, and ") }
    #expect(told.count == 1, "\(before)")
    #expect(
      told.first?.hasSuffix(#" samples are given up: "out of order sample\x1b[31m of ***""#) == true, "\(before)")
    // As many as one request has, of those that are counted.
    let count = told.first?.split(separator: " ").compactMap { Int64($0) }.last ?? 0
    #expect(count > 0 && count <= writer.figures.dropped[.refused] ?? 0)

    status.withLock { $0 = 204 }
    let over = { lines.withLock { $0.first { $0.hasPrefix("the receiver takes samples again") } } }
    #expect(await eventually { over() != nil })
    let lost = writer.figures.dropped[.refused] ?? 0
    #expect(over() == "the receiver takes samples again; \(lost) samples were given up meanwhile")
    running.cancel()
    _ = try? await running.value
    await receiver.stop()
  }

  @Test(arguments: [200, 400], HTTPAnswerEnd.allCases)
  private func `believes an answer's status, whatever becomes of its content`(status: Int, end: HTTPAnswerEnd)
    async throws
  {
    let receiver = try ScriptedServer(end.steps(of: status))
    var configuration = RemoteWriteConfiguration()
    configuration.receiver.url = "http://127.0.0.1:\(receiver.port)/api/v1/write"
    configuration.interval = .milliseconds(100)
    // For what is slow there is no time to explain itself.
    configuration.timeout = end == .slow ? .seconds(1) : .seconds(20)
    let lines = Locked<[String]>([])
    let writer = RemoteWriter(configuration, log: Logger(label: "") { _ in KeptLines(kept: lines) }) {
      Snapshot(
        generation: 0, targets: [], exporter: ExporterFigures(version: "1", started: UnixTime(seconds: 0)))
    }
    let running = Task { try await writer.run() }
    #expect(
      await eventually { (status == 200 ? writer.figures.sent : writer.figures.dropped[.refused] ?? 0) > 0 })
    #expect(writer.figures.retries == 0)
    running.cancel()
    _ = try? await running.value
    let told = lines.withLock { $0 }
    #expect(!told.contains { $0.contains("can't be reached") }, "\(told)")
    if status != 200 {
      #expect(told.contains { $0.hasPrefix("the receiver answers 400, and ") && $0.contains("xxxxx") }, "\(told)")
      #expect(told.contains { $0.hasSuffix("samples were given up: the receiver has taken none since") }, "\(told)")
    }
  }
}

/// What an answer's content comes to.
private enum HTTPAnswerEnd: CaseIterable {
  /// More than anybody reads.
  case long
  /// A byte a second.
  case slow
  /// The connection ends in its midst.
  case cut

  func steps(of status: Int) -> [ScriptedServer.Step] {
    let head = Array("HTTP/1.1 \(status) A\r\nContent-Length: 1000000\r\n\r\nxxxxx".utf8)
    let x = UInt8(ascii: "x")
    switch self {
    case .long: return [.reply(head), .send([UInt8](repeating: x, count: 1_000_000))]
    case .slow: return [.reply(head), .trickle([UInt8](repeating: x, count: 30), milliseconds: 1000)]
    case .cut: return [.reply(head), .close]
    }
  }
}
