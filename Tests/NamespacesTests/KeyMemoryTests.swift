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
