import CacheModel
import Glibc
import Randomness
import Testing

@testable import Namespaces

@Suite struct `Lives of keys` {
  @Test func `those that live on count for as long as they are known to`() {
    var lives = Lifetimes(window: 8, least: 4, every: 1)
    for time in [UInt32(10), 20, 30] { lives.add(time) }
    #expect(!lives.isKnown && lives.usual == nil)
    lives.add(20, isOpen: true)
    #expect(lives.isKnown && lives.longestKnown == 30 && lives.count(longerThan: 10) == 3)
    #expect(lives.part(of: 0, until: 9) == 1)
    #expect(lives.part(of: 0, until: 10) == 0.75)
    #expect(lives.part(of: 0, until: 20) == 0.5)
    #expect(lives.part(of: 10, until: 29) > 0.66 && lives.part(of: 10, until: 29) < 0.67)
    #expect(lives.part(of: 10, until: 30) == 0)
    #expect(lives.part(of: 40, until: 30) == 1)
    for _ in 0..<8 { lives.add(Lifetimes.longest, isOpen: true) }
    #expect(lives.longestKnown == nil && lives.part(of: 0, until: Lifetimes.longest) == 1)
  }

  @Test func `most of them are alike, or they are not`() {
    var lives = Lifetimes(window: 100, least: 8, every: 1)
    for number in 0..<100 { lives.add(UInt32(80 + number % 41)) }
    #expect(lives.usual.map { (95...105).contains($0) } == true)
    for _ in 0..<9 { lives.add(3) }
    #expect(lives.usual != nil)
    for _ in 0..<4 { lives.add(3) }
    #expect(lives.usual == nil)
    for _ in 0..<100 { lives.add(.max, isOpen: true) }
    #expect(lives.usual == nil)
    // A year.
    for _ in 0..<100 { lives.add(3_153_600_000) }
    #expect(lives.usual == 3_153_600_000)
  }
}

/// Keys that are stored at their misses for times of several kinds, and evicted at a rate that the time since knows nothing of.
private struct Mixture {
  private(set) var judge = MissJudge(ttls: [nil, nil], bytes: 4 << 20)
  private var random: SeededRandom
  private var now: UInt32 = 1000
  private var number: UInt64 = 1
  private let times: [UInt32?]
  private let meanLife: Double
  private let saysTimes: Bool

  /// Each of `times` is as frequent; nil is for ever.
  init(_ times: [UInt32?], meanLife: Double, saysTimes: Bool) {
    self.times = times
    self.meanLife = meanLife
    self.saysTimes = saysTimes
    random = SeededRandom(seed: 5)
    judge.begin(at: 1, nothingRemoved: true)
    // As late as below, and three times that at most.
    judge.pace = ExpiryPace(mortals: 10_000, stale: 0, found: 500, expired: 100)
  }

  private mutating func unit() -> Double { (Double(random.next() >> 11) + 0.5) / Double(1 << 53) }

  /// So many lives; answers by how many parts of those evicted more were told to be over than were.
  mutating func run(_ count: Int) -> Double {
    var (evicted, told, over) = (0.0, 0.0, 0.0)
    for index in 0..<count {
      number += 1
      let hash = number &* 0x9E37_79B9_7F4A_7C15
      let life = times[Int(random.next() % UInt64(times.count))]
      _ = judge.miss(hash, namespace: 0, at: now)
      if saysTimes { judge.stored(namespace: 0, for: life) }
      let end = UInt32(1 - meanLife * log(unit()))
      if let life, life <= end {
        judge.remove(hash, .expired, namespace: 0, at: now + life + UInt32(unit() * 0.05 * Double(life)))
      } else {
        judge.remove(hash, .evicted, namespace: 0, at: now + end)
        let next = UInt32(1 - meanLife * log(unit()))
        let cause = judge.miss(hash, namespace: 0, at: now + end + next)
        if index > count / 4 {
          evicted += 1
          if let life, life <= end + next { over += 1 }
          if cause == .expired { told += 1 }
        }
      }
      now += 3
    }
    return (told - over) / evicted
  }
}

@Suite struct `Keys of one namespace that have different times to live` {
  private static let spread = (1...60).map { UInt32($0 * 100) as UInt32? }
  private static let jittered = (-20...20).map { UInt32(3000 + $0 * 30) as UInt32? }
  private static let negatives = Array(repeating: nil as UInt32?, count: 7) + [3000, 3000, 3000]

  @Test(arguments: [spread, jittered, negatives, [3000, 360_000]], [true, false])
  func
    `as many evicted ones count as expired as would be over, whether commands say the times or expiries teach them`(
      times: [UInt32?], saysTimes: Bool
    )
  {
    // Where nearly all are evicted long before the least of their times is over, expiries can't tell that others live on.
    let areFew = !saysTimes && (times == Self.negatives || times.contains(360_000))
    for meanLife in areFew ? [4000] : [1000.0, 4000] {
      var mixture = Mixture(times, meanLife: meanLife, saysTimes: saysTimes)
      let off = mixture.run(10_000)
      #expect(abs(off) <= (saysTimes ? 0.02 : 0.05), "\(times.count) \(meanLife) \(saysTimes)")
    }
  }

  @Test(arguments: [true, false]) func `there is no time to live of theirs, nor advice on it`(saysTimes: Bool) {
    for (times, isOne) in [(Self.spread, false), (Self.jittered, true), (Self.negatives, false), ([3000], true)] {
      var mixture = Mixture(times, meanLife: 3000, saysTimes: saysTimes)
      _ = mixture.run(5000)
      let ttl = mixture.judge.ttl(of: 0)
      #expect((ttl != nil) == isOne, "\(times.count)")
      #expect(ttl.map { abs($0 - 30) <= 3 } ?? true)
      #expect(isOne || mixture.judge.longerTTLs(of: 0).isEmpty)
    }
  }

  @Test func `a key that lived for longer than any that was said is not of theirs`() {
    var judge = MissJudge(ttls: [nil, nil], bytes: 1 << 20)
    judge.begin(at: 1, nothingRemoved: true)
    for _ in 0..<8 { judge.stored(namespace: 0, for: 3000) }
    _ = judge.miss(7, namespace: 0, at: 100)
    judge.remove(7, .evicted, namespace: 0, at: 20_100)
    #expect(judge.miss(7, namespace: 0, at: 24_000) == .evicted)
  }
}
