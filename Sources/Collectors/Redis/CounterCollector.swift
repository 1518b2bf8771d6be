import CacheModel
import RESP
import TimeSeries

/// The hit and miss counts that applications keep in the cache themselves.
///
/// This is the one lookup that cachegauge makes. Redis counts each HMGET once, as a hit if the key exists, whatever
/// its type, and each key of an MGET, so the collector tells exactly how many hits and misses it added. Whether a key
/// of which nothing was found exists, MEMORY USAGE tells, which counts as no lookup; it runs right after, in the same
/// pipeline. Where MEMORY USAGE is not permitted, such a key is taken for missing.
///
/// A count is an integer of 0 or more, `12` or `12.0`. One that was never written is 0, since counters come into being
/// with their first increment. Anything else is a malformed reply, which concerns its source alone.
struct CounterCollector: RedisCollector {
  let name = "counters"
  let tier = CollectorTier.fast

  /// One lookup for all sources that share a hash, or for the keys of one source.
  private enum Read: Sendable {
    case hash(key: String, fields: [String])
    case keys([String])
  }

  /// Where a number is kept.
  private enum Place: Hashable {
    case field(String, String)
    case key(String)
  }

  private let sources: [CounterSource]
  private let reads: [Read]
  /// The database that the connection selected itself.
  private let home: Int

  init(sources: [CounterSource], home: Int = 0) {
    self.sources = sources
    self.home = home
    var fields: [String: [String]] = [:]
    var order: [String] = []
    var reads: [Read] = []
    for source in sources {
      switch source {
      case .hash(let key, let hits, let misses):
        if fields[key] == nil { order.append(key) }
        for field in [hits, misses] where fields[key]?.contains(field) != true {
          fields[key, default: []].append(field)
        }
      case .keys(let hits, let misses): reads.append(.keys([hits, misses]))
      }
    }
    self.reads = order.map { .hash(key: $0, fields: fields[$0] ?? []) } + reads
  }

  /// How many lookups one poll makes: what is in doubt when its replies don't come.
  var lookups: Int64 { Int64(places.count) }

  /// The keys that they look up.
  var places: [KeyPlace] {
    reads.flatMap { read in
      switch read {
      case .hash(let key, _): [place(of: key)]
      case .keys(let keys): keys.map(place)
      }
    }
  }

  private func place(of key: String) -> KeyPlace { KeyPlace(database: home, key: Array(key.utf8)) }

  mutating func commands(_ context: CollectorContext) -> [RESPCommand] {
    reads.flatMap { read in
      switch read {
      case .hash(let key, let fields):
        [RESPCommand((["HMGET", key] + fields).map { Array($0.utf8) }), RESPCommand("MEMORY", "USAGE", key)]
      case .keys(let keys):
        [RESPCommand((["MGET"] + keys).map { Array($0.utf8) })] + keys.map { RESPCommand("MEMORY", "USAGE", $0) }
      }
    }
  }

  mutating func receive(_ replies: [RESPValue], into poll: inout RedisPoll) throws(CollectorFailure) {
    var rest = replies[...]
    var values: [Place: Value] = [:]
    for read in reads {
      let reply = rest.popFirst() ?? .null
      switch read {
      case .hash(let key, let fields):
        noteHash(key, reply, exists: rest.popFirst()?.integer != nil, &poll)
        for (field, value) in zip(fields, Self.values(reply, count: fields.count)) {
          values[.field(key, field)] = value
        }
      case .keys(let keys):
        for (key, value) in zip(keys, Self.values(reply, count: keys.count)) {
          let exists = rest.popFirst()?.integer != nil
          values[.key(key)] = noteKey(key, value, exists: exists, &poll)
        }
      }
    }
    poll.counters = sources.map { reading(of: $0, values) }
    try throwIfUnread(poll.counters, replies)
  }

  /// Only when the server answers errors for all sources has the collector failed; else each tells its own failure.
  private func throwIfUnread(_ readings: [CounterReading], _ replies: [RESPValue]) throws(CollectorFailure) {
    guard readings.allSatisfy({ $0.failure != nil && $0.failure != .malformedReply }) else { return }
    let causes = Set(readings.map(\.failure))
    let errors = replies.compactMap(\.error).map { CollectorFailure($0, to: "HMGET") }
    let failures = errors.filter { causes.contains($0.cause) }
    // One that may pass keeps the collector on.
    if let failure = failures.first(where: { !$0.isRefusal }) ?? failures.first { throw failure }
  }

  private func noteHash(_ key: String, _ reply: RESPValue, exists: Bool, _ poll: inout RedisPoll) {
    switch reply {
    case .array(let elements):
      let isFound = exists || elements.contains { $0 != .null }
      if isFound { poll.ownLookups.hits += 1 } else { poll.noteOwnMiss(of: place(of: key)) }
    case .error(let error) where error.code == "WRONGTYPE": poll.ownLookups.hits += 1
    default: break
    }
  }

  /// MGET answers nothing both for a missing key and for one that holds no string.
  private func noteKey(_ key: String, _ value: Value, exists: Bool, _ poll: inout RedisPoll) -> Value {
    switch value {
    case .unknown: return value
    case .absent where !exists:
      poll.noteOwnMiss(of: place(of: key))
      return value
    case .absent:
      poll.ownLookups.hits += 1
      return .malformed
    case .number, .malformed:
      poll.ownLookups.hits += 1
      return value
    }
  }

  private enum Value {
    case absent
    case number(Int64)
    /// The server counted the lookup, but what it found is no count.
    case malformed
    /// There was no lookup.
    case unknown(FailureCause)
  }

  private static func values(_ reply: RESPValue, count: Int) -> [Value] {
    switch reply {
    case .array(let elements) where elements.count == count: return elements.map { value($0) }
    case .error(let error) where error.code == "WRONGTYPE": return Array(repeating: .malformed, count: count)
    case .error(let error):
      return Array(repeating: .unknown(CollectorFailure(error, to: "HMGET").cause), count: count)
    default: return Array(repeating: .unknown(.malformedReply), count: count)
    }
  }

  private static func value(_ element: RESPValue) -> Value {
    switch element {
    case .null: return .absent
    case .bulk(let bytes):
      guard let number = decimal(bytes, bytes.indices)?.rescaled(toDigits: 0), number.mantissa >= 0,
        bytes.last != UInt8(ascii: "%")
      else { return .malformed }
      return .number(number.mantissa)
    default: return .malformed
    }
  }

  /// A count that was never written is 0: counters come into being with their first increment.
  private func reading(of source: CounterSource, _ values: [Place: Value]) -> CounterReading {
    let pair: (Place, Place) =
      switch source {
      case .hash(let key, let hits, let misses): (.field(key, hits), .field(key, misses))
      case .keys(let hits, let misses): (.key(hits), .key(misses))
      }
    func count(_ place: Place) throws(CollectorFailure) -> Int64 {
      switch values[place] ?? .unknown(.malformedReply) {
      case .absent: return 0
      case .number(let number): return number
      case .malformed: throw CollectorFailure(.malformedReply, "HMGET: no count")
      case .unknown(let cause): throw CollectorFailure(cause, "HMGET: no value")
      }
    }
    do throws(CollectorFailure) {
      return CounterReading(source: source, hits: try count(pair.0), misses: try count(pair.1), failure: nil)
    } catch {
      return CounterReading(source: source, hits: nil, misses: nil, failure: error.cause)
    }
  }
}
