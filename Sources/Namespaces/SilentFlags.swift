import CacheModel

/// Finds out which notifications don't come, where the server's setting can't be read: its own counts of misses, expiries and
/// evictions rise, and nothing is heard of them. A value without a clock; times are milliseconds.
struct SilentFlags: Sendable {
  private struct Counts {
    var server: [Int64?]
    var heard: [Int64]
    var time: Int64
  }

  private static let letters = ["m", "x", "e"]
  private static let least: Int64 = 50
  private var start: Counts?
  /// The letters of what is silent, `E` too when nothing at all is heard.
  private(set) var letters = ""

  /// A subscription begins.
  mutating func begin() { self = Self() }

  /// Takes what the server counts and what was heard, of misses, expiries and evictions.
  mutating func take(server: [Int64?], heard: [Int64], at now: Int64) {
    let isReset = start.map { start in zip(server, start.server).contains { ($0 ?? 0) < ($1 ?? 0) } } ?? true
    guard let start, !isReset else {
      start = Counts(server: server, heard: heard, time: now)
      return
    }
    guard now - start.time >= 5000 else { return }
    let silent = Self.letters.indices.filter { index in
      guard let new = server[index], let old = start.server[index] else { return false }
      return new - old >= Self.least && heard[index] == start.heard[index]
    }
    let all = heard.reduce(0, +) == start.heard.reduce(0, +) && !silent.isEmpty
    letters = (all ? "E" : "") + silent.map { Self.letters[$0] }.joined()
  }
}
