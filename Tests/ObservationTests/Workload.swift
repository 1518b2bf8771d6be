import CacheModel
import Glibc
import RESP
import Randomness
import TestSupport

/// One part of a synthetic application's cache.
struct WorkloadNamespace: Sendable {
  var name: String
  /// Its share of all reads, relative to the others'.
  var weight: Double
  var keys: Int
  /// Zipf's exponent: 0 reads all keys alike.
  var skew: Double
  /// Milliseconds; 0 for keys that live until they are evicted.
  var ttl: Int64
  var bytes: Int
  /// Deletions for each read.
  var deletions: Double = 0
  /// By which part times to live are shorter or longer, each by chance.
  var jitter: Double = 0
  /// What every fifth key is stored for, since there is nothing to store; 0 where there is no such key.
  var negativeTTL: Int64 = 0
  /// Whether all keys are stored before any is read.
  var isWarmed = false
}

/// A cache-aside application that knows the truth of each of its reads: it stores what it missed, deletes what it
/// changes, and remembers for each key what it did last. Reads come alone and in MGETs.
struct Workload {
  /// What the application knows of a key.
  private enum Knowledge {
    case neverStored
    case stored(deadline: Int64?)
    case deleted
  }

  let namespaces: [WorkloadNamespace]
  private let redis: RawRedis
  private var random: SeededRandom
  private var stored: [(key: String, deadline: Int64?)] = []
  private var knowledge: [String: Knowledge] = [:]
  private let cumulative: [[Double]]
  private let weights: [Double]
  /// Hits and misses by namespace.
  private(set) var hits: [Int]
  private(set) var misses: [[MissCause: Int]]
  /// Each miss in order.
  private(set) var log: [(key: String, cause: MissCause)] = []

  init(_ namespaces: [WorkloadNamespace], on redis: RawRedis, seed: UInt64) {
    self.namespaces = namespaces
    self.redis = redis
    random = SeededRandom(seed: seed)
    hits = Array(repeating: 0, count: namespaces.count)
    misses = Array(repeating: [:], count: namespaces.count)
    cumulative = namespaces.map { namespace in
      var sum = 0.0
      return (1...namespace.keys).map { rank in
        sum += pow(Double(rank), -namespace.skew)
        return sum
      }
    }
    var sum = 0.0
    weights = namespaces.map { namespace in
      sum += namespace.weight
      return sum
    }
  }

  /// Stores the keys that are to be there before they are read.
  mutating func warm() throws {
    for (index, namespace) in namespaces.enumerated() where namespace.isWarmed {
      for first in stride(from: 0, to: namespace.keys, by: 500) {
        let now = Self.now
        let keys = (first..<min(first + 500, namespace.keys)).map { "\(namespace.name):\($0)" }
        try redis.pipeline(keys.map { store($0, index, now) })
      }
    }
    for (key, deadline) in stored { knowledge[key] = .stored(deadline: deadline) }
    stored.removeAll(keepingCapacity: true)
  }

  /// Reads at about `rate` a second for so long.
  mutating func run(seconds: Double, rate: Double) throws {
    let start = Self.now
    var reads = 0.0
    while Self.now - start < Int64(seconds * 1000) {
      let due = Double(Self.now - start) / 1000 * rate
      guard reads < due else {
        usleep(1000)
        continue
      }
      reads += Double(try round(min(200, max(1, Int(due - reads)))))
    }
  }

  /// The same reads put to each of `workloads`, which began with the same seed, so that whatever holds one up holds up all.
  /// `second` is called about once a second.
  @discardableResult
  static func run(
    _ workloads: inout [Workload], seconds: Double, rate: Double, second: () throws -> Void = {}
  ) throws -> Double {
    let start = now
    var (reads, next) = (0.0, 0.0)
    while now - start < Int64(seconds * 1000) {
      let passed = Double(now - start) / 1000
      if passed >= next {
        next += 1
        try second()
      }
      guard reads < passed * rate else {
        usleep(1000)
        continue
      }
      let count = min(200, max(1, Int(passed * rate - reads)))
      for index in workloads.indices {
        reads += Double(try workloads[index].round(count)) / Double(workloads.count)
      }
    }
    return reads / (Double(now - start) / 1000 * rate)
  }

  /// The lookups of each namespace since counting began.
  var lookups: [Int] { zip(hits, misses).map { $0 + $1.values.reduce(0, +) } }

