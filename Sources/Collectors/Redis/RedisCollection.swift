public import CacheModel
public import RESP
import TimeSeries

/// What a target's collectors are to do.
public struct RedisCollectionOptions: Sendable {
  /// Seconds between runs of the slow tier; default 15.
  public var slowInterval = 15.0
  /// Seconds until a refused collector is tried again; default 300.
  public var retryInterval = 300.0
  /// Whether families whose names `promtool check metrics` finds fault with keep them; otherwise their fields appear
  /// as `redis_info_field`.
  public var legacyNames = false
  /// Where applications keep their counts.
  public var counterSources: [CounterSource] = []
  /// What cachegauge's connection calls itself, so that its own slow-log entries are left out.
  public var clientName = "cachegauge"
  /// The most series that the target may have.
  public var seriesCapacity = 4096

  /// The defaults.
  public init() {}
}

/// Something to tell the operator once.
public struct CollectorNotice: Sendable, Hashable {
  /// The collector.
  public let collector: String
  /// One sentence.
  public let message: String
}

/// What a complete poll has brought.
public struct RedisCollected: Sendable {
  /// The series' values.
  public let sample: Sample
  /// The server.
  public let facts: ServerFacts
  /// In the order of the options' counter sources.
  public let counters: [CounterReading]
  /// Own lookups made in this poll after its INFO that the server counts as hits.
  public let ownHits: Int64
  /// … and as misses.
  public let ownMisses: Int64
  /// Whether the server's counters were reset since the last poll, its process being the same.
  public let statsReset: Bool
  /// New entries of the slow log, oldest first, without namespaces.
  public let slowOperations: [SlowOperation]
  /// Entries that the server dropped before they could be read.
  public let slowOperationsLost: Int64
  /// The slow log's threshold in microseconds; nil while unknown.
  public let slowThreshold: Int64?
  /// All collectors.
  public let collectors: [CollectorStatus]
  /// What to log.
  public let notices: [CollectorNotice]
}

/// What to do after replies came.
public enum RedisStep: Sendable {
  /// Send these in the same poll.
  case more([RESPCommand])
  /// The poll is complete.
  case done(RedisCollected)
}

/// All collectors of one target: says what to send, and turns the replies into a sample. A value without sockets; the
/// only clock that it reads measures its own work.
///
/// One poll is ``begin(at:)``, then ``receive(_:at:)`` with the replies of the commands that were given, until it is
/// done; or ``abandon()`` when they don't come.
public struct RedisCollection: Sendable {
  private var slots: [CollectorSlot]
  private let options: RedisCollectionOptions
  private let counterLookups: Int64
  private var catalog: SeriesCatalog
  private var context = CollectorContext()
  private var runID: String?
  private var databases: Int?
  private var slowThreshold: Int64?
  private var poll: RedisPoll?
  /// The slots whose replies are awaited, with how many.
  private var awaited: [(slot: Int, count: Int)] = []

  /// The collectors of a target that was not polled yet.
  public init(options: RedisCollectionOptions = RedisCollectionOptions()) {
    self.options = options
    catalog = SeriesCatalog(capacity: options.seriesCapacity)
    let counters = CounterCollector(sources: options.counterSources)
    counterLookups = counters.lookups
    // INFO is first: what follows in the same pipeline is not part of its figures.
    let collectors: [any RedisCollector] = [
      InfoCollector(legacyNames: options.legacyNames), SlowLogCollector(clientName: options.clientName), counters,
      LatencyStatsCollector(), LatencyCollector(), LatencyHistogramCollector(), ConfigCollector(),
      ClusterCollector(legacyNames: options.legacyNames),
    ]
    slots = collectors.map { CollectorSlot($0) }
  }

  /// Begins a poll at its planned tick: the commands to send in one pipeline.
  public mutating func begin(at time: UnixTime) -> [RESPCommand] {
    poll = RedisPoll(time: time, catalog: catalog)
    awaited = []
    var commands: [RESPCommand] = []
    for index in slots.indices where isDue(index, at: time) {
      let asked = slots[index].collector.commands(context)
      if asked.isEmpty { continue }
      awaited.append((index, asked.count))
      commands += asked
    }
    return commands
  }

  /// Own lookups that ``begin(at:)`` asked for: what is in doubt when the poll is abandoned.
  public var lookupsUnderWay: Int64 {
    awaited.contains { slots[$0.slot].collector is CounterCollector } ? counterLookups : 0
  }

  /// Takes the replies of the commands that were given last, in their order.
  public mutating func receive(_ replies: [RESPValue], at time: UnixTime) -> RedisStep {
    guard var poll else { preconditionFailure("receive follows begin") }
    var rest = replies[...]
    var further: [RESPCommand] = []
    var next: [(slot: Int, count: Int)] = []
    for (index, count) in awaited {
      let own = Array(rest.prefix(count))
      rest = rest.dropFirst(count)
      slots[index].run(own, into: &poll, retryInterval: options.retryInterval)
      if index == 0 { noteServer(&poll) }
      let more = slots[index].collector.followUp()
      if !more.isEmpty {
        next.append((index, more.count))
        further += more
      }
    }
    self.poll = poll
    awaited = next
    return further.isEmpty ? .done(finish(poll)) : .more(further)
  }

