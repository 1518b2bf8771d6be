import CacheModel

/// One subscription: what the server had counted at its begin, and what was heard since.
struct HeldSubscription: Sendable {
  /// The server's process; nil where it does not say.
  var epoch: String?
  var serverMisses: Int64?
  var heard: Int64 = 0
  /// The newest count of the server's, for the part of a gap that a restart hides.
  var newest: Int64?
  /// When it last told anything, be it an event or a poll's answer.
  var seen: Int64

  /// Who answers after a gap.
  enum Successor {
    case same
    /// Another process, which began in the gap, as after a restart.
    case younger
    /// Another process, which had counted before on its own, as after a failover.
    case older
  }

  /// How many misses of the gap that ends with this count of the server's nobody heard.
  ///
  /// The count of the same process, or of one that is younger, says how many. Of one that is older, nobody knows which are of the gap.
  func unheard(until count: Int64?, of successor: Successor) -> Int64 {
    guard let count, let start = serverMisses else { return 0 }
    let known = start.saturatingSum(heard)
    if successor == .same, count >= known { return count.saturatingDifference(known) }
    // A count that fell was reset, or is another process's: what it was before is known up to the last poll only.
    let before = max(0, (newest ?? known).saturatingDifference(known))
    return before.saturatingSum(successor == .older ? 0 : count)
  }
}
