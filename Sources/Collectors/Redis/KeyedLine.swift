import CacheModel
import TimeSeries

/// A line of INFO that holds several numbers of one subject: `cmdstat_get:calls=1,usec=6`. Its parts are read by
/// name, never by place, since servers differ in what they add; the place only helps to find the name again.
struct KeyedLine: Sendable, Hashable {
  private enum Kind: Sendable {
    case command
    case error
    case database
    case percentiles
  }

  /// What a part is beside its series.
  private enum Role: Sendable {
    case none
    case calls
    case microseconds
    case keys
    case keysWithTTL
    case averageTTL
  }

  private struct Part: Sendable, Hashable {
    var key: [UInt8]
    var index: SeriesIndex?
    var shift: UInt8 = 0
    var role = Role.none
  }

  private let kind: Kind
  private let subject: String
  private var parts: [Part] = []

  /// Nil for the key of any other line.
  init?(_ key: String, section: String) {
    func subject(after prefix: String) -> String? {
      key.hasPrefix(prefix) ? String(key.dropFirst(prefix.count)) : nil
    }
    if let command = subject(after: "cmdstat_") {
      (kind, self.subject) = (.command, command)
    } else if let error = subject(after: "errorstat_") {
      (kind, self.subject) = (.error, error)
    } else if let command = subject(after: "latency_percentiles_usec_") {
      (kind, self.subject) = (.percentiles, command)
    } else if section == "keyspace", let number = subject(after: "db"), Int(number) ?? -1 >= 0 {
      (kind, self.subject) = (.database, key)
    } else {
      return nil
    }
  }

  /// Adds the line's numbers; answers what to read the next such line with, where it has other parts than the one before.
  func apply(_ reply: InfoReply, _ range: Range<Int>, to poll: inout RedisPoll) -> KeyedLine? {
    var (parts, isOther, place) = (parts, false, 0)
    // Of the database whose line is read.
    var keysWithTTL: Int64 = 0
    forEachPair(in: reply.bytes, range) { key, value in
      if place >= parts.count || !reply.bytes.holds(parts[place].key, at: key) {
        let part = part(Array(reply.bytes[key]), &poll)
        if place < parts.count { parts[place] = part } else { parts.append(part) }
        isOther = true
      }
      let part = parts[place]
      place += 1
      guard let number = decimal(reply.bytes, value, shift: part.shift) else { return }
      Self.note(part.role, number, subject, &keysWithTTL, &poll)
      if let index = part.index { poll.set(index, number) }
    }
    if case .percentiles = kind, let totals = poll.commands[subject] {
      let labels = [Label("cmd", subject)]
      poll.set(RedisFamilies.latencyPercentiles, suffix: "_sum", labels, FixedPoint(totals.microseconds))
      poll.set(RedisFamilies.latencyPercentiles, suffix: "_count", labels, FixedPoint(totals.calls))
    }
    guard isOther else { return nil }
    var other = self
    other.parts = parts
    return other
  }

  private func part(_ key: [UInt8], _ poll: inout RedisPoll) -> Part {
    let name = String(shown: key)
    func part(_ family: MetricFamily, _ label: String, shift: UInt8 = 0, _ role: Role = .none) -> Part {
      let definition = SeriesDefinition(family, labels: [Label(label, subject)])
      return Part(key: key, index: poll.catalog.register(definition), shift: shift, role: role)
    }
    switch (kind, name) {
    case (.command, "calls"): return part(RedisFamilies.commands, "cmd", .calls)
    case (.command, "usec"): return part(RedisFamilies.commandsDuration, "cmd", shift: 6, .microseconds)
    case (.command, "rejected_calls"): return part(RedisFamilies.commandsRejected, "cmd")
    case (.command, "failed_calls"): return part(RedisFamilies.commandsFailed, "cmd")
    // What this is a quotient of is there already.
    case (.command, "usec_per_call"): return Part(key: key)
    case (.error, "count"): return part(RedisFamilies.errors, "err")
    case (.database, "keys"): return part(RedisFamilies.databaseKeys, "db", .keys)
    case (.database, "expires"): return part(RedisFamilies.databaseKeysExpiring, "db", .keysWithTTL)
    case (.database, "avg_ttl"): return part(RedisFamilies.databaseAverageTTL, "db", shift: 3, .averageTTL)
    case (.database, "cached_keys"): return part(RedisFamilies.databaseKeysCached, "db")
    case (.percentiles, _) where name.hasPrefix("p"):
      let labels = [Label("cmd", subject), Label("quantile", String(name.dropFirst()))]
      return Part(
        key: key, index: poll.catalog.register(SeriesDefinition(RedisFamilies.latencyPercentiles, labels: labels)))
    default:
      let labels = [Label("section", section), Label("field", "\(subject).\(name)")]
      return Part(key: key, index: poll.catalog.register(SeriesDefinition(RedisFamilies.infoField, labels: labels)))
    }
  }

  private var section: String {
    switch kind {
    case .command: "commandstats"
    case .error: "errorstats"
    case .database: "keyspace"
    case .percentiles: "latencystats"
    }
  }

  private static func note(
    _ role: Role, _ value: FixedPoint, _ subject: String, _ keysWithTTL: inout Int64, _ poll: inout RedisPoll
  ) {
    switch role {
    case .none: break
    case .calls: poll.commands.update(subject) { $0.calls = value.mantissa }
    // The series is in seconds: the mantissa is what the server printed.
    case .microseconds: poll.commands.update(subject) { $0.microseconds = value.mantissa }
    case .keys: poll.facts.keys = (poll.facts.keys ?? 0).saturatingSum(max(0, value.whole))
    case .keysWithTTL:
      keysWithTTL = max(0, value.whole)
      poll.facts.keysWithTTL = (poll.facts.keysWithTTL ?? 0).saturatingSum(keysWithTTL)
    case .averageTTL:
      // The server names `expires` before; databases weigh by it. It says 0 where it has not estimated yet.
      guard value.mantissa > 0, let all = poll.facts.keysWithTTL, all > 0, keysWithTTL > 0 else { return }
      let before = poll.facts.averageTTL ?? value.double
      let weight = Double(keysWithTTL) / Double(all)
      poll.facts.averageTTL = before + weight * (value.double - before)
    }
  }
}