  /// The hit rate of each namespace since counting began, and of all.
  var rates: (each: [Double], all: Double) {
    let missed = misses.map { $0.values.reduce(0, +) }
    let each = zip(hits, missed).map { Double($0) / Double(max(1, $0 + $1)) }
    let (all, none) = (hits.reduce(0, +), missed.reduce(0, +))
    return (each, Double(all) / Double(max(1, all + none)))
  }

  /// Begins to count anew; what is stored stays.
  mutating func forget() {
    hits = Array(repeating: 0, count: namespaces.count)
    misses = Array(repeating: [:], count: namespaces.count)
    log = []
  }

  /// One round: reads in a pipeline, then the stores and deletions that follow from them. Answers how many reads.
  private mutating func round(_ count: Int) throws -> Int {
    var commands: [[String]] = []
    var keys: [[(namespace: Int, key: String)]] = []
    var reads = 0
    while reads < count {
      let isMany = random.unit < 0.1
      let group = (0..<(isMany ? 1 + Int(random.unit * 8) : 1)).map { _ in pick() }
      commands.append([isMany ? "MGET" : "GET"] + group.map(\.key))
      keys.append(group)
      reads += group.count
    }
    let replies = try redis.pipeline(commands)
    let now = Self.now
    var further: [[String]] = []
    for (group, reply) in zip(keys, replies) {
      let values = group.count > 1 || reply.array != nil ? reply.array ?? [] : [reply]
      for (read, value) in zip(group, values) { note(read, isHit: value != .null, now, &further) }
    }
    // A key that is missed twice in one round has one truth: what was known before the round.
    for (key, deadline) in stored { knowledge[key] = .stored(deadline: deadline) }
    stored.removeAll(keepingCapacity: true)
    for read in keys.joined() where random.unit < namespaces[read.namespace].deletions {
      further.append([random.unit < 0.5 ? "DEL" : "UNLINK", read.key])
      if case .stored = knowledge[read.key] ?? .neverStored { knowledge[read.key] = .deleted }
    }
    if !further.isEmpty { try redis.pipeline(further) }
    return reads
  }

  private mutating func note(
    _ read: (namespace: Int, key: String), isHit: Bool, _ now: Int64, _ further: inout [[String]]
  ) {
    guard !isHit else { return hits[read.namespace] += 1 }
    let cause: MissCause =
      switch knowledge[read.key] ?? .neverStored {
      case .neverStored: .cold
      case .deleted: .invalidated
      case .stored(let deadline): deadline.map { $0 <= now } ?? false ? .expired : .evicted
      }
    misses[read.namespace][cause, default: 0] += 1
    log.append((read.key, cause))
    further.append(store(read.key, read.namespace, now))
  }

  /// The command that stores a key.
  private mutating func store(_ key: String, _ index: Int, _ now: Int64) -> [String] {
    let namespace = namespaces[index]
    let isNegative = namespace.negativeTTL > 0 && key.utf8.last.map { $0 % 5 == 0 } ?? false
    var ttl = isNegative ? namespace.negativeTTL : namespace.ttl
    if namespace.jitter > 0 { ttl = Int64(Double(ttl) * (1 + namespace.jitter * (2 * random.unit - 1))) }
    stored.append((key, ttl > 0 ? now + ttl : nil))
    let value = String(repeating: "v", count: isNegative ? 0 : namespace.bytes)
    return ["SET", key, value] + (ttl > 0 ? ["PX", "\(ttl)"] : [])
  }

  private mutating func pick() -> (namespace: Int, key: String) {
    let point = random.unit * (weights.last ?? 1)
    let namespace = weights.firstIndex { $0 > point } ?? 0
    let table = cumulative[namespace]
    let goal = random.unit * (table.last ?? 1)
    var (low, high) = (0, table.count - 1)
    while low < high {
      let middle = (low + high) / 2
      if table[middle] > goal { high = middle } else { low = middle + 1 }
    }
    return (namespace, "\(namespaces[namespace].name):\(low)")
  }

  static var now: Int64 {
    var time = timespec()
    unsafe clock_gettime(CLOCK_MONOTONIC, &time)
    return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
  }
}

extension SeededRandom {
  /// In 0..<1.
  var unit: Double { mutating get { Double(next() >> 11) / Double(1 << 53) } }
}
