public import CacheModel
public import RESP
public import TimeSeries

/// All collectors of one target: says what to send, and turns the replies into a sample. A value without sockets; the
/// only clock that it reads measures its own work.
///
/// One poll is ``begin(at:)``, then ``receive(_:at:)`` with the replies of the commands that were given, until it is
/// done; or ``abandon()`` when they don't come.
public struct RedisCollection: Sendable {
  private var slots: [CollectorSlot]
  private let options: RedisCollectionOptions
  private let ownLookups: Int64
  private var catalog: SeriesCatalog
  private var context = CollectorContext()
  private var isServerKnown = false
  private var identity = ServerIdentity()
  private var resets = ResetDetector()
  private var configuration = ServerConfiguration()
  private var databases = EmptyDatabases()
  private var poll: RedisPoll?
  /// Series beside those of the collectors that come and go: what looking at single keys has brought.
  public var surveyed: [(SeriesDefinition, FixedPoint)] = [] { didSet { surveyedChanges += 1 } }
  private var surveyedChanges = 0
  private var passing: Sample?
  private var passingChanges = 0
  /// The slots whose replies are awaited, with how many.
  private var awaited: [(slot: Int, count: Int)] = []
  /// What polls have found that were abandoned afterwards: it can't be found again.
  private var undelivered = Discoveries()

  /// INFO is first: what follows in the same pipeline is not part of its figures.
  private static let infoSlot = 0

  /// The collectors of a target that was not polled yet.
  public init(options: RedisCollectionOptions = RedisCollectionOptions()) {
    self.options = options
    catalog = SeriesCatalog(capacity: options.seriesCapacity)
    let collectors = Self.collectors(options)
    ownLookups = collectors.lazy.compactMap { $0 as? CounterCollector }.first?.lookups ?? 0
    slots = collectors.map { CollectorSlot($0) }
  }

  static func collectors(_ options: RedisCollectionOptions) -> [any RedisCollector] {
    let common: [any RedisCollector] = [
      InfoCollector(legacyNames: options.legacyNames), CommandStatsCollector(),
      SlowLogCollector(clientName: options.clientName, legacyNames: options.legacyNames),
      CounterCollector(sources: options.counterSources, home: options.database),
      LatencyStatsCollector(), ConfigCollector(command: options.configCommand),
      ClusterCollector(legacyNames: options.legacyNames),
      SentinelCollector(
        tellsPeers: options.choices.contains(.sentinelPeers), legacyNames: options.legacyNames),
      SlotStatsCollector(),
      CommandLogCollector(asksConfiguration: options.configCommand != nil),
    ]
    let choices =
      options.configCommand == nil ? options.choices.subtracting([.config, .rdbFileSize]) : options.choices
    return common + choices.sorted().flatMap { chosen($0, options) }
      + [LookupCollector(home: options.database)]
  }

  private static func chosen(_ choice: RedisFamilyChoice, _ options: RedisCollectionOptions) -> [any RedisCollector]
  {
    switch choice {
    case .latency: [LatencyCollector(), LatencyHistogramCollector()]
    case .config: options.configCommand.map { [AllConfigCollector(command: $0)] } ?? []
    case .clients:
      [
        ClientListCollector(
          exportsPorts: options.choices.contains(.clientPorts), legacyNames: options.legacyNames)
      ]
    case .modules: [ModulesCollector(legacyNames: options.legacyNames)]
    case .searchIndexes: [SearchIndexCollector()]
    case .rdbFileSize:
      options.configCommand.map { [RDBFileCollector(command: $0, sizeOfFile: options.sizeOfFile)] } ?? []
    case .clientPorts, .sentinelPeers: []
    }
  }

  /// Begins a poll at its planned tick: the commands to send in one pipeline.
  public mutating func begin(at time: UnixTime) -> [RESPCommand] {
    poll = RedisPoll(time: time, catalog: catalog)
    awaited = []
    return ask(slots.indices.filter { isServerKnown || slots[$0].collector.tier == .fast }, at: time)
  }

  /// Own lookups that the poll under way has asked for, answered or not: what is in doubt when it is abandoned.
  public var lookupsUnderWay: Int64 {
    guard let poll else { return 0 }
    let isAsked = awaited.contains { slots[$0.slot].collector is CounterCollector }
    return (isAsked || poll.ownLookups != (0, 0) ? ownLookups : 0) + (lookupCollector?.asked ?? 0)
  }

  /// Lookups to make in the next poll, in place of those that were offered before: few, since they share its deadline.
  public mutating func offer(_ lookups: [OwnLookup]) {
    guard var collector = lookupCollector else { return }
    collector.waiting = lookups
    slots[slots.count - 1].collector = collector
  }

  /// The keys that the next poll may look up, one for each lookup.
  public var ownKeys: [KeyPlace] {
    slots.flatMap { slot in
      (slot.collector as? CounterCollector)?.places ?? (slot.collector as? LookupCollector)?.waiting.map(\.place)
        ?? []
    }
  }

  /// The last of all.
  private var lookupCollector: LookupCollector? { slots.last?.collector as? LookupCollector }

