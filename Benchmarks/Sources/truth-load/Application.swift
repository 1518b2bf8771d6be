import Glibc
import Randomness

/// A cache-aside application that knows the truth of each of its reads: it stores what it missed, deletes what it changes, and
/// remembers of each key what it did last. Reads come alone and in MGETs.
struct Application {
  /// What is known of a key: never stored, deleted, or its deadline in milliseconds, the last possible where it has none.
  private static let never: Int64 = -2
  private static let deleted: Int64 = -1

  let parts: [Part]
  private let connection: Connection
  private var random: SeededRandom
  private var known: [[Int64]]
  private var cumulative: [Double] = []
  private let value = [UInt8](repeating: 0x76, count: 1024)
  /// By part: hits, and misses that are cold, of expired, evicted and deleted keys.
  private(set) var counts: [[Int]]

  init(_ parts: [Part], on connection: Connection, seed: UInt64) {
    self.parts = parts
    self.connection = connection
    random = SeededRandom(seed: seed)
    known = parts.map { Array(repeating: Self.never, count: $0.keys) }
    counts = parts.map { _ in [0, 0, 0, 0, 0] }
  }

  /// The parts' shares as they are so long after the start.
  mutating func drift(_ seconds: Double) {
    var sum = 0.0
    cumulative = parts.map { part in
      sum += part.weight(at: seconds)
      return sum
    }
  }

  /// Reads in one pipeline, then the stores and deletions that follow from them. Answers how many reads.
  mutating func round(_ wanted: Int) throws -> Int {
    var reads: [(part: Int, key: Int)] = []
    var replies = 0
    while reads.count < wanted {
      let isMany = random.unit < 0.1
      let count = isMany ? 1 + Int(random.unit * 8) : 1
      connection.begin(count + 1)
      connection.add(Array((isMany ? "MGET" : "GET").utf8))
      for _ in 0..<count {
        let read = pick()
        reads.append(read)
        connection.add(text(read))
      }
      replies += 1
    }
    try connection.flush()
    var hits: [Bool] = []
    for _ in 0..<replies { try connection.reply { hits.append($0) } }
    try follow(reads, hits)
    return reads.count
  }

  private mutating func follow(_ reads: [(part: Int, key: Int)], _ hits: [Bool]) throws {
    let now = milliseconds
    var replies = 0
    var stored: [(part: Int, key: Int)] = []
    for (read, isHit) in zip(reads, hits) {
      guard !isHit else {
        counts[read.part][0] += 1
        continue
      }
      // A key that is missed twice in one round has one truth: what was known before the round.
      counts[read.part][cause(read, now)] += 1
      stored.append(read)
      replies += store(read)
    }
    for read in stored { known[read.part][read.key] = parts[read.part].ttl > 0 ? now + parts[read.part].ttl : .max }
    for read in reads where parts[read.part].deletions > 0 && random.unit < parts[read.part].deletions {
      connection.begin(2)
      connection.add(Array((random.unit < 0.5 ? "DEL" : "UNLINK").utf8))
      connection.add(text(read))
      replies += 1
      if known[read.part][read.key] != Self.never { known[read.part][read.key] = Self.deleted }
    }
    try connection.flush()
    for _ in 0..<replies { try connection.reply { _ in } }
  }

  private func cause(_ read: (part: Int, key: Int), _ now: Int64) -> Int {
    switch known[read.part][read.key] {
    case Self.never: 1
    case Self.deleted: 4
    case let deadline: deadline <= now ? 2 : 3
    }
  }

  private func store(_ read: (part: Int, key: Int)) -> Int {
    let part = parts[read.part]
    connection.begin(part.ttl > 0 ? 5 : 3)
    connection.add([0x53, 0x45, 0x54])
    connection.add(text(read))
    connection.add(Array(value.prefix(part.bytes)))
    if part.ttl > 0 {
      connection.add([0x50, 0x58])
      connection.add(Array(String(part.ttl).utf8))
    }
    return 1
  }

  private func text(_ read: (part: Int, key: Int)) -> [UInt8] {
    Array(parts[read.part].name.utf8) + [0x3A] + Array(String(read.key).utf8)
  }

  private mutating func pick() -> (part: Int, key: Int) {
    let point = random.unit * (cumulative.last ?? 1)
    let part = cumulative.firstIndex { $0 > point } ?? 0
    return (part, parts[part].pick(&random))
  }
}

/// Of a steady clock.
var milliseconds: Int64 {
  var time = timespec()
  unsafe clock_gettime(CLOCK_MONOTONIC, &time)
  return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
}
