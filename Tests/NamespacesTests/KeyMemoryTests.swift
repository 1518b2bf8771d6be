import CacheModel
import Randomness
import Testing

@testable import Namespaces

@Suite struct `The memory of keys` {
  @Test(arguments: [4096, 100_000, 1 << 20])
  func `it holds exactly the keys below its threshold, and no more bytes than it may`(bytes: Int) {
    var generator = SeededRandom(seed: UInt64(bytes))
    var memory = KeyMemory(namespaces: 1, bytes: bytes)
    var known: [UInt64: UInt32] = [:]
    for number in 0..<60_000 {
      // Low bits that collide make long runs, which a deletion must not tear apart.
      let hash = generator.next() & (number.isMultiple(of: 3) ? ~0xFFF : ~0)
      guard hash != 0, memory.samples(hash, of: 0), memory.find(hash) == nil else { continue }
      memory.insert(KeyTrace(hash: hash, missed: UInt32(number), namespace: 0, state: .filled))
      known[hash] = UInt32(number)
    }
    known = known.filter { memory.samples($0.key, of: 0) }
    #expect(memory.count == known.count)
    for (hash, missed) in known { #expect(memory.find(hash).map { memory[$0].missed } == missed) }
    #expect(memory.bytes * 3 / 2 <= bytes)
    #expect(memory.count * 8 > memory.bytes / MemoryLayout<KeyTrace>.stride)
    #expect(abs(memory.rate(of: 0) - Double(memory.commonThreshold) / Double(UInt64.max)) < 1e-9)
  }

  @Test(arguments: [3, 40])
  func `small namespaces are remembered whole, and large ones share what they leave`(large: Int) {
    var generator = SeededRandom(seed: 5)
    let small = 20
    var memory = KeyMemory(namespaces: large + small, bytes: 512 << 10)
    var kept: [UInt64] = []
    func add(_ namespace: Int) -> UInt64 {
      let hash = generator.next()
      if memory.samples(hash, of: namespace) {
        memory.insert(KeyTrace(hash: hash, namespace: UInt16(namespace), state: .filled))
      }
      return hash
    }
    for number in 0..<300_000 {
      _ = add(number % large)
      if number.isMultiple(of: 5000) { for namespace in 0..<small { kept.append(add(large + namespace)) } }
    }
    #expect(kept.count == 60 * small)
    #expect(kept.allSatisfy { memory.find($0) != nil })
    for namespace in 0..<small { #expect(memory.rate(of: large + namespace) == 1) }
    let rates = (0..<large).map { memory.rate(of: $0) }
    #expect(rates.allSatisfy { $0 < 0.25 && $0 * 4 >= rates.max() ?? 1 })
    #expect(memory.leastRate == rates.min())
    #expect(memory.fill > 0.5 && memory.fill <= 1)
    var stood = 0.0
    let part = memory.forSome(.max) { _, keys in stood += keys }
    #expect(part == 1)
    #expect(abs(stood / Double(300_000 + kept.count) - 1) < 0.1)
  }

  @Test func `a namespace that has become small is remembered whole again, while others fill the memory`() {
    var generator = SeededRandom(seed: 6)
    var memory = KeyMemory(namespaces: 2, bytes: 512 << 10)
    func add(_ count: Int, _ namespace: Int, at time: UInt32) {
      for _ in 0..<count {
        let hash = generator.next()
        guard memory.samples(hash, of: namespace) else { continue }
        memory.insert(KeyTrace(hash: hash, missed: time, namespace: UInt16(namespace), state: .filled))
      }
    }
    add(60_000, 0, at: 1)
    let rate = memory.rate(of: 0)
    #expect(rate < 0.2)
    memory.forget { $0.missed == 1 }
    add(2000, 1, at: 2)
    add(500, 0, at: 2)
    #expect(memory.fill > 0.25)
    var rounds = 0
    while memory.rate(of: 0) < 1, rounds < 20 {
      let widens = memory.widen()
      #expect(widens)
      memory.settle()
      rounds += 1
    }
    #expect(memory.rate(of: 0) == 1)
    #expect(memory.rate(of: 1) == 1)
    #expect(memory.commonThreshold == .max)
  }

  @Test
  func
    `the share of sampled keys rises again when keys of long ago give way, and new ones count once they are known`()
  {
    var generator = SeededRandom(seed: 1)
    var judge = MissJudge(ttls: [nil], bytes: 20_000)
    judge.begin(at: 1, nothingRemoved: true)
    for _ in 0..<5000 { _ = judge.miss(generator.next(), namespace: 0, at: 100) }
    let rate = judge.memory.rate(of: 0)
    #expect(rate < 0.1)
    var now = MissJudge.horizon + 10_000
    let limit = judge.memory.commonThreshold
    // Full enough to be tidied.
    while judge.memory.fill <= 0.5 { _ = judge.miss(generator.next() % limit, namespace: 0, at: 100) }
    judge.tidy(at: now)
    #expect(judge.memory.rate(of: 0) == rate)
    #expect(judge.memory.count == 0)
    let added = limit + 1
    #expect(judge.miss(added, namespace: 0, at: now) == nil)
    judge.remove(added, .expired, namespace: 0, at: now + 10)
    now += MissJudge.warmUp
    judge.tidy(at: now)
    #expect(judge.memory.rate(of: 0) == 2 * rate)
    #expect(judge.miss(added, namespace: 0, at: now) == .expired)
    for _ in 0..<40 {
      now += MissJudge.warmUp
      judge.tidy(at: now)
    }
    #expect(judge.memory.rate(of: 0) == 1)
    #expect(judge.memory.commonThreshold == .max)
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