  /// Takes the replies of the commands that were given last, in their order; missing ones fail their collectors.
  public mutating func receive(_ replies: [RESPValue], at time: UnixTime) -> RedisStep {
    guard var poll else { preconditionFailure("receive follows begin") }
    var rest = replies[...]
    var further: [RESPCommand] = []
    let answered = awaited
    awaited = []
    for (index, count) in answered {
      slots[index].run(Array(rest.prefix(count)), into: &poll, retryInterval: options.retryInterval)
      rest = rest.dropFirst(count)
      if index == Self.infoSlot { noteServer(&poll) }
      let more = slots[index].collector.followUp()
      if !more.isEmpty { awaited.append((index, more.count)) }
      further += more
    }
    if isServerKnown {
      // What waited for the server to be known, or was made due by another process.
      let late = slots.indices.filter { slots[$0].collector.tier == .slow && slots[$0].lastRun != poll.time }
      further += ask(late, at: poll.time)
    }
    self.poll = poll
    return further.isEmpty ? .done(finish(poll)) : .more(further)
  }

  /// Gives up the poll that was begun. What it found and what can't be found again comes with the next one; the series
  /// that it has defined stay, since collectors remember their places.
  public mutating func abandon() {
    if let poll {
      undelivered.add(poll.found)
      catalog = poll.catalog
    }
    poll = nil
    awaited = []
  }

  private mutating func ask(_ candidates: [Int], at time: UnixTime) -> [RESPCommand] {
    var commands: [RESPCommand] = []
    for index in candidates where slots[index].isDue(at: time, slow: options.slow) {
      let asked = slots[index].collector.commands(context)
      if asked.isEmpty { continue }
      awaited.append((index, asked.count))
      commands += asked
    }
    return commands
  }

  /// Acts on what INFO said, or on its refusal: another process, another version.
  private mutating func noteServer(_ poll: inout RedisPoll) {
    let status = slots[Self.infoSlot].status
    isServerKnown = isServerKnown || status.succeeded || status.isDisabled
    guard status.succeeded else { return }
    if let change = identity.note(poll) {
      for index in slots.indices where index != Self.infoSlot { slots[index].serverChanged(change) }
      poll.found.serverChanged = true
    }
    context.isCluster = poll.isCluster
    context.isSentinel = poll.facts.role == "sentinel"
    context.software = poll.facts.software
    context.version = Self.numbers(poll.redisVersion ?? poll.facts.version)
    context.ownVersion = Self.numbers(poll.facts.version)
  }

  private static func numbers(_ version: String?) -> [Int] {
    (version ?? "").split(separator: ".").compactMap { Int($0) }
  }

  private mutating func finish(_ finished: RedisPoll) -> CollectedPoll {
    var poll = finished
    poll.epoch = identity.epoch
    for slot in slots { slot.carry(into: &poll) }
    identity.succeeded(at: poll.time)
    if slots[Self.infoSlot].lastRun == poll.time, resets.isReset(by: poll) { poll.found.statsReset = true }
    undelivered.add(poll.found)
    let found = undelivered
    undelivered = Discoveries()
    complete(&poll)
    var sample = poll.sample(epoch: poll.epoch)
    if slots[Self.infoSlot].status.lastSuccess == poll.time {
      databases.fill(&sample, count: context.isCluster ? 1 : configuration.databases ?? 16)
    }
    catalog = sample.catalog
    completePassing(at: poll.time)
    let notices = slots.indices.compactMap { slots[$0].takeNotice() }
    self.poll = nil
    return CollectedPoll(
      sample: sample, passing: passing, answers: lookupCollector?.answers ?? [], facts: poll.facts,
      counters: readings(poll), ownHits: poll.ownLookups.hits,
      ownMisses: poll.ownLookups.misses, ownMissed: poll.ownMissed, statsReset: found.statsReset,
      serverChanged: found.serverChanged,
      serverFailure: serverFailure, slowOperations: found.slowOperations,
      slowOperationsLost: found.slowOperationsLost,
      slowThreshold: configuration.slowThreshold, collectors: slots.filter(\.hasRun).map(\.status), notices: notices
    )
  }

  /// Makes the sample of what comes and goes anew when any of it changed.
  private mutating func completePassing(at time: UnixTime) {
    let changes = slots.reduce(surveyedChanges) { $0 + $1.passingChanges }
    guard changes != passingChanges else { return }
    passingChanges = changes
    let all = slots.flatMap(\.passing) + surveyed
    guard !all.isEmpty else {
      passing = nil
      return
    }
    var sample = Sample(
      catalog: SeriesCatalog(capacity: options.passingCapacity), time: time, epoch: identity.epoch)
    for (definition, value) in all { sample.set(definition, value) }
    passing = sample
  }

  /// What the configuration says fills in what INFO of this server leaves out.
  private mutating func complete(_ poll: inout RedisPoll) {
    if let read = poll.configuration {
      configuration = read
    } else if let config = slots.first(where: { $0.collector is ConfigCollector }), config.status.failure != nil {
      configuration = ServerConfiguration()
    }
    poll.facts.evictionPolicy = poll.facts.evictionPolicy ?? configuration.evictionPolicy
    poll.facts.maximumMemory = poll.facts.maximumMemory ?? configuration.maximumMemory
    poll.facts.maximumClients = poll.facts.maximumClients ?? configuration.maximumClients
  }

  /// One reading for each source, also while the collector is off.
  private func readings(_ poll: RedisPoll) -> [CounterReading] {
    guard poll.counters.isEmpty else { return poll.counters }
    let cause = slots.first { $0.collector is CounterCollector }?.status.failure
    return options.counterSources.map { CounterReading(source: $0, hits: nil, misses: nil, failure: cause) }
  }

  private var serverFailure: FailureCause? {
    let status = slots[Self.infoSlot].status
    guard let failure = status.failure, !status.isDisabled else { return nil }
    return [.loading, .busy, .masterDown].contains(failure) ? failure : nil
  }
}
