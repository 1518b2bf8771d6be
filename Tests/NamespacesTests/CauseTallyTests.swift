import CacheModel
import Randomness
import Testing

@testable import Namespaces

@Suite struct `Splitting misses by cause` {
  @Test func `without sampling each cause has what was counted`() {
    var tally = CauseTally()
    for number in 0..<100 { tally.add(number < 70 ? .expired : .cold, hash: UInt64(number) << 20, rate: 1) }
    #expect(tally.split(total: 100, bridged: 0) == [30, 70, 0, 0, 0])
    #expect(tally.split(total: 130, bridged: 30) == [30, 70, 0, 0, 30])
    #expect(tally.shares(of: 100)?.allSatisfy { $0.interval == $0.share...$0.share } == true)
  }

  @Test func `no cause ever falls, and all sum to the total, whatever the sample says`() {
    var generator = SeededRandom(seed: 1)
    var tally = CauseTally()
    var (total, bridged) = (Int64(0), Int64(0))
    var last = [Int64](repeating: 0, count: 5)
    for _ in 0..<5000 {
      total += Int64.random(in: 0...40, using: &generator)
      if Int.random(in: 0..<50, using: &generator) == 0 {
        bridged += 20
        total += 20
      }
      for _ in 0..<Int.random(in: 0...3, using: &generator) {
        tally.add(generator.pick(MissCause.allCases), hash: generator.next(), rate: 0.25)
      }
      let now = tally.split(total: total, bridged: bridged)
      #expect(now.reduce(0, +) == total)
      #expect(zip(now, last).allSatisfy { $0 >= $1 })
      last = now
    }
  }

  @Test func `nothing sampled is unknown`() {
    var tally = CauseTally()
    #expect(tally.split(total: 12, bridged: 0) == [0, 0, 0, 0, 12])
    #expect(tally.shares(of: 12) == nil)
  }

  /// Keys are missed unevenly, and each has a leaning towards one cause: the worst case for sampling by key.
  @Test func `a share's interval holds the truth at least 93 times in 100`() {
    var generator = SeededRandom(seed: 3)
    var (held, all) = (0, 0)
    for _ in 0..<400 {
      var tally = CauseTally()
      var (truth, total) = (0.0, 0.0)
      for key in 0..<3000 {
        let hash = generator.next()
        let isLeaning = key.isMultiple(of: 3)
        let misses = 1 + 300 / (key + 1)
        let expired = isLeaning ? misses : misses / 2
        truth += Double(expired)
        total += Double(misses)
        guard hash < .max / 16 else { continue }
        for number in 0..<misses { tally.add(number < expired ? .expired : .evicted, hash: hash, rate: 1 / 16) }
      }
      guard let share = tally.shares(of: Int64(total))?[MissCause.expired.position] else { continue }
      all += 1
      if share.interval.contains(truth / total) { held += 1 }
    }
    #expect(all == 400)
    #expect(Double(held) / Double(all) >= 0.93, "\(held) of \(all)")
  }
}
