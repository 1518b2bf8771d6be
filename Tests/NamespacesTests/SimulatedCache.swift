import CacheModel
import Glibc
import Randomness

@testable import Namespaces

/// How a server chooses what to evict.
enum SimulatedPolicy: String, Sendable { case lru, lfu, random }

/// One part of a simulated application.
struct SimulatedPart: Sendable {
  var weight: Double
  var keys: Int
  /// Zipf's exponent; 0 reads all keys alike.
  var skew = 0.0
  /// Seconds; 0 for keys that never expire.
  var ttl = 0.0
  var bytes = 300
  /// Values are up to so many times as large, or as small.
  var spread = 1.0
  var deletions = 0.0
  /// Ranks a second by which what is popular moves on.
  var drift = 0.0
  /// Reads its keys one after the other.
  var isScan = false
  /// The part of its requests that store a key, by a writer of their own; then a miss stores nothing. 0 where each miss stores its key.
  var writes = 0.0
}

/// An application's reads, the same for each cache that they are put to.
struct SimulatedReads {
  let parts: [SimulatedPart]
  let rate: Double
  /// The first key of each part, and one more.
  let starts: [Int]
  private let cumulative: [[Double]]
  private let weights: [Double]
  private var random: SeededRandom
  private var scans: [Int]
  private(set) var now = 0.0

  init(_ parts: [SimulatedPart], rate: Double, seed: UInt64) {
    self.parts = parts
    self.rate = rate
    random = SeededRandom(seed: seed)
    scans = parts.map { _ in 0 }
    var starts = [0]
    for part in parts { starts.append((starts.last ?? 0) + part.keys) }
    self.starts = starts
    cumulative = parts.map { part in
      var sum = 0.0
      return part.skew == 0
        ? []
        : (1...part.keys).map { rank in
          sum += pow(Double(rank), -part.skew)
          return sum
        }
    }
    var sum = 0.0
    weights = parts.map {
      sum += $0.weight
      return sum
    }
  }

  private mutating func unit() -> Double { (Double(random.next() >> 11) + 0.5) / Double(1 << 53) }

  /// The next read, at ``now``; whether the application deletes the key afterwards, or stores it instead of reading it.
  mutating func next() -> (part: Int, key: Int, isDeleted: Bool, isWrite: Bool) {
    now += -log(unit()) / rate
    let point = unit() * (weights.last ?? 1)
    let index = weights.firstIndex { $0 > point } ?? 0
    let part = parts[index]
    var rank: Int
    if part.isScan {
      rank = scans[index]
      scans[index] = (rank + 1) % part.keys
    } else if part.skew == 0 {
      rank = min(part.keys - 1, Int(unit() * Double(part.keys)))
    } else {
      let table = cumulative[index]
      let goal = unit() * (table.last ?? 1)
      var (low, high) = (0, table.count - 1)
      while low < high {
        let middle = (low + high) / 2
        if table[middle] > goal { high = middle } else { low = middle + 1 }
      }
      rank = (low + Int(part.drift * now)) % part.keys
    }
    let isDeleted = part.deletions > 0 && unit() < part.deletions
    let isWrite = part.writes > 0 && unit() < part.writes
    return (index, starts[index] + rank, isDeleted, isWrite)
  }
}

/// Redis' keyspace as far as eviction and expiry go: samples of five, a pool of sixteen, idle times of whole seconds, an active
/// expiry ten times a second.
struct SimulatedCache {
  private let parts: [SimulatedPart]
  private let limit: Int
  private let policy: SimulatedPolicy
  private var random = SeededRandom(seed: 99)
  /// By key: its place among the present ones (-1 when absent), last access in seconds, deadline, LFU counter and its minute.
  private var place: [Int32]
  private var access: [Int32]
  private var deadline: [Float]
  private var counter: [UInt8]
  private var present: [Int32] = []
  private var part: [UInt8]
  private var pool: [(key: Int32, score: Int32)] = []
  private var bytes = 0
  private(set) var mortals = 0
  private var lastCycle = 0.0
  private(set) var hits: [Int]
  private(set) var misses: [Int]

  init(_ parts: [SimulatedPart], limit: Int, policy: SimulatedPolicy = .lru) {
    self.parts = parts
    self.limit = limit
    self.policy = policy
    let count = parts.reduce(0) { $0 + $1.keys }
    place = Array(repeating: -1, count: count)
    access = Array(repeating: 0, count: count)
    deadline = Array(repeating: 0, count: count)
    counter = Array(repeating: 0, count: count)
    part = parts.enumerated().flatMap { Array(repeating: UInt8($0.offset), count: $0.element.keys) }
    hits = parts.map { _ in 0 }
    misses = hits
  }

  var count: Int { present.count }

  /// Keys, hash tables and what an empty server takes.
  var used: Int {
    bytes + Int(CacheRoom.empty + CacheRoom.tables(Double(count)) + CacheRoom.tables(Double(mortals)))
  }

  /// What `DEBUG OBJECT` would say of a key: for how long it was not touched, in whole seconds; nil where it is not there.
  func idle(_ key: Int, at now: Double) -> Int64? { place[key] >= 0 ? Int64(now) - Int64(access[key]) : nil }

  /// The bytes of each key, as `MEMORY USAGE` would say.
  func forEach(_ body: (_ bytes: Int) -> Void) {
    for key in present { body(size(Int(key))) }
  }

  /// Any of the keys that are there.
  mutating func any() -> Int { pick() }

