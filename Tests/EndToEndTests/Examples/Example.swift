import Foundation
import RESP
import TestSupport
import Testing

@testable import Daemon

/// One of `examples/` under test: its configuration as it stands, on a server of the test, watched by cachegauge, and a
/// model of the application, which knows what its lookups gave.
struct Example {
  let gauge: Cachegauge
  private(set) var plan: DemoPlan
  private let state: TemporaryDirectory

  /// Starts cachegauge with the file. `places` are what is written there for others: URLs of the test's servers. `haste` is how many
  /// of the application's seconds are one of the test's, as far as times to live go.
  init(_ application: DemoApplication, _ places: [String: String], haste: Int) async throws {
    var text = try readFile(Self.file(application.name))
    for (place, url) in places {
      guard text.contains(place) else { throw ServerError("\(application.name).yml does not name \(place)") }
      text = text.replacing(place, with: url)
    }
    state = try TemporaryDirectory()
    text = text.replacing("manage: true }", with: "manage: true, state_directory: \(state.path) }")
    gauge = try await Cachegauge(
      ["--poll-interval", "400ms", "--poll-slow-interval", "1s", "--poll-timeout", "390ms"], configuration: text)
    plan = DemoPlan(application, lookupsPerSecond: 2000, haste: haste)
  }

  /// Where the configuration of this name is.
  static func file(_ name: String) -> String {
    URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appending(path: "examples/\(name).yml").path
  }

  /// The application fills its cache before its first lookup.
  mutating func warmUp(on cache: any DemoConnection) async throws {
    for commands in plan.warmUp() { _ = try await cache.pipeline(commands) }
  }

  /// The application works for so many pipelines of a hundred lookups, and finishes what its changes have begun.
  mutating func work(_ batches: Int, on cache: any DemoConnection) async throws {
    for _ in 0..<batches { plan.received(try await cache.pipeline(plan.next())) }
    repeat {
      let commands = plan.closing()
      if !commands.isEmpty { plan.received(try await cache.pipeline(commands)) }
    } while plan.isRemoving
  }

  /// The application works, waits until the server has removed some keys whose time was over, and works half as long again.
  mutating func work(_ batches: Int, on cache: any DemoConnection, untilExpired server: RedisServer) async throws {
    try await work(batches, on: cache)
    let before = try server.expiredKeys
    #expect(try await eventually { try server.expiredKeys >= before + 20 })
    try await work(batches / 2, on: cache)
  }

  /// What all of the application's lookups gave.
  var hits: Double { Double(plan.seen.reduce(0) { $0 + $1.hits }) }
  var misses: Double { Double(plan.seen.reduce(0) { $0 + $1.misses }) }

  /// The parts of the cache by the names of their namespaces, with what their lookups gave.
  var truth: [(name: String, counts: DemoCounts)] { zip(plan.parts, plan.seen).map { ($0.name, $1) } }

  /// Waits until cachegauge hears the server's notifications.
  func isHeard() async -> Bool { await eventually { gauge.metric("cache_events_subscribed") == 1 } }

  /// What differs between cachegauge's misses by cause and the application's, for each namespace; nothing when all is told.
  func differencesOfCauses() throws -> [String] {
    let metrics = try gauge.metrics()
    return truth.flatMap { name, counts in
      [
        ("cold", counts.cold), ("invalidated", counts.invalidated), ("expired", counts.expired), ("evicted", 0),
        ("unknown", 0),
      ].compactMap { cause, count in
        let told = metrics["cache_namespace_misses_total{namespace=\"\(name)\",cause=\"\(cause)\"}"] ?? 0
        return told == Double(count) ? nil : "\(name) \(cause): \(told), not \(count)"
      }
    }
  }

  /// The same between hits and misses.
  func differencesOfCounts() throws -> [String] {
    let metrics = try gauge.metrics()
    return truth.compactMap { name, counts in
      let hits = metrics["cache_namespace_hits_total{namespace=\"\(name)\"}"]
      let misses = metrics.reduce(0.0) { sum, series in
        series.key.hasPrefix("cache_namespace_misses_total{namespace=\"\(name)\",") ? sum + series.value : sum
      }
      return hits == Double(counts.hits) && misses == Double(counts.misses)
        ? nil : "\(name): \(hits ?? -1) and \(misses), not \(counts.hits) and \(counts.misses)"
    }
  }
}

extension RedisServer {
  /// Keys that it removed since their time was over.
  var expiredKeys: Int64 { get throws { try count("expired_keys") } }
  /// Keys that it removed for want of memory.
  var evictedKeys: Int64 { get throws { try count("evicted_keys") } }

  private func count(_ name: String) throws -> Int64 {
    let info = try connect().call("INFO", "stats").string ?? ""
    let line = info.split(whereSeparator: \.isNewline).first { $0.hasPrefix("\(name):") }
    return line.flatMap { Int64($0.dropFirst(name.count + 1)) } ?? -1
  }
}
