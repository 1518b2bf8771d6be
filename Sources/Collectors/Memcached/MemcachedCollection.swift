public import CacheModel
public import MemcachedProtocol
import TimeSeries

/// What a Memcached target's collectors are to do.
public struct MemcachedCollectionOptions: Sendable {
  /// When the slow tier runs; default every 15 s.
  public var slow = SlowPace(interval: 15)
  /// Seconds until a refused collector is tried again; default 300.
  public var retryInterval = 300.0
  /// Whether families have the types of memcached_exporter also where `promtool check metrics` finds fault with them.
  public var legacyNames = false
  /// Slab classes whose figures are shown, 0…63; default 8.
  public var slabClasses = 8
  /// Whether connections are counted by what they do; default false.
  public var includesConnections = false
  /// Whether the server's counts by prefix are read; default false.
  public var readsPrefixes = false
  /// The most series that the target may have.
  public var seriesCapacity = 4096

  /// The defaults.
  public init() {}
}

/// All collectors of one Memcached target: says what to send, and turns the replies into a sample. A value without
/// sockets; the only clock that it reads measures its own work.
///
/// One poll is ``begin(at:)``, then ``receive(_:)`` with the replies, or ``abandon()`` when they don't come.
public struct MemcachedCollection: Sendable {
  private struct Slot: Sendable {
    var collector: any MemcachedCollector
    var record: CollectorRecord
    var carried: [(SeriesIndex, FixedPoint)] = []
  }

  private let options: MemcachedCollectionOptions
  private var slots: [Slot]
  private var catalog: SeriesCatalog
  private var identity = MemcachedIdentity()
  private var settings = MemcachedSettings()
  private var poll: MemcachedPoll?
  private var awaited: [Int] = []

  private static let statsSlot = 0

  /// The collectors of a target that was not polled yet.
  public init(options: MemcachedCollectionOptions = MemcachedCollectionOptions()) {
    self.options = options
    catalog = SeriesCatalog(capacity: options.seriesCapacity)
    let legacy = options.legacyNames
    var collectors: [any MemcachedCollector] = [
      StatsCollector(legacyNames: legacy), SettingsCollector(legacyNames: legacy),
      SlabsCollector(.slabs, limit: options.slabClasses, legacyNames: legacy),
    ]
    if options.slabClasses > 0 {
      collectors.append(SlabsCollector(.items, limit: options.slabClasses, legacyNames: legacy))
    }
    if options.includesConnections { collectors.append(ConnectionsCollector()) }
    if options.readsPrefixes { collectors.append(PrefixCollector()) }
    slots = collectors.map { Slot(collector: $0, record: CollectorRecord(name: $0.name)) }
  }

  /// Begins a poll at its planned tick: the commands to send in one pipeline.
  public mutating func begin(at time: UnixTime) -> [MemcachedCommand] {
    poll = MemcachedPoll(time: time, catalog: catalog)
    awaited = slots.indices.filter {
      slots[$0].record.isDue(at: time, tier: slots[$0].collector.tier, slow: options.slow)
    }
    return awaited.map { slots[$0].collector.command }
  }

  /// Takes the replies of the commands that were given, in their order; missing ones fail their collectors.
  public mutating func receive(_ replies: [MemcachedReply]) -> CollectedPoll {
    guard var poll else { preconditionFailure("receive follows begin") }
    var rest = replies[...]
    for index in awaited { run(index, rest.popFirst() ?? .status(""), &poll) }
    let status = slots[Self.statsSlot].record.status
    let change = status.lastSuccess == poll.time ? identity.note(poll.figures) : .none
    if change == .restarted {
      for index in slots.indices where index != Self.statsSlot && slots[index].record.lastRun != poll.time {
        slots[index].record.serverChanged()
        slots[index].carried = []
      }
    }
    for slot in slots where slot.record.lastRun != poll.time {
      for (index, value) in slot.carried { poll.set(index, value) }
    }
    if let read = poll.settings { settings = read }
    return finish(poll, change)
  }

