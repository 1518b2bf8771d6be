import CacheModel
import TimeSeries

/// Decides what each line of INFO becomes, once: a server prints the same lines in the same order every time, so the
/// decision is found again by the line's place, after a comparison of its key.
struct InfoResolver: Sendable {
  /// What a line becomes.
  private enum Meaning: Sendable {
    case nothing
    case number(SeriesIndex?, shift: UInt8, fact: InfoFact?)
    case okIsOne(SeriesIndex?, text: String?)
    case text(String)
    case pairs(KeyedLine)
    case replica
  }

  private struct Known: Sendable {
    var key: [UInt8]
    var meaning: Meaning
  }

  private let legacyNames: Bool
  /// By slot (which reply) and line.
  private var known: [[Known]] = []

  init(legacyNames: Bool) {
    self.legacyNames = legacyNames
  }

  /// Adds all that `reply` says to `poll`. `slot` tells replies of different sections apart.
  mutating func apply(_ reply: InfoReply, slot: Int, to poll: inout RedisPoll, texts: inout InfoTexts) {
    while known.count <= slot { known.append([]) }
    for position in reply.lines.indices {
      let line = reply.lines[position]
      if position >= known[slot].count || !reply.bytes.holds(known[slot][position].key, at: line.key) {
        let meaning = meaning(of: reply.key(line), section: reply.sections[line.section], value: reply, line, &poll)
        let entry = Known(key: Array(reply.bytes[line.key]), meaning: meaning)
        if position < known[slot].count { known[slot][position] = entry } else { known[slot].append(entry) }
      }
      // Static, so that the table is changed in place and not copied for each line.
      Self.apply(&known[slot][position].meaning, line, of: reply, to: &poll, texts: &texts)
    }
  }

  private static func apply(
    _ meaning: inout Meaning, _ line: InfoReply.Line, of reply: InfoReply, to poll: inout RedisPoll,
    texts: inout InfoTexts
  ) {
    switch meaning {
    case .nothing: return
    case .number(let index, let shift, let fact):
      guard let value = decimal(reply.bytes, line.value, shift: shift) else { return }
      if let index { poll.set(index, value) }
      fact?.note(value, in: &poll)
    case .okIsOne(let index, let text):
      let value = reply.value(line)
      if let index { poll.set(index, FixedPoint(value == "ok" ? 1 : 0)) }
      if let text { texts.values[text] = value }
    case .text(let key): texts.values[key] = reply.value(line)
    case .pairs(var keyed):
      // Taken out while it changes, so that it is not copied.
      meaning = .nothing
      keyed.apply(reply, line.value, to: &poll)
      meaning = .pairs(keyed)
    case .replica: texts.replicas.append(Replica(reply, line.value))
    }
  }

  private func meaning(
    of key: String, section: String, value reply: InfoReply, _ line: InfoReply.Line, _ poll: inout RedisPoll
  ) -> Meaning {
    if InfoTexts.wanted.contains(key) {
      if let field = InfoField.all[key], field.reading == .okIsOne {
        return .okIsOne(index(of: field, section, &poll), text: key)
      }
      return .text(key)
    }
    if let keyed = KeyedLine(key, section: section) { return .pairs(keyed) }
    if section == "replication", key.hasPrefix("slave"), key.dropFirst(5).allSatisfy(\.isNumber) { return .replica }
    let fact = InfoFact(rawValue: key)
    if let field = InfoField.all[key] {
      switch field.reading {
      case .number(let shift):
        return .number(
          index(of: field, section, &poll), shift: field.isLegacy && !legacyNames ? 0 : shift, fact: fact)
      case .okIsOne: return .okIsOne(index(of: field, section, &poll), text: nil)
      }
    }
    guard decimal(reply.bytes, line.value) != nil, !key.hasSuffix("_human") else {
      return fact == nil ? .nothing : .number(nil, shift: 0, fact: fact)
    }
    if key.hasPrefix("cluster_") {
      let family = MetricFamily("redis_\(sanitized(key))", .gauge, "\(key) of INFO \(section)")
      return .number(poll.catalog.register(SeriesDefinition(family)), shift: 0, fact: fact)
    }
    return .number(unknown(key, section, &poll), shift: 0, fact: fact)
  }

  private func index(of field: InfoField, _ section: String, _ poll: inout RedisPoll) -> SeriesIndex? {
    if field.isLegacy && !legacyNames { return unknown(field.name, section, &poll) }
    return poll.catalog.register(SeriesDefinition(field.family))
  }

  private func unknown(_ key: String, _ section: String, _ poll: inout RedisPoll) -> SeriesIndex? {
    let labels = [Label("section", section), Label("field", key)]
    return poll.catalog.register(SeriesDefinition(RedisFamilies.infoField, labels: labels))
  }
}

extension [UInt8] {
  /// Whether exactly these bytes are at `range`.
  func holds(_ other: [UInt8], at range: Range<Int>) -> Bool {
    guard other.count == range.count else { return false }
    for offset in other.indices where other[offset] != self[range.lowerBound + offset] { return false }
    return true
  }
}

/// The text with every character that a metric name can't have replaced by `_`.
func sanitized(_ name: String) -> String {
  String(name.map { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") ? $0 : "_" })
}
