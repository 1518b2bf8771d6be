import CacheModel
import Testing

@testable import Namespaces

@Suite struct `How late a server notices expiries` {
  private func polled(_ watch: inout ExpiryWatch, _ mortals: Int64?, stale: Double?, at now: Int64) -> ExpiryPace? {
    var facts = ServerFacts()
    facts.keysWithTTL = mortals
    facts.stalePart = stale
    return watch.polled(facts, at: now)
  }

  @Test func `it takes minutes where few keys of many are over, and nobody asks for them`() throws {
    var watch = ExpiryWatch()
    #expect(polled(&watch, 1_000_000, stale: 0.001, at: 1000) == nil)
    for number in 1...600 as ClosedRange<UInt64> {
      // Nine of ten are asked for, which tells of their expiry.
      watch.hear(.expired, number)
      watch.hear(.keymiss, number.isMultiple(of: 10) ? 7000 + number : number)
    }
    #expect(polled(&watch, 1_000_000, stale: 0.001, at: 9000) == nil)
    let pace = try #require(polled(&watch, 1_000_000, stale: 0.001, at: 11_000))
    // 200 keys a second; and 11,500 of which 60 a second expire.
    #expect((500_000...700_000).contains(pace.longest))
    #expect((19_000...25_000).contains(pace.mean))
  }

  @Test func `it is soon where so many are over that the server goes on looking`() throws {
    var watch = ExpiryWatch()
    #expect(polled(&watch, 100_000, stale: nil, at: 0) == nil)
    for number in 1...50_000 as ClosedRange<UInt64> { watch.hear(.expired, number) }
    let pace = try #require(polled(&watch, 100_000, stale: nil, at: 10_000))
    #expect((250...500).contains(pace.longest))
    #expect(pace.mean <= pace.longest)
    // Nothing expires.
    let other = try #require(polled(&watch, 100_000, stale: 0, at: 20_000))
    #expect(other.longest > 50_000)
    #expect(polled(&watch, 0, stale: nil, at: 25_000) == nil)
    #expect(polled(&watch, 0, stale: nil, at: 30_000).map { $0.longest < 100 } == true)
    #expect(polled(&watch, nil, stale: nil, at: 60_000) == nil)
  }
}
