/// Tells hits on over namespaces as they come, so that they keep step with misses, which are heard at once; and so that over a minute
/// each namespace has what that minute's bursts say.
///
/// What a burst saw is put to the account of its namespaces, for the time that it stands for, and is told within some seconds. That sums to
/// more or less than there were; the difference is spread as the minute's hits are. Hits never fall: what a namespace was told too many is
/// left out of its next ones.
struct HitAllotment: Sendable {
  /// Hits of each namespace that are not told yet; below 0 those that were told too many.
  private var balances: [Double]

  init(namespaces: Int) { balances = Array(repeating: 0, count: namespaces) }

  /// Puts hits to the account of a namespace.
  mutating func add(_ hits: Double, to namespace: Int) { balances[namespace] += hits }

  /// The parts of `count` hits, which sum to it.
  ///
  /// - Parameters:
  ///   - due: which part of what is on the accounts is to be told now, in 0…1.
  ///   - minute: the hits of the last minute, one of which at least is positive.
  mutating func parts(of count: Double, due: Double, minute: [Double]) -> [Double] {
    let wanted = balances.map { $0 > 0 ? $0 * due : $0 }
    var told = Array(wanted.indices)
    var excess = 0.0
    // Those that would be told fewer than none are left out, and the rest bears what they lack: as often as there are such.
    while true {
      let share = told.reduce(0) { $0 + minute[$1] }
      guard share > 0 else { return byMinute(count, minute) }
      excess = (told.reduce(0) { $0 + wanted[$1] } - count) / share
      let rest = told.filter { wanted[$0] >= excess * minute[$0] }
      guard rest.count < told.count else { break }
      told = rest
    }
    let exact = wanted.indices.map { wanted[$0] - excess * minute[$0] }
    for index in balances.indices {
      // A minute's hits are the most that waits or is owed, so that none stands still or runs on for longer.
      let left = balances[index] - wanted[index] + min(0, exact[index])
      balances[index] = max(-minute[index], min(minute[index], left))
    }
    return exact.map { max(0, $0) }
  }

  /// Tells as the minute's hits are, and forgets what is on the accounts.
  mutating func byMinute(_ count: Double, _ minute: [Double]) -> [Double] {
    self = HitAllotment(namespaces: balances.count)
    let sum = minute.reduce(0, +)
    return minute.map { $0 / sum * count }
  }
}
