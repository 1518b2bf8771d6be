import CacheModel
import Randomness
import Testing

@testable import Namespaces

/// A reader of events that is held up now and then, as where other programs take the processor: what came meanwhile it hears at once.
private struct HeldUpReader {
  private var random: SeededRandom
  private var queue: [(kind: KeyEventKind, part: Int, key: Int, truth: MissCause?)] = []
  private var last = 0.0
  private var next = 0.02
  private(set) var judge: MissJudge
  private(set) var asked = 0
  private(set) var right = 0

  /// Reads every 20 ms, and each `oneIn` times is held up for up to two seconds.
  private let oneIn: UInt64

  init(parts: Int, oneIn: UInt64, seed: UInt64) {
    random = SeededRandom(seed: seed)
    judge = MissJudge(ttls: Array(repeating: nil, count: parts + 1), bytes: 4 << 20)
    judge.begin(at: 1, nothingRemoved: true)
    self.oneIn = oneIn
  }

  mutating func hear(_ kind: KeyEventKind, _ part: Int, _ key: Int, _ truth: MissCause?) {
    queue.append((kind, part, key, truth))
  }

  mutating func run(until now: Double) {
    guard now >= next else { return }
    let tick = EventLedger.ticks(Int64(next * 1000))
    let isLate = (next - last) * 1000 > Double(MissJudge.patience)
    for event in queue {
      var mixed = SeededRandom(seed: UInt64(event.key))
      let hash = mixed.next()
      guard event.kind == .keymiss else {
        judge.remove(hash, event.kind, namespace: event.part, at: tick, isLate: isLate)
        continue
      }
      let cause = judge.miss(hash, namespace: event.part, at: tick, isLate: isLate)
      asked += 1
      if cause == event.truth { right += 1 }
    }
    queue.removeAll(keepingCapacity: true)
    last = next
    next = now + 0.02
    if random.next() % oneIn == 0 { next += 0.2 + 1.8 * Double(random.next() >> 11) / Double(1 << 53) }
  }
}

@Suite struct `Events that are heard late` {
  private static let parts = [
    SimulatedPart(weight: 1, keys: 200, skew: 0.5, ttl: 1, bytes: 50),
    SimulatedPart(weight: 3, keys: 6000, skew: 0.7, ttl: 6),
    SimulatedPart(weight: 2, keys: 6000, skew: 0.7, ttl: 2),
  ]

  @Test(arguments: [(UInt64(150), UInt64(1)), (150, 2), (40, 3)] as [(UInt64, UInt64)])
  func `times to live are learned all the same, and causes with them`(oneIn: UInt64, seed: UInt64) {
    var reads = SimulatedReads(Self.parts, rate: 4000, seed: seed)
    var cache = SimulatedCache(Self.parts, limit: 3_000_000)
    var reader = HeldUpReader(parts: Self.parts.count, oneIn: oneIn, seed: seed)
    var stored: [Int: Double] = [:]
    var worst = 1.0
    while reads.now < 40 {
      let read = reads.next()
      let now = reads.now
      cache.read(read, at: now) { kind, part, key in
        guard kind == .keymiss else { return reader.hear(kind, part, key, nil) }
        let cause = stored[key].map { $0 + Self.parts[part].ttl <= now ? MissCause.expired : .evicted } ?? .cold
        reader.hear(kind, part, key, cause)
        stored[key] = now
      }
      reader.run(until: now)
      for index in Self.parts.indices {
        if let ttl = reader.judge.ttl(of: index) { worst = min(worst, ttl / Self.parts[index].ttl) }
      }
    }
    let accuracy = Double(reader.right) / Double(reader.asked)
    for index in Self.parts.indices {
      #expect(reader.judge.ttl(of: index).map { abs($0 / Self.parts[index].ttl - 1) <= 0.15 } == true)
    }
    #expect(worst >= 0.85)
    #expect(accuracy >= 0.97)
  }
}
