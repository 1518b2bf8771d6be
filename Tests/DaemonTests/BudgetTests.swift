import CacheModel
import Collectors
import Exposition
import Foundation
import Health
import RESP
import TestSupport
import Testing
import TimeSeries

@testable import Daemon

/// A target whose server is a text: everything that a poll does but the socket.
private struct SimulatedTarget {
  private static let info = golden("redis-7.0.info")
  private static let commands = golden("redis-7.0.commandstats")
  /// What moves, by a little in each poll.
  private static let moving = [
    "keyspace_hits:", "keyspace_misses:", "uptime_in_seconds:", "total_commands_processed:",
  ]

  private var collection = RedisCollection()
  private var history: TargetHistory
  private let ring: Ring
  private(set) var state: TargetState
  private var time = UnixTime(seconds: 1_795_219_200)

  init(_ name: String, in store: TimeSeriesStore) throws {
    ring = store.ring(named: name, period: 1000)
    history = TargetHistory(ring: ring)
    state = try TargetState(
      target: Target(name: name, isNamed: true, kind: .redis, address: "a:1"), interval: 1,
      namespaces: [NamespaceDefinition(name: "menu", keys: ["menu:*"])], policy: .standard, started: time)
  }

  private static func golden(_ name: String) -> [UInt8] {
    let folder = "\(#filePath)".split(separator: "/").dropLast(2).reduce("") { "\($0)/\($1)" }
    return (try? Data(contentsOf: URL(filePath: "\(folder)/CollectorsTests/Golden/\(name)"))).map(Array.init) ?? []
  }

  /// One poll, `seconds` after the last.
  mutating func poll(after seconds: Int64 = 1) {
    time = time.adding(seconds: Double(seconds))
    var commands = collection.begin(at: time)
    while true {
      switch collection.receive(commands.map(reply), at: time) {
      case .more(let more): commands = more
      case .done(let collected):
        state.succeeded(collected, at: time)
        state.finished(at: time, seconds: 0.001, connects: 1, oldestHistory: history.oldest)
        history.append(state.snapshot, at: time)
        state.judge(at: time, history: ring)
        ring.sealPending()
        return
      }
    }
  }

  /// No two servers tell the same: each has an identity of its own.
  private var info: [UInt8] {
    var info = Self.moved(Self.info, by: state.snapshot.polls)
    if let place = info.firstRange(of: Array("run_id:".utf8)) {
      let digits = String(stableHash(state.snapshot.target.name.utf8), radix: 16)
      info.replaceSubrange(place.upperBound..<place.upperBound + digits.utf8.count, with: Array(digits.utf8))
    }
    return info
  }

  private func reply(to command: RESPCommand) -> RESPValue {
    switch command.arguments.map({ String(decoding: $0, as: UTF8.self) }) {
    case ["INFO"], ["INFO", "everything"], ["INFO", "all"]: .bulk(info)
    case ["INFO", "commandstats"]: .bulk(Self.commands)
    case let words where words.first == "SLOWLOG": .array([])
    default: .error(RESPErrorReply(line: "ERR unknown command"))
    }
  }

  /// The text with the last digits of what moves replaced.
  private static func moved(_ info: [UInt8], by polls: Int64) -> [UInt8] {
    var info = info
    for name in moving {
      guard let place = info.firstRange(of: Array(name.utf8)) else { continue }
      var end = place.upperBound
      while info[end] != 13 { end += 1 }
      let number = Int64(String(decoding: info[place.upperBound..<end], as: UTF8.self)) ?? 0
      info.replaceSubrange(place.upperBound..<end, with: Array(String(number + polls * 7).utf8))
    }
    return info
  }
}

/// What memory a target may take, and that it takes no more the longer it is polled. The numbers are rounded up: who makes them
/// smaller lowers them.
@Suite(.serialized, .enabled(if: sanitizer == nil)) struct `The budget` {
  private static func store(megabytes: Int = 64) -> TimeSeriesStore {
    TimeSeriesStore(
      configuration: TimeSeries.Configuration(
        memory: megabytes << 20, rollupMemory: megabytes << 18, rules: redisDerivationRules))
  }

  private static func snapshot(_ targets: [SimulatedTarget]) -> Snapshot {
    Snapshot(
      generation: 1, targets: targets.map(\.state.snapshot),
      exporter: ExporterFigures(version: "1", started: UnixTime(seconds: 0)))
  }

  @Test func `of bytes that a target takes beside its history is kept`() throws {
    let store = Self.store(megabytes: 1)
    let renderer = MetricsRenderer()
    func fill(_ count: Int) throws -> [SimulatedTarget] {
      var targets = try (0..<count).map { try SimulatedTarget("cache-\(count)-\($0)", in: store) }
      for index in targets.indices { for _ in 0..<2 { targets[index].poll() } }
      return targets
    }
    let first = try fill(2)
    _ = renderer.render(Self.snapshot(first), format: .openMetrics)
    let before = heapBytes()
    let targets = try fill(40)
    _ = renderer.render(Self.snapshot(first + targets), format: .openMetrics)
    let each = (heapBytes() - before) / 40
    #expect(each <= 250_000)
    #expect(targets.count == 40)
  }

  /// As many polls as ten days have at 15 s with LONG_RUN_POLLS=57600, which takes some minutes.
  @Test func `of memory is not passed however long it polls`() throws {
    let polls = ProcessInfo.processInfo.environment["LONG_RUN_POLLS"].flatMap { Int($0) } ?? 300
    let store = Self.store(megabytes: 1)
    var target = try SimulatedTarget("a", in: store)
    let renderer = MetricsRenderer()
    func go(_ count: Int) {
      for number in 0..<count {
        target.poll(after: 15)
        if number.isMultiple(of: 50) { _ = renderer.render(Self.snapshot([target]), format: .openMetrics) }
      }
    }
    go(polls / 2)
    let half = heapBytes() - store.bytesUsed
    go(polls / 2)
    let whole = heapBytes() - store.bytesUsed
    #expect(store.bytesUsed <= store.budget)
    #expect(whole - half <= 1 << 20, "\(half) bytes after half of the polls, \(whole) after all")
  }
}