  /// Gives up the poll that was begun.
  public mutating func abandon() {
    poll = nil
    awaited = []
  }

  private func isDue(_ index: Int, at time: UnixTime) -> Bool {
    let slot = slots[index]
    if let disabledUntil = slot.disabledUntil { return time >= disabledUntil }
    switch slot.collector.tier {
    case .fast: return true
    case .slow:
      // What the server is must be known before it is asked more.
      guard !context.version.isEmpty else { return false }
      return slot.lastRun.map { time.seconds(since: $0) >= options.slowInterval } ?? true
    }
  }

  /// Acts on what INFO said: another process, another version.
  private mutating func noteServer(_ poll: inout RedisPoll) {
    if let previous = runID, let current = poll.facts.runID, previous != current {
      for index in slots.indices { slots[index].serverRestarted() }
    }
    runID = poll.facts.runID ?? runID
    context.facts = poll.facts
    context.isCluster = poll.isCluster
    context.version = poll.facts.version?.split(separator: ".").compactMap { Int($0) } ?? []
  }

  private mutating func finish(_ finished: RedisPoll) -> RedisCollected {
    var poll = finished
    for slot in slots {
      for (index, value) in slot.carried where slot.lastRun != poll.time { poll.set(index, value) }
    }
    databases = poll.databases ?? databases
    slowThreshold = poll.slowThreshold ?? slowThreshold
    var sample = poll.sample()
    if poll.facts.runID != nil { fillDatabases(&sample) }
    catalog = sample.catalog
    let notices = slots.indices.compactMap { slots[$0].takeNotice() }
    self.poll = nil
    return RedisCollected(
      sample: sample, facts: poll.facts, counters: poll.counters, ownHits: poll.ownLookups.hits,
      ownMisses: poll.ownLookups.misses, statsReset: poll.statsReset, slowOperations: poll.slowOperations,
      slowOperationsLost: poll.slowOperationsLost, slowThreshold: slowThreshold,
      collectors: slots.filter(\.hasRun).map(\.status),
      notices: notices)
  }

  /// INFO leaves empty databases out; their series are 0, as redis_exporter has them.
  private func fillDatabases(_ sample: inout Sample) {
    let count = context.isCluster ? 1 : min(databases ?? 16, 1024)
    for number in 0..<count {
      let labels = [Label("db", "db\(number)")]
      for family in [RedisFamilies.databaseKeys, RedisFamilies.databaseKeysExpiring] {
        let definition = SeriesDefinition(family, labels: labels)
        if sample.value(definition) == nil { sample.set(definition, FixedPoint(0)) }
      }
    }
  }
}

/// A collector with its record.
private struct CollectorSlot: Sendable {
  var collector: any RedisCollector
  var status: CollectorStatus
  var lastRun: UnixTime?
  var disabledUntil: UnixTime?
  /// What a slow collector last brought: part of every sample until it runs again.
  var carried: [(SeriesIndex, FixedPoint)] = []
  private var notice: String?

  /// Whether it was ever asked something: a server that is no cluster is not asked about one.
  var hasRun: Bool { status.lastSuccess != nil || status.failures > 0 }

  init(_ collector: any RedisCollector) {
    self.collector = collector
    status = CollectorStatus(name: collector.name)
  }

  mutating func run(_ replies: [RESPValue], into poll: inout RedisPoll, retryInterval: Double) {
    let clock = ContinuousClock()
    let start = clock.now
    let before = poll.count
    lastRun = poll.time
    do throws(CollectorFailure) {
      try collector.receive(replies, into: &poll)
      if disabledUntil != nil { notice = "collector \(status.name) works again" }
      disabledUntil = nil
      if collector.tier == .slow { carried = poll.values(after: before) }
      status.lastSuccess = poll.time
    } catch {
      fail(error, retryAt: poll.time.adding(seconds: retryInterval))
    }
    status.succeeded = status.lastSuccess == poll.time
    if status.succeeded { status.failure = nil }
    status.isDisabled = disabledUntil != nil
    let (seconds, attoseconds) = (clock.now - start).components
    status.seconds = Double(seconds) + Double(attoseconds) / 1e18
  }

  private mutating func fail(_ failure: CollectorFailure, retryAt: UnixTime) {
    carried = []
    status.failure = failure.cause
    status.failures += 1
    guard failure.isRefusal else { return }
    if disabledUntil == nil {
      notice = "collector \(status.name) is off, since the server refuses its command (\(failure.detail))"
    }
    disabledUntil = retryAt
  }

  mutating func serverRestarted() {
    collector.serverRestarted()
    if disabledUntil != nil { disabledUntil = UnixTime(milliseconds: 0) }
    carried = []
    lastRun = nil
  }

  mutating func takeNotice() -> CollectorNotice? {
    defer { notice = nil }
    return notice.map { CollectorNotice(collector: status.name, message: $0) }
  }
}
