public import CacheModel

/// What history says of a stretch of time, for a report.
public struct ReportPeriod: Sendable {
  /// Where it begins.
  public var from: UnixTime
  /// Where it ends.
  public var to: UnixTime
  /// Seconds of the shortest step: what is lowest, or below its target, is so over a whole step.
  public var step: Double
  /// In the configuration's order.
  public var targets: [Target] = []

  /// A period; `from` is before `to`.
  public init(from: UnixTime, to: UnixTime, step: Double) {
    (self.from, self.to, self.step) = (from, to, step)
  }

  /// One cache in the period; what is nil is not known.
  public struct Target: Sendable {
    /// Its name.
    public var name: String
    /// Seconds of the period that history covers.
    public var coveredSeconds: Double
    /// Seconds of one of its steps, which are no shorter than its history's rows lie apart; nil where that covers nothing.
    public var step: Double?
    /// Seconds in which it did not answer.
    public var downSeconds: Double?
    /// Keys evicted.
    public var evicted: Double?
    /// Keys expired.
    public var expired: Double?
    /// Client connections refused.
    public var rejected: Double?
    /// Operations that the server took for slow.
    public var slow: Double?
    /// The most memory in use, bytes.
    public var mostMemory: Double?
    /// All keys together.
    public var whole: Part
    /// In the configuration's order.
    public var namespaces: [Part] = []
    /// What was wrong, in the order in which it began.
    public var episodes: [Episode] = []

    /// A cache of which nothing more is known yet.
    public init(name: String, coveredSeconds: Double, whole: Part) {
      (self.name, self.coveredSeconds, self.whole) = (name, coveredSeconds, whole)
    }
  }

  /// Lookups of one namespace, or of all keys, in the period.
  public struct Part: Sendable {
    /// What is declared of the namespace; nil for all keys of the cache.
    public var definition: NamespaceDefinition?
    /// Lookups that found their key; nil where only misses are known.
    public var hits: Double?
    /// Lookups that did not.
    public var misses: Double
    /// Misses by cause, the most frequent first; empty where causes are not known.
    public var causes: [(cause: String, misses: Double)] = []
    /// Seconds of steps whose hit rate lay below its target; nil without a target or without lookups.
    public var belowSeconds: Double?
    /// The step with the lowest hit rate, by its end; nil without lookups enough to speak of one.
    public var lowest: (time: UnixTime, ratio: Double)?

    /// Figures of a namespace.
    public init(definition: NamespaceDefinition?, hits: Double?, misses: Double) {
      (self.definition, self.hits, self.misses) = (definition, hits, misses)
    }

    /// Hits over lookups, 0…1; nil without a lookup, or where hits are not known.
    var ratio: Double? { hits.flatMap { $0 + misses > 0 ? $0 / ($0 + misses) : nil } }

    /// What its hits were worth; nil where no cost is declared.
    var saved: (seconds: Double?, amount: Double?) {
      guard let hits, let cost = definition?.missCost else { return (nil, nil) }
      return (cost.seconds * hits, cost.amount.map { $0 * hits })
    }
  }

  /// A stretch of time in which a warning held without a break.
  public struct Episode: Sendable {
    /// The warning's code.
    public var code: String
    /// How urgent it was.
    public var severity: String
    /// Its namespace; nil when it was of the whole cache.
    public var namespace: String?
    /// When it was first seen in the period.
    public var from: UnixTime
    /// When it was last seen; nil when it still holds at the period's end.
    public var to: UnixTime?

    /// An episode.
    public init(code: String, severity: String, namespace: String?, from: UnixTime, to: UnixTime?) {
      (self.code, self.severity, self.namespace, self.from, self.to) = (code, severity, namespace, from, to)
    }
  }
}

extension ReportPeriod {
  var json: JSONValue {
    [
      "from": .time(from), "to": .time(to), "step_seconds": .number(step),
      "targets": .array(targets.map(\.json)),
    ]
  }
}

extension ReportPeriod.Target {
  fileprivate var json: JSONValue {
    .object(
      [
        ("name", .text(name)), ("covered_seconds", .number(coveredSeconds)), ("step_seconds", .number(step)),
        ("down_seconds", .number(downSeconds)), ("evicted_keys", .number(evicted)),
        ("expired_keys", .number(expired)), ("rejected_connections", .number(rejected)),
        ("slow_operations", .number(slow)), ("maximum_used_memory_bytes", .number(mostMemory)),
      ] + whole.members + [
        ("namespaces", .object(namespaces.map { ($0.definition?.name ?? "", .object($0.members)) })),
        ("warnings", .array(episodes.map(\.json))),
      ])
  }
}

extension ReportPeriod.Part {
  fileprivate var members: [(String, JSONValue)] {
    let lowest: JSONValue = lowest.map { ["hit_rate": .number($0.ratio), "time": .time($0.time)] } ?? .null
    let worth: JSONValue = ["seconds": .number(saved.seconds), "amount": .number(saved.amount)]
    return [
      ("hits", .number(hits)), ("misses", .number(misses)), ("hit_rate", .number(ratio)), ("lowest", lowest),
      ("target", definition?.target?.json ?? .null), ("below_target_seconds", .number(belowSeconds)),
      ("causes", .object(causes.map { ($0.cause, .number($0.misses)) })),
      ("saved", definition?.missCost == nil ? .null : worth),
    ]
  }
}

extension ReportPeriod.Episode {
  fileprivate var json: JSONValue {
    [
      "code": .text(code), "severity": .text(severity), "namespace": .text(namespace), "from": .time(from),
      "to": .time(to),
    ]
  }
}
