import Randomness
import Testing

@testable import Health

struct BinomialIntervalTests {
  /// Table I of R. G. Newcombe, "Two-sided confidence intervals for the single proportion", Statistics in Medicine 17
  /// (1998): method 3, the score interval.
  @Test(arguments: [
    (81.0, 263.0, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0, 0.1611), (1, 29, 0.0061, 0.1718),
  ])
  func `the interval agrees with published values`(_ hits: Double, _ n: Double, _ low: Double, _ high: Double)
    throws
  {
    let interval = try #require(BinomialInterval.wilson(hits: hits, lookups: n))
    #expect(abs(interval.lowerBound - low) < 0.00006)
    #expect(abs(interval.upperBound - high) < 0.00006)
  }

  @Test func `no lookup gives no interval`() {
    #expect(BinomialInterval.wilson(hits: 0, lookups: 0) == nil)
  }

  @Test(arguments: [1.0, 10, 1e3, 1e6, 1e12])
  func `the interval contains the ratio and stays within 0 and 1`(_ n: Double) throws {
    for share in [0, 0.001, 0.3, 0.5, 0.999, 1] {
      let interval = try #require(BinomialInterval.wilson(hits: n * share, lookups: n))
      #expect(interval.lowerBound >= 0 && interval.upperBound <= 1)
      #expect(interval.lowerBound <= share && share <= interval.upperBound)
    }
  }

  @Test func `inflation widens the interval like fewer lookups do`() throws {
    let inflated = try #require(BinomialInterval.wilson(hits: 800, lookups: 1000, inflation: 4))
    let fewer = try #require(BinomialInterval.wilson(hits: 200, lookups: 250))
    #expect(abs(inflated.lowerBound - fewer.lowerBound) < 1e-12)
    #expect(abs(inflated.upperBound - fewer.upperBound) < 1e-12)
  }

  @Test(arguments: [0.5, 0.8, 0.95])
  func `about 95 of 100 intervals contain the true ratio`(_ p: Double) throws {
    var random = SeededRandom(seed: 7)
    var inside = 0
    for _ in 0..<2000 {
      let hits = Double(random.hits(of: 200, p))
      let interval = try #require(BinomialInterval.wilson(hits: hits, lookups: 200))
      if interval.contains(p) { inside += 1 }
    }
    #expect((1860...1950).contains(inside))
  }
}

struct ScoreTestTests {
  /// At the threshold itself the test says "below" about 5 times in 10,000, also where misses are rare.
  @Test(arguments: [(0.5, 200), (0.8, 200), (0.95, 400), (0.99, 1000)])
  func `at the threshold the score test errs as seldom as it says`(_ p: Double, _ lookups: Int) {
    var random = SeededRandom(seed: 11)
    var below = 0
    for _ in 0..<8000 {
      let hits = Double(random.hits(of: lookups, p))
      if BinomialInterval.isBelow(p, hits: hits, lookups: Double(lookups)) { below += 1 }
    }
    #expect(below <= 12)
  }

  @Test(arguments: [0.8, 0.99, 1.0])
  func `what is far below is seen, what is above is not`(_ threshold: Double) {
    #expect(BinomialInterval.isBelow(threshold, hits: 100, lookups: 200))
    #expect(!BinomialInterval.isBelow(threshold, hits: 200, lookups: 200))
    #expect(!BinomialInterval.isBelow(threshold, hits: 0, lookups: 0))
  }
}

struct DispersionTests {
  @Test func `independent lookups are hardly inflated`() {
    var random = SeededRandom(seed: 3)
    var dispersion = Dispersion()
    for _ in 0..<30 {
      let hits = Double(random.hits(of: 200, 0.8))
      dispersion.add(hits: hits, misses: 200 - hits)
    }
    #expect((1...1.6).contains(dispersion.inflation ?? 0))
  }

  @Test func `lookups that hit or miss twenty at a time are inflated about twentyfold`() {
    var random = SeededRandom(seed: 4)
    var dispersion = Dispersion()
    for _ in 0..<30 {
      let hits = 20 * Double(random.hits(of: 30, 0.8))
      dispersion.add(hits: hits, misses: 600 - hits)
    }
    #expect((10...32).contains(dispersion.inflation ?? 0))
  }

  @Test func `one lasting fall inflates little`() {
    var random = SeededRandom(seed: 5)
    var dispersion = Dispersion()
    for bucket in 0..<30 {
      let hits = Double(random.hits(of: 170, bucket < 20 ? 0.95 : 0.6))
      dispersion.add(hits: hits, misses: 170 - hits)
    }
    #expect((1..<2).contains(dispersion.inflation ?? 0))
  }

  @Test func `too few buckets and ratios of 0 or 1 estimate nothing`() {
    var few = Dispersion()
    for hits in [10.0, 90, 10, 90] { few.add(hits: hits, misses: 100 - hits) }
    #expect(few.inflation == nil)
    var perfect = Dispersion()
    for _ in 0..<20 { perfect.add(hits: 100, misses: 0) }
    #expect(perfect.inflation == 1)
  }
}
