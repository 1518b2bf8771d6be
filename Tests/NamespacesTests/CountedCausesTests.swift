import CacheModel
import Randomness
import Testing

@testable import Namespaces

/// An application's counts and what is heard, poll by poll; a second apart.
private struct Bench {
  var causes: CountedCauses
  private var counts = NamespaceCounts(
    definition: NamespaceDefinition(name: "menu"), hits: nil, misses: nil, origin: .counters)
  private var heard: [Int64] = [0, 0, 0, 0, 0]
  private var time = UnixTime(seconds: 1000)

  init(hits: Int64 = 0, told: [Int64]? = nil) { causes = CountedCauses(hits: hits, causes: told) }

  /// What is told after so many more were heard, by cause, and the counters say `misses`, and `hits` or nine times as many.
  mutating func poll(
    _ misses: Int64?, hits: Int64? = nil, heard more: [Int64] = [0, 0, 0, 0, 0], after seconds: Double = 1
  ) -> NamespaceCounts {
    counts.counted = nil
    (counts.hits, counts.misses) = (misses.map { hits ?? $0 * 9 }, misses)
    return pollFails(heard: more, after: seconds)
  }

  /// The same without a new reading.
  mutating func pollFails(heard more: [Int64] = [0, 0, 0, 0, 0], after seconds: Double = 1) -> NamespaceCounts {
    heard = zip(heard, more).map { $0 + $1 }
    time = time.adding(seconds: seconds)
    var observed = ObservedMisses(total: heard.reduce(0, +), causes: heard)
    observed.shares = [
      CauseShare(cause: .expired, share: 0.5, interval: 0.4...0.6),
      CauseShare(cause: .unknown, share: 0.5, interval: 0.5...0.5),
    ]
    causes.follow(observed, into: &counts, at: time)
    return counts
  }
}

extension NamespaceCounts {
  fileprivate var causes: [Int64]? { observed?.causes }
}

@Suite struct `Causes of misses that the application counts` {
  @Test
  func `they begin with the first reading; what nobody heard is unknown, the rest has the causes that were heard`()
  {
    var bench = Bench()
    let first = bench.poll(2000)
    #expect(first.causes == [0, 0, 0, 0, 0])
    #expect(first.hits == 0 && first.misses == 0)
    #expect(first.counted == LookupCounts(hits: 18_000, misses: 2000))
    #expect(bench.poll(2010, heard: [1, 2, 3, 0, 0]).causes == [1, 2, 3, 0, 4])
    let told = bench.poll(2040, heard: [0, 5, 0, 4, 1])
    #expect(told.causes == [1, 7, 3, 4, 25])
    #expect(told.hits == 360 && told.misses == 40 && told.observed?.total == 40)
    #expect(told.observed?.heardTotal == 16)
    // Of 40 that were counted since, 16 were heard.
    #expect(told.observed?.explained == 0.4)
    #expect(told.observed?.ofAll.shares?.map(\.share) == [0.2, 0.8])
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

  @Test func `a count that can't be read tells nothing, and what it grew by meanwhile counts`() {
    var bench = Bench()
    _ = bench.poll(100)
    let unread = bench.poll(nil, heard: [3, 0, 0, 0, 0])
    #expect(unread.hits == nil && unread.misses == nil && unread.counted == nil)
    #expect(unread.observed?.total == 3)
    let failed = bench.pollFails()
    #expect(failed.hits == nil && failed.misses == nil)
    let told = bench.poll(105)
    #expect(told.causes == [3, 0, 0, 0, 2] && told.hits == 45)
    #expect(bench.pollFails().causes == [3, 0, 0, 0, 2])
    #expect(bench.pollFails().hits == 45)
  }

  /// Keys that are deleted, an application that begins anew, a replica that was behind, a copy of yesterday: of hits, misses or both.
  @Test(
    arguments: [(0, 0), (4, 40), (99_990, 899_990), (40_000, 360_000), (0, 900_010), (100_010, 0)]
      as [(Int64, Int64)])
  func `where a count falls nothing falls or rises, and all goes on from there`(_ misses: Int64, _ hits: Int64) {
    var bench = Bench(hits: 70, told: [5, 0, 0, 0, 5])
    _ = bench.poll(99_999, hits: 899_999)
    _ = bench.poll(100_000, hits: 900_000, heard: [0, 1, 0, 0, 0])
    let fallen = bench.poll(misses, hits: hits, heard: [0, 0, 2, 0, 0])
    #expect(fallen.causes == [5, 1, 0, 0, 5] && fallen.hits == 71 && fallen.misses == 11)
    let next = bench.poll(misses + 3, hits: hits + 10)
    #expect(next.causes == [5, 1, 2, 0, 6] && next.hits == 81 && next.misses == 14)
  }

  @Test func `what was told before goes on, and what was counted meanwhile is of neither`() {
    var bench = Bench(hits: 700, told: [5, 5, 0, 0, 90])
    let first = bench.poll(1_000_000)
    #expect(first.causes == [5, 5, 0, 0, 90] && first.hits == 700 && first.misses == 100)
    let next = bench.poll(1_000_001, heard: [0, 0, 1, 0, 0])
    #expect(next.causes == [5, 5, 1, 0, 90] && next.hits == 709 && next.misses == 101)
  }

  @Test func `the greatest of counts are no overflow`() {
    var bench = Bench(hits: .max - 5, told: [.max - 5, 0, 0, 0, 0])
    _ = bench.poll(0, hits: 0)
    let told = bench.poll(.max, hits: .max, heard: [0, 1, 0, 0, 0])
    #expect(told.hits == .max && told.misses == .max)
    #expect(told.causes == [.max - 5, 1, 0, 0, 4])
    #expect(bench.poll(.max, hits: .max).misses == .max)
  }

  @Test(arguments: [1, 2, 3] as [UInt64])
  func `they sum to what the count grew by and never fall, whatever is heard`(_ seed: UInt64) {
    var random = SeededRandom(seed: seed)
    var bench = Bench()
    var (total, before) = (Int64(50), [Int64](repeating: 0, count: 5))
    for _ in 0..<300 {
      let counts = bench.poll(total, heard: (0..<5).map { _ in .random(in: 0...20, using: &random) })
      let told = counts.causes ?? []
      #expect(told.reduce(0, +) == total - 50 && counts.misses == total - 50)
      #expect(zip(told, before).allSatisfy { $0 >= $1 })
      (before, total) = (told, total + .random(in: 0...100, using: &random))
    }
  }
}
