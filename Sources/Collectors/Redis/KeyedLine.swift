import CacheModel
import TimeSeries

/// A line of INFO that holds several numbers of one subject: `cmdstat_get:calls=1,usec=6`. Its parts are read by
/// name, never by place, since servers differ in what they add.
enum KeyedLine: Sendable {
  case command
  case error
  case database
  case percentiles

  /// Which kind of line this key begins, and whom it is about.
  static func of(_ key: String, section: String) -> (KeyedLine, subject: String)? {
    func subject(after prefix: String) -> String? {
      key.hasPrefix(prefix) ? String(key.dropFirst(prefix.count)) : nil
    }
    if let command = subject(after: "cmdstat_") { return (.command, command) }
    if let error = subject(after: "errorstat_") { return (.error, error) }
    if let command = subject(after: "latency_percentiles_usec_") { return (.percentiles, command) }
    if section == "keyspace", let number = subject(after: "db"), Int(number) != nil { return (.database, key) }
    return nil
  }

  /// Adds the line's numbers; `indices` remembers the series of each part.
  func apply(
    _ reply: InfoReply, _ range: Range<Int>, subject: String, _ indices: inout [[UInt8]: SeriesIndex?],
    to poll: inout RedisPoll
  ) {
    forEachPair(in: reply.bytes, range) { key, value in
      let part = Array(reply.bytes[key])
      let name = String(decoding: part, as: UTF8.self)
      guard let value = decimal(reply.bytes, value, shift: shift(of: name)) else { return }
      note(name, value, subject: subject, &poll)
      if indices[part] == nil {
        let definition = definition(of: name, subject: subject)
        indices[part] = .some(definition.flatMap { poll.catalog.register($0) })
      }
      if let index = indices[part] ?? nil { poll.set(index, value) }
    }
    if case .percentiles = self, let totals = poll.commands[subject] {
      let labels = [Label("cmd", subject)]
      poll.set(RedisFamilies.latencyPercentiles, suffix: "_sum", labels, totals.microseconds)
      poll.set(RedisFamilies.latencyPercentiles, suffix: "_count", labels, totals.calls)
    }
  }

  private func shift(of part: String) -> UInt8 {
    switch (self, part) {
    case (.command, "usec"): 6
    case (.database, "avg_ttl"): 3
    default: 0
    }
  }

  private func definition(of part: String, subject: String) -> SeriesDefinition? {
    switch (self, part) {
    case (.command, "calls"): one(RedisFamilies.commands, "cmd", subject)
    case (.command, "usec"): one(RedisFamilies.commandsDuration, "cmd", subject)
    case (.command, "rejected_calls"): one(RedisFamilies.commandsRejected, "cmd", subject)
    case (.command, "failed_calls"): one(RedisFamilies.commandsFailed, "cmd", subject)
    // What this is a quotient of is there already.
    case (.command, "usec_per_call"): nil
    case (.error, "count"): one(RedisFamilies.errors, "err", subject)
    case (.database, "keys"): one(RedisFamilies.databaseKeys, "db", subject)
    case (.database, "expires"): one(RedisFamilies.databaseKeysExpiring, "db", subject)
    case (.database, "avg_ttl"): one(RedisFamilies.databaseAverageTTL, "db", subject)
    case (.database, "cached_keys"): one(RedisFamilies.databaseKeysCached, "db", subject)
    case (.percentiles, _) where part.hasPrefix("p"):
      SeriesDefinition(
        RedisFamilies.latencyPercentiles,
        labels: [Label("cmd", subject), Label("quantile", String(part.dropFirst()))])
    default:
      SeriesDefinition(
        RedisFamilies.infoField, labels: [Label("section", section), Label("field", "\(subject).\(part)")])
    }
  }

  private var section: String {
    switch self {
    case .command: "commandstats"
    case .error: "errorstats"
    case .database: "keyspace"
    case .percentiles: "latencystats"
    }
  }

  private func one(_ family: MetricFamily, _ label: String, _ value: String) -> SeriesDefinition {
    SeriesDefinition(family, labels: [Label(label, value)])
  }

  private func note(_ part: String, _ value: FixedPoint, subject: String, _ poll: inout RedisPoll) {
    switch (self, part) {
    case (.command, "calls"):
      poll.commands[subject, default: (FixedPoint(0), FixedPoint(0))].calls = value
    case (.command, "usec"):
      poll.commands[subject, default: (FixedPoint(0), FixedPoint(0))].microseconds = FixedPoint(value.mantissa)
    case (.database, "keys"): poll.facts.keys = (poll.facts.keys ?? 0) + value.mantissa
    case (.database, "expires"): poll.facts.keysWithTTL = (poll.facts.keysWithTTL ?? 0) + value.mantissa
    default: break
    }
  }
}
