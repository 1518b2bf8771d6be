import CacheModel
import Glibc
import Randomness
import Testing

@testable import Namespaces

/// Independent readers of many keys for an hour, each key at a rate of its own; answers the hit rate, and what longer times to live
/// would save by the judge's word. Milliseconds of time are exact.
private func hour(ttl: Double, slowest: Double, seed: UInt64) -> (rate: Double, longer: [LongerTTL]) {
  var random = SeededRandom(seed: seed)
  func unit() -> Double { (Double(random.next() >> 11) + 0.5) / Double(1 << 53) }
  var judge = MissJudge(ttls: [ttl, nil], bytes: 1 << 20)
  judge.begin(at: 1, nothingRemoved: true)
  var (hits, misses) = (0.0, 0.0)
  for key in 1...300 {
    // The mean pause between reads of a key: from a tenth of the slowest up to it.
    let pause = slowest * (0.02 + 0.98 * Double(key) / 300)
    let hash = random.next() | 1
    var (time, stored) = (0.0, -1e9)
    while time < 3600 {
      time += -pause * log(unit())
      if time < stored + ttl {
        hits += 1
        continue
      }
      misses += 1
      if stored > 0 { judge.remove(hash, .expired, namespace: 0, at: UInt32((stored + ttl) * 100) + 1) }
      _ = judge.miss(hash, namespace: 0, at: UInt32(time * 100) + 1)
      stored = time
    }
  }
  return (hits / (hits + misses), judge.longer[0].predictions)
}

@Suite struct `Predicting longer times to live` {
  @Test(arguments: [5.0, 30, 120])
  func `the real hit rate lies within five points and within the interval`(slowest: Double) throws {
    let now = hour(ttl: 30, slowest: slowest, seed: 1)
    for longer in now.longer {
      let real = hour(ttl: 30 * longer.factor, slowest: slowest, seed: 2).rate
      func after(_ part: Double) -> Double { now.rate + (1 - now.rate) * part }
      let predicted = after(longer.saved.ratio)
      print("pause to \(slowest) s, ×\(longer.factor): \(now.rate), predicted \(predicted), really \(real)")
      #expect(abs(predicted - real) <= 0.05)
      let interval = after(longer.saved.interval.lowerBound)...after(longer.saved.interval.upperBound)
      #expect(interval.contains(real), "\(interval), \(real)")
    }
    #expect(now.longer.map(\.factor) == LongerTTLTally.factors)
  }

  @Test func `nothing is predicted where something begins times to live anew`() {
    var judge = MissJudge(ttls: [30, nil], bytes: 1 << 20)
    judge.begin(at: 1, nothingRemoved: true)
    for number in 0..<600 {
      let key = UInt64(number % 100 + 1)
      let time = UInt32(number / 100) * 20_000
      _ = judge.miss(key, namespace: 0, at: time + 10)
      // A fifth of them live twice as long as they may.
      judge.remove(key, .expired, namespace: 0, at: time + (number.isMultiple(of: 5) ? 6010 : 3010))
    }
    #expect(!judge.longer[0].predictions.isEmpty)
    #expect(judge.longerTTLs(of: 0).isEmpty)
  }

  /// A key that expires is missed by ten readers: while the first of them stores it, or for as long as some writer takes to do so.
  @Test(arguments: [(UInt32(2), true), (200, false)])
  func `nothing is predicted where keys are not stored at their misses`(pause: UInt32, isStored: Bool) {
    var judge = MissJudge(ttls: [30, nil], bytes: 1 << 20)
    judge.begin(at: 1, nothingRemoved: true)
    for number in 0..<600 {
      let key = UInt64(number % 100 + 1)
      let time = UInt32(number / 100) * 20_000
      for reader in 0..<10 { _ = judge.miss(key, namespace: 0, at: time + 10 + UInt32(reader) * pause) }
      judge.remove(key, .expired, namespace: 0, at: time + 3040)
    }
    #expect(judge.longerTTLs(of: 0).isEmpty != isStored)
    // What is stored again is taken for evidence again.
    judge.fade(0.001)
    for number in 0..<600 {
      let key = UInt64(number % 100 + 1)
      let time = 200_000 + UInt32(number / 100) * 20_000
      _ = judge.miss(key, namespace: 0, at: time + 10)
      judge.remove(key, .expired, namespace: 0, at: time + 3010)
    }
    #expect(!judge.longerTTLs(of: 0).isEmpty)
  }

  @Test func `few misses are no evidence`() {
    var tally = LongerTTLTally()
    for _ in 0..<99 { tally.add(ratio: 1.5, weight: 1) }
    #expect(tally.predictions.isEmpty)
    tally.add(ratio: 1.5, weight: 1)
    #expect(tally.predictions.count == LongerTTLTally.factors.count)
    tally.fade(0.5)
    #expect(tally.predictions.isEmpty)
  }
}