  mutating func forget() {
    hits = parts.map { _ in 0 }
    misses = hits
  }

  /// What INFO would say.
  var facts: ServerFacts {
    var facts = ServerFacts()
    facts.keys = Int64(count)
    facts.keysWithTTL = Int64(mortals)
    facts.usedMemory = Int64(used)
    facts.maximumMemory = Int64(limit)
    facts.evictionPolicy = "allkeys-\(policy.rawValue)"
    return facts
  }

  /// A read, and what a cache-aside application does after it. `event` hears what the server tells.
  mutating func read(
    _ read: (part: Int, key: Int, isDeleted: Bool, isWrite: Bool), at now: Double,
    event: (KeyEventKind, Int, Int) -> Void
  ) {
    if now - lastCycle >= 0.1 { expireSome(now, event) }
    let key = read.key
    if place[key] >= 0, parts[read.part].ttl > 0, Double(deadline[key]) <= now {
      remove(key)
      event(.expired, read.part, key)
    }
    if read.isWrite {
      if place[key] >= 0 { remove(key) }
      while used > limit, evict(now, event) {}
      store(key, now)
    } else if place[key] >= 0 {
      hits[read.part] += 1
      touch(key, now)
    } else {
      misses[read.part] += 1
      event(.keymiss, read.part, key)
      if parts[read.part].writes == 0 {
        while used > limit, evict(now, event) {}
        store(key, now)
      }
    }
    if read.isDeleted, place[key] >= 0 {
      remove(key)
      event(.del, read.part, key)
    }
  }

  /// 90 bytes more than the value, about what Redis takes.
  func size(_ key: Int) -> Int {
    let one = parts[Int(part[key])]
    guard one.spread > 1 else { return one.bytes + 90 }
    var mixed = UInt64(truncatingIfNeeded: key) &* 0x9E37_79B9_7F4A_7C15
    mixed ^= mixed >> 29
    let unit = Double(mixed >> 11 & 0xFFFF) / 65535
    return 90 + Int(Double(one.bytes) * pow(one.spread, 2 * unit - 1))
  }

  private mutating func touch(_ key: Int, _ now: Double) {
    if policy == .lfu {
      let old = decayed(key, now)
      let base = max(0, Int(old) - 5)
      let isRaised = old < 255 && Double(random.next() >> 11) / Double(1 << 53) < 1 / Double(base * 10 + 1)
      counter[key] = old + (isRaised ? 1 : 0)
    }
    access[key] = Int32(now)
  }

  private func decayed(_ key: Int, _ now: Double) -> UInt8 {
    let minutes = (Int(now) - Int(access[key])) / 60
    return UInt8(max(0, Int(counter[key]) - minutes))
  }

  private mutating func store(_ key: Int, _ now: Double) {
    place[key] = Int32(present.count)
    present.append(Int32(key))
    bytes += size(key)
    if parts[Int(part[key])].ttl > 0 { mortals += 1 }
    access[key] = Int32(now)
    counter[key] = 5
    deadline[key] = Float(now + parts[Int(part[key])].ttl)
  }

  private mutating func remove(_ key: Int) {
    let hole = Int(place[key])
    let last = present.removeLast()
    if Int(last) != key {
      present[hole] = last
      place[Int(last)] = Int32(hole)
    }
    place[key] = -1
    bytes -= size(key)
    if parts[Int(part[key])].ttl > 0 { mortals -= 1 }
  }

  private mutating func pick() -> Int { Int(present[Int(random.next() % UInt64(present.count))]) }

  private mutating func evict(_ now: Double, _ event: (KeyEventKind, Int, Int) -> Void) -> Bool {
    guard !present.isEmpty else { return false }
    if policy == .random {
      let key = pick()
      remove(key)
      event(.evicted, Int(part[key]), key)
      return true
    }
    while true {
      for _ in 0..<5 {
        let key = pick()
        let score = policy == .lru ? Int32(now) - access[key] : 255 - Int32(decayed(key, now))
        offer(Int32(key), score)
      }
      while let best = pool.popLast() {
        guard place[Int(best.key)] >= 0 else { continue }
        let key = Int(best.key)
        remove(key)
        event(.evicted, Int(part[key]), key)
        return true
      }
    }
  }

  /// Keeps the pool in ascending order of idleness, as `evictionPoolPopulate` does.
  private mutating func offer(_ key: Int32, _ score: Int32) {
    guard !pool.contains(where: { $0.key == key }) else { return }
    let position = pool.firstIndex { $0.score >= score } ?? pool.count
    if pool.count < 16 {
      pool.insert((key, score), at: position)
    } else if position > 0 {
      pool.removeFirst()
      pool.insert((key, score), at: position - 1)
    }
  }

  private mutating func expireSome(_ now: Double, _ event: (KeyEventKind, Int, Int) -> Void) {
    lastCycle = now
    guard parts.contains(where: { $0.ttl > 0 }) else { return }
    for _ in 0..<200 where !present.isEmpty {
      var (seen, expired) = (0, 0)
      for _ in 0..<60 where seen < 20 && !present.isEmpty {
        let key = pick()
        guard parts[Int(part[key])].ttl > 0 else { continue }
        seen += 1
        guard Double(deadline[key]) <= now else { continue }
        expired += 1
        remove(key)
        event(.expired, Int(part[key]), key)
      }
      if expired * 10 <= seen { break }
    }
  }
}