  /// Notes that the server was told to count by prefix, or not to, before its settings are read again.
  public mutating func noteCounting(_ isOn: Bool) { settings.countsPrefixes = isOn }

  /// Whether the server counts by prefix; nil while its settings are unknown.
  public var countsPrefixes: Bool? { settings.countsPrefixes }

  /// Gives up the poll that was begun.
  public mutating func abandon() {
    poll = nil
    awaited = []
  }

  private mutating func run(_ index: Int, _ reply: MemcachedReply, _ poll: inout MemcachedPoll) {
    let clock = ContinuousClock()
    let start = clock.now
    let before = poll.count
    slots[index].carried = []
    do throws(CollectorFailure) {
      try slots[index].collector.receive(reply, into: &poll)
      slots[index].record.succeeded(at: poll.time)
      if slots[index].collector.tier == .slow { slots[index].carried = poll.values(after: before) }
    } catch {
      poll.removeValues(after: before)
      slots[index].record.failed(error, retryAt: poll.time.adding(seconds: options.retryInterval))
    }
    slots[index].record.ran(at: poll.time, taking: clock.now - start)
  }

  private mutating func finish(_ poll: MemcachedPoll, _ change: MemcachedIdentity.Change) -> CollectedPoll {
    let sample = poll.sample(epoch: identity.epoch)
    catalog = sample.catalog
    self.poll = nil
    awaited = []
    let stats = slots[Self.statsSlot].record.status
    return CollectedPoll(
      sample: sample, passing: nil, facts: facts(poll), counters: [], ownHits: 0, ownMisses: 0,
      statsReset: change == .reset,
      serverChanged: change == .restarted,
      // Without its statistics nothing is known of this server: the poll is to be taken for a failed one.
      serverFailure: stats.lastSuccess == poll.time ? nil : stats.failure, slowOperations: [],
      slowOperationsLost: 0,
      slowThreshold: nil, collectors: slots.filter(\.record.hasRun).map(\.record.status),
      notices: slots.indices.compactMap { slots[$0].record.takeNotice() }, prefixes: report(poll),
      logTotals: LogTotals(poll.figures))
  }

  private func report(_ poll: MemcachedPoll) -> PrefixReport? {
    guard options.readsPrefixes else { return nil }
    let lookups = [StatFigure.hits, .misses].compactMap { poll.figures[$0] }.saturatingSum
    return poll.prefixes.map {
      PrefixReport(
        prefixes: $0, delimiter: settings.prefixDelimiter ?? ":", isOn: settings.countsPrefixes ?? false,
        lookups: lookups)
    }
  }

  private func facts(_ poll: MemcachedPoll) -> ServerFacts {
    var facts = ServerFacts()
    let figures = poll.figures
    facts.software = "memcached"
    facts.version = poll.version
    facts.uptime = figures[.uptime]
    facts.runID = identity.text
    facts.usedMemory = figures[.bytes]
    facts.maximumMemory = figures[.limitBytes]
    facts.evictionPolicy = settings.evicts.map { $0 ? "lru" : "noeviction" }
    facts.keys = figures[.items]
    facts.hits = figures[.hits]
    facts.misses = figures[.misses]
    facts.evictedKeys = figures[.evictions]
    facts.expiredKeys = figures[.reclaimed].flatMap { one in figures[.crawlerReclaimed].map(one.saturatingSum) }
    facts.connectedClients = figures[.connections]
    facts.maximumClients = figures[.maximumConnections] ?? settings.maximumConnections
    facts.rejectedConnections = figures[.rejectedConnections]
    facts.connectionsReceived = figures[.connectionsReceived]
    let commands = [StatFigure.gets, .sets, .touches, .metaCommands].compactMap { figures[$0] }
    facts.commandsProcessed = commands.isEmpty ? nil : commands.saturatingSum
    return facts
  }
}
