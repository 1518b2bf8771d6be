import CacheModel
import Randomness
import Testing

@testable import Namespaces

@Suite struct `The memory of keys` {
  @Test(arguments: [4096, 100_000, 1 << 20])
  func `it holds exactly the keys below its threshold, and no more bytes than it may`(bytes: Int) {
    var generator = SeededRandom(seed: UInt64(bytes))
    var memory = KeyMemory(bytes: bytes)
    var known: [UInt64: UInt32] = [:]
    for number in 0..<60_000 {
      // Low bits that collide make long runs, which a deletion must not tear apart.
      let hash = generator.next() & (number.isMultiple(of: 3) ? ~0xFFF : ~0)
      guard hash != 0, memory.samples(hash), memory.find(hash) == nil else { continue }
      memory.insert(KeyTrace(hash: hash, missed: UInt32(number), namespace: 0, state: .filled))
      known[hash] = UInt32(number)
    }
    known = known.filter { memory.samples($0.key) }
    #expect(memory.count == known.count)
    for (hash, missed) in known { #expect(memory.find(hash).map { memory[$0].missed } == missed) }
    #expect(memory.bytes * 3 / 2 <= bytes)
    #expect(memory.count * 8 > memory.bytes / MemoryLayout<KeyTrace>.stride)
    #expect(memory.rate == Double(memory.threshold) / Double(UInt64.max) || memory.halvings > 0)
  }

  @Test
  func
    `the share of sampled keys rises again when keys of long ago give way, and new ones count once they are known`()
  {
    var generator = SeededRandom(seed: 1)
    var judge = MissJudge(ttls: [nil], bytes: 20_000)
    judge.begin(at: 1, nothingRemoved: true)
    for _ in 0..<5000 { _ = judge.miss(generator.next(), namespace: 0, at: 100) }
    let rate = judge.memory.rate
    #expect(rate < 0.1)
    var now = MissJudge.horizon + 10_000
    let limit = judge.memory.threshold
    // Full enough to be tidied.
    while judge.memory.fill <= 0.5 { _ = judge.miss(generator.next() % limit, namespace: 0, at: 100) }
    judge.tidy(at: now)
    #expect(judge.memory.rate == rate)
    #expect(judge.memory.count == 0)
    let added = limit + 1
    #expect(judge.miss(added, namespace: 0, at: now) == nil)
    judge.remove(added, .expired, namespace: 0, at: now + 10)
    now += MissJudge.warmUp
    judge.tidy(at: now)
    #expect(judge.memory.rate == 2 * rate)
    #expect(judge.miss(added, namespace: 0, at: now) == .expired)
    for _ in 0..<40 {
      now += MissJudge.warmUp
      judge.tidy(at: now)
    }
    #expect(judge.memory.rate == 1)
    #expect(judge.memory.threshold == .max)
  }

  @Test func `a trace takes 24 bytes, as documented`() {
    #expect(MemoryLayout<KeyTrace>.stride == 24)
  }

  @Test func `hashes of similar keys are spread evenly, and differ by database`() {
    var counts = [Int](repeating: 0, count: 64)
    var hashes: Set<UInt64> = []
    for number in 0..<64_000 {
      let hash = KeyHash.hash(Array("user:\(number)".utf8).span, database: number % 4)
      counts[Int(hash >> 58)] += 1
      hashes.insert(hash)
      hashes.insert(KeyHash.hash(Array("user:\(number)".utf8).span, database: 4))
    }
    #expect(hashes.count == 128_000)
    // 1000 each on average, with a standard deviation of 31.
    #expect(counts.allSatisfy { (850...1150).contains($0) })
  }
}
