import CacheModel
import Glibc
import Randomness
import Testing

@testable import Namespaces

/// Readers of many keys for an hour, or of some for ten where they have a rhythm; answers the hit rate, and what longer times to live
/// would save by the judge's word. Milliseconds of time are exact. Each key is read at a rate of its own, its reads independent of
/// each other; or every `rhythm` seconds, up to a tenth of a second earlier or later.
private func hour(
  ttl: Double, slowest: Double, rhythm: Double? = nil, seed: UInt64
) -> (rate: Double, longer: [LongerTTL]) {
  var random = SeededRandom(seed: seed)
  func unit() -> Double { (Double(random.next() >> 11) + 0.5) / Double(1 << 53) }
  var judge = MissJudge(ttls: [ttl, nil], bytes: 1 << 20)
  judge.begin(at: 1, nothingRemoved: true)
  var (hits, misses) = (0.0, 0.0)
  for key in 1...(rhythm == nil ? 300 : 30) {
    // The mean pause between reads of a key: from a tenth of the slowest up to it.
    let pause = slowest * (0.02 + 0.98 * Double(key) / 300)
    let hash = random.next() | 1
    var (time, stored, read) = (0.0, -1e9, 0.0)
    let phase = unit() * (rhythm ?? 0)
    while time < (rhythm == nil ? 3600 : 36_000) {
      read += 1
      time = rhythm.map { phase + read * $0 + 0.2 * unit() } ?? time - pause * log(unit())
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

  /// What really comes then depends on which multiple of the rhythm is the first beyond the time to live: none of the misses, or half.
  @Test(arguments: [(60, 61), (60, 50), (60, 100), (7, 30), (20, 30), (45, 30), (29, 60)] as [(Double, Double)])
  func `intervals hold for reads in a rhythm, and what is not sure is not told as if it were`(
    rhythm: Double, ttl: Double
  ) throws {
    let now = hour(ttl: ttl, slowest: 0, rhythm: rhythm, seed: 1)
    #expect(now.longer.map(\.factor) == LongerTTLTally.factors)
    for longer in now.longer {
      let real = hour(ttl: ttl * longer.factor, slowest: 0, rhythm: rhythm, seed: 1).rate
      let saved = (real - now.rate) / (1 - now.rate)
      print("every \(rhythm) s, \(ttl) s ×\(longer.factor): \(longer.saved), really \(saved)")
      #expect(longer.saved.interval.contains(saved), "×\(longer.factor): \(longer.saved.interval), \(saved)")
    }
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
