public import CacheModel

/// Turns the answers of one application's statistics endpoint into polls. A value without sockets; the only clock that it
/// reads measures its own work.
public struct JSONStatsCollection: Sendable {
  private let options: JSONStatsOptions
  private let picker: JSONPicker
  /// The paths' order: the whole cache first, then namespace by namespace.
  private let fields: [(part: Int, statistic: JSONStatistic, field: JSONField)]
  private var record = CollectorRecord(name: "statistics")
  private var previous: (hits: Int64, misses: Int64)?

  /// What a part told, in base units, or why it tells nothing.
  private typealias Part = Result<[JSONStatistic: Double], CollectorFailure>

  /// A collection that has seen no answer.
  public init(options: JSONStatsOptions) {
    self.options = options
    let parts = [options.whole] + options.namespaces
    fields = parts.enumerated().flatMap { part, statistics in
      statistics.sorted { $0.key.rawValue < $1.key.rawValue }.map { (part, $0.key, $0.value) }
    }
    picker = JSONPicker(fields.map(\.field.path))
  }

  /// Takes an answer's content. A failure of the whole poll is its `serverFailure`; where only a namespace's figures are not
  /// there, or are none, that namespace alone has none.
  public mutating func receive(_ content: [UInt8], at time: UnixTime) -> CollectedPoll {
    let clock = ContinuousClock()
    let start = clock.now
    var parts: [Part] = []
    var failure: CollectorFailure?
    do throws(CollectorFailure) {
      parts = try read(content)
      if case .failure(let error) = parts[0] { throw error }
      record.succeeded(at: time)
    } catch {
      failure = error
      record.failed(error, retryAt: time)
    }
    record.ran(at: time, taking: clock.now - start)
    let namespaces = zip(parts.dropFirst(), options.namespaces).map { Self.reading($0, declared: $1) }
    return poll(parts.first, namespaces, failure, at: time)
  }

  private func read(_ content: [UInt8]) throws(CollectorFailure) -> [Part] {
    let values: [[JSONScalar]]
    do throws(JSONPicker.Failure) {
      values = try picker.pick(from: content)
    } catch {
      switch error {
      case .noJSON: throw CollectorFailure(.malformedReply, "the answer is no JSON")
      case .tooManyValues:
        throw CollectorFailure(.replyTooLarge, "the paths lead to more than \(JSONPicker.maximumValues) values")
      }
    }
    var parts: [Part] = Array(repeating: .success([:]), count: options.namespaces.count + 1)
    guard fields.isEmpty || values.contains(where: { !$0.isEmpty }) else {
      throw CollectorFailure(.malformedReply, "not one of the paths leads to a value")
    }
    for (position, (part, statistic, field)) in fields.enumerated() {
      guard case .success(var told) = parts[part] else { continue }
      do throws(CollectorFailure) {
        told[statistic] = try field.read(values[position])
        parts[part] = .success(told)
      } catch {
        parts[part] = .failure(error)
      }
    }
    return parts
  }

  private static func reading(_ part: Part, declared: JSONStatistics) -> NamespaceReading {
    switch part {
    case .failure(let error): return NamespaceReading(failure: error.cause)
    case .success(let told):
      var reading = NamespaceReading()
      reading.hits = told[.hits].map { Int64($0) }
      reading.misses = told[.misses].map { Int64($0) }
      reading.ratio = told[.hitRate]
      reading.keys = told[.keys].map { Int64($0) }
      reading.memoryBytes = told[.memory].map { Int64($0) }
      guard reading.hits == nil || reading.misses == nil else { return reading }
      (reading.hits, reading.misses) = (nil, nil)
      if reading.ratio != nil {
        reading.failure = .noCounts
      } else if declared[.hits] != nil || declared[.hitRate] != nil {
        reading.failure = .malformedReply
      }
      return reading
    }
  }

  private mutating func poll(
    _ whole: Part?, _ namespaces: [NamespaceReading], _ failure: CollectorFailure?, at time: UnixTime
  ) -> CollectedPoll {
    var facts = ServerFacts()
    if case .success(let told) = whole {
      func figure(_ statistic: JSONStatistic, orSumOf parts: [Int64?]) -> Int64? {
        options.whole[statistic] == nil ? Self.sum(parts) : told[statistic].map { Int64($0) }
      }
      facts.hits = figure(.hits, orSumOf: namespaces.map(\.hits))
      facts.misses = figure(.misses, orSumOf: namespaces.map(\.misses))
      facts.reportedHitRatio = told[.hitRate]
      facts.keys = figure(.keys, orSumOf: namespaces.map(\.keys))
      facts.usedMemory = figure(.memory, orSumOf: namespaces.map(\.memoryBytes))
      facts.maximumMemory = told[.maximumMemory].map { Int64($0) }
      facts.evictedKeys = told[.evictions].map { Int64($0) }
      facts.expiredKeys = told[.expirations].map { Int64($0) }
    }
    var poll = CollectedPoll(
      sample: Sample(catalog: SeriesCatalog(capacity: 0), time: time, epoch: 1), passing: nil, facts: facts,
      counters: [], ownHits: 0, ownMisses: 0, statsReset: beganAnew(facts), serverChanged: false,
      serverFailure: failure?.cause, slowOperations: [], slowOperationsLost: 0, slowThreshold: nil,
      collectors: [record.status], notices: [record.takeNotice()].compactMap(\.self))
    poll.namespaces = namespaces
    return poll
  }

  /// Whether the application's counters began again: it was started anew, or it forgot them.
  private mutating func beganAnew(_ facts: ServerFacts) -> Bool {
    guard let hits = facts.hits, let misses = facts.misses else { return false }
    defer { previous = (hits, misses) }
    return previous.map { hits < $0.hits || misses < $0.misses } ?? false
  }

  /// The sum, where every part is known.
  private static func sum(_ parts: [Int64?]) -> Int64? {
    guard !parts.isEmpty else { return nil }
    var sum: Int64 = 0
    for part in parts {
      guard let part else { return nil }
      sum = sum.saturatingSum(part)
    }
    return sum
  }
}
