import CacheModel

/// Finds out which notifications don't come, or no longer do, where the server's setting can't be read: its own counts of misses,
/// expiries and evictions rise, and nothing is heard of them. A value without a clock; times are milliseconds.
struct SilentFlags: Sendable {
  /// From where on a kind is compared: where it was heard last.
  private struct Start {
    var server: Int64
    var heard: Int64
    /// When the server was first seen to have counted ``least`` more.
    var risen: Int64?
  }

  private static let letters = ["m", "x", "e"]
  private static let least: Int64 = 50
  /// How long these are waited for: events may come some seconds after the count, where this process is held up.
  private static let patience: Int64 = 5000
  private var starts = [Start?](repeating: nil, count: SilentFlags.letters.count)
  /// What was heard of all kinds when the subscription began.
  private var first: Int64?
  /// The letters of what is silent, `E` too when nothing at all was ever heard.
  private(set) var letters = ""

  /// A subscription begins.
  mutating func begin() { self = Self() }

  /// Takes what the server counts and what was heard, of misses, expiries and evictions.
  mutating func take(server: [Int64?], heard: [Int64], at now: Int64) {
    let all = heard.reduce(0, +)
    let first = self.first ?? all
    self.first = first
    let silent = Self.letters.indices.filter { index in
      server[index].map { isSilent(index, server: $0, heard: heard[index], at: now) } ?? false
    }
    letters = (all == first && !silent.isEmpty ? "E" : "") + silent.map { Self.letters[$0] }.joined()
  }

  /// Whether a kind is silent. The comparison begins anew when it is heard, and when the server counts anew.
  private mutating func isSilent(_ index: Int, server: Int64, heard: Int64, at now: Int64) -> Bool {
    guard var start = starts[index], start.server <= server, start.heard == heard else {
      starts[index] = Start(server: server, heard: heard)
      return false
    }
    guard server.saturatingDifference(start.server) >= Self.least else { return false }
    let risen = start.risen ?? now
    start.risen = risen
    starts[index] = start
    return now - risen >= Self.patience
  }
}
