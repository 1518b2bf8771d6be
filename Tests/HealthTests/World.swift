import CacheModel
import Health
import Randomness

/// A target with its clock, history and evaluator, driven poll by poll.
struct World {
  static let start = UnixTime(seconds: 1_700_000_000)

  var now = start
  var history = MemoryHistory()
  var evaluator: HealthEvaluator
  var facts = ServerFacts()
  var isUp = true
  var failure: FailureCause?
  var lastSuccess: UnixTime?
  var slow = SlowOperationReport()
  var hits: Int64?
  var misses: Int64?
  var counts: [NamespaceCounts]
  var health = TargetHealth(status: .unknown, windows: [], namespaces: [], warnings: [])
  var random: SeededRandom
  let interval: Double
  private var polls: Int64 = 0
  private var pending = 0.0

  /// Which of the names its connections and commands have in history.
  var kindOfSeries = 0

  init(
    _ namespaces: [NamespaceDefinition] = [], policy: HealthPolicy = .standard, interval: Double = 1,
    seed: UInt64 = 1
  ) {
    evaluator = HealthEvaluator(policy: policy, namespaces: namespaces, interval: interval)
    counts = namespaces.map { NamespaceCounts(definition: $0, hits: nil, misses: nil, origin: .none) }
    random = SeededRandom(seed: seed)
    self.interval = interval
    facts.uptime = 1_000_000
  }

  /// Adds to a namespace's counters, or to the whole target's.
  mutating func add(hits: Int64, misses: Int64, to index: Int? = 0) {
    if let index {
      counts[index].hits = (counts[index].hits ?? 0) + hits
      counts[index].misses = (counts[index].misses ?? 0) + misses
      counts[index].origin = .counters
    }
    self.hits = (self.hits ?? 0) + hits
    self.misses = (self.misses ?? 0) + misses
  }

  /// One poll, an interval after the last.
  @discardableResult
  mutating func poll() -> TargetHealth {
    now = now.adding(seconds: interval)
    polls += 1
    if isUp {
      lastSuccess = now
      append()
    }
    health = evaluator.evaluate(
      HealthInput(
        now: now, isUp: isUp, failure: failure, lastSuccess: lastSuccess, polls: polls, facts: facts, hits: hits,
        misses: misses, namespaces: counts, slowOperations: slow), history: history)
    return health
  }

  /// Polls for so many seconds, before each of which `perMinute` lookups a minute hit with probability `p`.
  mutating func run(
    _ seconds: Double, perMinute: Double = 0, hitRate p: Double = 0, namespace: Int? = 0,
    each: (inout World) -> Void = { _ in }
  ) {
    for _ in 0..<Int((seconds / interval).rounded()) {
      pending += perMinute * interval / 60
      let count = Int(pending)
      pending -= Double(count)
      let hit = random.hits(of: count, p)
      if perMinute > 0 { add(hits: hit, misses: Int64(count) - hit, to: namespace) }
      poll()
      each(&self)
    }
  }

  func warning(_ code: WarningCode, _ namespace: String? = nil) -> Warning? {
    health.warnings.first { $0.code == code && $0.namespace == namespace }
  }

  private mutating func append() {
    put(HistorySeries.hits, hits)
    put(HistorySeries.misses, misses)
    put(HistorySeries.evictions, facts.evictedKeys)
    put(HistorySeries.expirations, facts.expiredKeys)
    put(HistorySeries.rejectedConnections, facts.rejectedConnections)
    put(HistorySeries.connections[kindOfSeries], facts.connectionsReceived)
    put(HistorySeries.commands[kindOfSeries], facts.commandsProcessed)
    put(HistorySeries.usedMemory, facts.usedMemory, isCounter: false)
    put(HistorySeries.keys, facts.keys, isCounter: false)
    put(HistorySeries.slowOperations, slow.totals.values.reduce(0) { $0 + $1.count })
    for namespace in counts {
      put(HistorySeries.hits(of: namespace.definition.name), namespace.hits)
      put(HistorySeries.misses(of: namespace.definition.name), namespace.misses)
    }
  }

  private mutating func put(_ name: String, _ value: Int64?, isCounter: Bool = true) {
    if let value { history.append(name, Double(value), at: now, isCounter: isCounter) }
  }
}

/// A namespace with a target.
func namespace(
  _ name: String = "menu", _ hitRate: Double? = 0.8, critical: Double = 0.5, ttl: Double? = nil,
  isCritical: Bool = false
) -> NamespaceDefinition {
  NamespaceDefinition(
    name: name, ttl: ttl, target: hitRate.map { HitRateTarget(hitRate: $0, critical: critical) },
    isCritical: isCritical)
}
