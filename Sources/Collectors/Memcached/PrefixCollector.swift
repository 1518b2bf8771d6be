import CacheModel
import MemcachedProtocol

/// `stats detail dump`: what the server itself counts of each prefix of keys, while `stats detail on` holds.
///
/// Exact for the classic commands; meta commands and keys without the delimiter are not counted. A line each for up to
/// 65,536 prefixes: with many of them it is asked for rarely.
struct PrefixCollector: MemcachedCollector {
  let name = "prefixes"
  let command = MemcachedCommand("stats detail dump")
  private(set) var tier = CollectorTier.fast

  /// More prefixes than these are read at the slow tier's pace.
  private static let manyPrefixes = 1000

  mutating func receive(_ reply: MemcachedReply, into poll: inout MemcachedPoll) throws(CollectorFailure) {
    let bytes = try reply.lines(of: "stats detail dump")
    var prefixes: [PrefixCounts] = []
    var isWhole = true
    forEachLine(of: bytes) { line in
      if let counts = PrefixCounts(String(decoding: bytes[line], as: UTF8.self)) {
        prefixes.append(counts)
      } else {
        isWhole = false
      }
    }
    guard isWhole else { throw CollectorFailure(.malformedReply, "stats detail dump: no line of a prefix") }
    tier = prefixes.count > Self.manyPrefixes ? .slow : .fast
    poll.prefixes = prefixes
  }
}

extension PrefixCounts {
  /// Reads `PREFIX menu get 2 hit 1 set 1 del 0`; nil for anything else.
  init?(_ line: String) {
    let words = line.split(separator: " ", omittingEmptySubsequences: false)
    guard words.count == 10, words[0] == "PREFIX" else { return nil }
    var counts: [Int64] = []
    for (position, name) in zip([2, 4, 6, 8], ["get", "hit", "set", "del"]) {
      guard words[position] == name, let count = Int64(words[position + 1]), count >= 0 else { return nil }
      counts.append(count)
    }
    guard counts[1] <= counts[0] else { return nil }
    self.init(
      prefix: String(words[1]), hits: counts[1], misses: counts[0] - counts[1], sets: counts[2], deletes: counts[3])
  }
}
