import CacheModel
import Randomness
import Testing

@testable import Namespaces

/// An application's count and what is heard, poll by poll; a second apart.
private struct Bench {
  var causes: CountedCauses
  private var heard: [Int64] = [0, 0, 0, 0, 0]
  private var time = UnixTime(seconds: 1000)

  init(told: [Int64]? = nil) { causes = CountedCauses(told: told) }

  /// What is told after so many more were heard, by cause, and the count stands at `total`.
  mutating func poll(_ total: Int64?, heard more: [Int64] = [0, 0, 0, 0, 0], after seconds: Double = 1)
    -> ObservedMisses
  {
    heard = zip(heard, more).map { $0 + $1 }
    time = time.adding(seconds: seconds)
    var observed = ObservedMisses(total: heard.reduce(0, +), causes: heard)
    observed.shares = [
      CauseShare(cause: .expired, share: 0.5, interval: 0.4...0.6),
      CauseShare(cause: .unknown, share: 0.5, interval: 0.5...0.5),
    ]
    return causes.follow(observed, counted: total, at: time)
  }
}

@Suite struct `Causes of misses that the application counts` {
  @Test func `what was counted before and what nobody heard is unknown; the rest has the causes that were heard`() {
    var bench = Bench()
    #expect(bench.poll(2000).causes == [0, 0, 0, 0, 2000])
    #expect(bench.poll(2010, heard: [1, 2, 3, 0, 0]).causes == [1, 2, 3, 0, 2004])
    let told = bench.poll(2040, heard: [0, 5, 0, 4, 1])
    #expect(told.causes == [1, 7, 3, 4, 2025])
    #expect(told.total == 2040)
    #expect(told.heardTotal == 16)
    // Of 40 that were counted since, 16 were heard.
    #expect(told.explained == 0.4)
    #expect(told.ofAll.shares?.map(\.share) == [0.2, 0.8])
  }

  @Test func `misses wait for an application that counts late, and no longer than a minute`() {
    var bench = Bench()
    _ = bench.poll(0)
    for _ in 0..<5 { #expect(bench.poll(0, heard: [0, 2, 0, 0, 0]).causes == [0, 0, 0, 0, 0]) }
    #expect(bench.poll(10).causes == [0, 10, 0, 0, 0])
    _ = bench.poll(10, heard: [7, 0, 0, 0, 0])
    for _ in 0..<61 { _ = bench.poll(10) }
    #expect(bench.poll(15).causes == [0, 10, 0, 0, 5])
    // Where polls are rare, until the next one.
    _ = bench.poll(15, heard: [0, 0, 4, 0, 0], after: 300)
    #expect(bench.poll(19, after: 300).causes == [0, 10, 4, 0, 5])
  }

  @Test func `where more is heard than counted, the total follows the count and the causes those of late`() {
    var bench = Bench()
    _ = bench.poll(0)
    for second in 1...100 as ClosedRange<Int64> { _ = bench.poll(second * 10, heard: [30, 0, 0, 0, 0]) }
    #expect(bench.poll(1010, heard: [0, 15, 0, 15, 0]).causes == [1000, 5, 0, 5, 0])
  }

  @Test func `a count that begins anew takes its causes with it, one that can't be read changes nothing`() {
    var bench = Bench()
    _ = bench.poll(100)
    #expect(bench.poll(nil, heard: [3, 0, 0, 0, 0]).total == 3)
    #expect(bench.poll(102).causes == [2, 0, 0, 0, 100])
    #expect(bench.poll(4).causes == [1, 0, 0, 0, 3])
  }

  @Test func `causes that were told before go on`() {
    var bench = Bench(told: [5, 5, 0, 0, 90])
    #expect(bench.poll(103).causes == [5, 5, 0, 0, 93])
    #expect(bench.poll(104, heard: [0, 0, 1, 0, 0]).causes == [5, 5, 1, 0, 93])
  }

  @Test(arguments: [1, 2, 3] as [UInt64]) func `they sum to the count and never fall, whatever is heard`(
    _ seed: UInt64
  ) {
    var random = SeededRandom(seed: seed)
    var bench = Bench()
    var (total, before) = (Int64(50), [Int64](repeating: 0, count: 5))
    for _ in 0..<300 {
      let told = bench.poll(total, heard: (0..<5).map { _ in .random(in: 0...20, using: &random) }).causes
      #expect(told.reduce(0, +) == total)
      #expect(zip(told, before).allSatisfy { $0 >= $1 })
      (before, total) = (told, total + .random(in: 0...100, using: &random))
    }
  }
}
