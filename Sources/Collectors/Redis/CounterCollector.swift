import CacheModel
import RESP

/// The hit and miss counts that applications keep in the cache themselves.
///
/// This is the one lookup that cachegauge makes. Redis counts each HMGET once, as a hit if the hash exists, and each
/// key of an MGET, so the collector tells exactly how many hits and misses it added. Whether a hash of which no field
/// was found exists, MEMORY USAGE tells, which counts as no lookup; it runs right after, in the same pipeline.
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

  init(sources: [CounterSource]) {
    self.sources = sources
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
  var lookups: Int64 {
    reads.reduce(0) { sum, read in
      if case .keys(let keys) = read { sum + Int64(keys.count) } else { sum + 1 }
    }
  }

  mutating func commands(_ context: CollectorContext) -> [RESPCommand] {
    reads.flatMap { read in
      switch read {
      case .hash(let key, let fields):
        [RESPCommand((["HMGET", key] + fields).map { Array($0.utf8) }), RESPCommand("MEMORY", "USAGE", key)]
      case .keys(let keys): [RESPCommand((["MGET"] + keys).map { Array($0.utf8) })]
      }
    }
  }

  mutating func receive(_ replies: [RESPValue], into poll: inout RedisPoll) throws(CollectorFailure) {
    var rest = replies[...]
    var values: [Place: Value] = [:]
    for read in reads {
      guard let reply = rest.popFirst() else {
        throw CollectorFailure(.malformedReply, "HMGET: a reply is missing")
      }
      switch read {
      case .hash(let key, let fields):
        let usage = rest.popFirst()
        noteHash(reply, exists: usage, &poll)
        for (field, value) in zip(fields, Self.values(reply, count: fields.count)) {
          values[.field(key, field)] = value
        }
      case .keys(let keys):
        noteKeys(reply, &poll)
        for (key, value) in zip(keys, Self.values(reply, count: keys.count)) { values[.key(key)] = value }
      }
    }
    poll.counters = sources.map { reading(of: $0, values) }
    if let refusal = replies.lazy.compactMap(\.error).first(where: { $0.code == "NOPERM" }) {
      let allRefused = poll.counters.allSatisfy { $0.failure == .permissionDenied }
      if allRefused { throw CollectorFailure(refusal, to: "HMGET") }
    }
  }

  private func noteHash(_ reply: RESPValue, exists usage: RESPValue?, _ poll: inout RedisPoll) {
    switch reply {
    case .array(let elements):
      let isFound = elements.contains { $0 != .null } || usage?.integer != nil
      if isFound { poll.ownLookups.hits += 1 } else { poll.ownLookups.misses += 1 }
    case .error(let error) where error.code == "WRONGTYPE": poll.ownLookups.hits += 1
    default: break
    }
  }

  private func noteKeys(_ reply: RESPValue, _ poll: inout RedisPoll) {
    // MGET of a key of another type is a hit with a nil reply; only an application that keeps its counters in
    // something else than strings meets that, and it has no counters to read.
    for element in reply.array ?? [] {
      if element == .null { poll.ownLookups.misses += 1 } else { poll.ownLookups.hits += 1 }
    }
  }

  private enum Value {
    case absent
    case number(Int64)
    case failure(FailureCause)
  }

  private static func values(_ reply: RESPValue, count: Int) -> [Value] {
    switch reply {
    case .array(let elements) where elements.count == count:
      elements.map { element in
        if element == .null { return .absent }
        return element.integer.map { $0 >= 0 ? .number($0) : .failure(.malformedReply) }
          ?? .failure(.malformedReply)
      }
    case .error(let error):
      Array(
        repeating: .failure(error.code == "WRONGTYPE" ? .malformedReply : CollectorFailure(error, to: "").cause),
        count: count)
    default: Array(repeating: .failure(.malformedReply), count: count)
    }
  }

  /// A count that was never written is 0: counters come into being with their first increment.
  private func reading(of source: CounterSource, _ values: [Place: Value]) -> CounterReading {
    let pair: (Place, Place) =
      switch source {
      case .hash(let key, let hits, let misses): (.field(key, hits), .field(key, misses))
      case .keys(let hits, let misses): (.key(hits), .key(misses))
      }
    switch (values[pair.0] ?? .absent, values[pair.1] ?? .absent) {
    case (.failure(let cause), _), (_, .failure(let cause)):
      return CounterReading(source: source, hits: nil, misses: nil, failure: cause)
    case (.absent, .absent): return CounterReading(source: source, hits: 0, misses: 0, failure: nil)
    case (.number(let hits), .absent): return CounterReading(source: source, hits: hits, misses: 0, failure: nil)
    case (.absent, .number(let misses)):
      return CounterReading(source: source, hits: 0, misses: misses, failure: nil)
    case (.number(let hits), .number(let misses)):
      return CounterReading(source: source, hits: hits, misses: misses, failure: nil)
    }
  }
}
