import CacheModel
import TimeSeries

/// Decides what each line of INFO becomes, once: a server prints the same lines in the same order every time, so the
/// decision is found again by the line's place, after a comparison of its key.
struct InfoResolver: Sendable {
  /// What a line becomes.
  private enum Meaning: Sendable, Hashable {
    case nothing
    /// No number so far; it may become one.
    case undecided
    case number(SeriesIndex?, shift: UInt8, fact: InfoFact?)
    case okIsOne(SeriesIndex?, text: String?)
    case text(String)
    case pairs(KeyedLine)
    case replica
    case master(Int, Masters.Field)
  }

  /// Fields whose digits are no number.
  private static let identifiers: Set<String> = ["redis_git_sha1", "master_replid2", "module"]

  private struct Known: Sendable, Hashable {
    var key: [UInt8]
    var meaning: Meaning

    /// Whether this was decided for a line with the same key, and still holds.
    func fits(_ line: InfoReply.Line, of reply: InfoReply) -> Bool {
      guard reply.bytes.holds(key, at: line.key) else { return false }
      if case .undecided = meaning { return decimal(reply.bytes, line.value) == nil }
      return true
    }
  }

  private let legacyNames: Bool
  /// By line.
  private var known = lines([])
  /// Of all targets: servers of one make print the same lines.
  private static let lines = SharedValues<[Known]>()

  init(legacyNames: Bool) {
    self.legacyNames = legacyNames
  }

  /// Adds all that `reply` says to `poll`. One resolver is for one kind of reply, whose lines keep their order.
  mutating func apply(_ reply: InfoReply, to poll: inout RedisPoll, texts: inout InfoTexts) {
    var known = self.known.value
    var isOther = false
    for position in reply.lines.indices {
      let line = reply.lines[position]
      if position >= known.count || !known[position].fits(line, of: reply) {
        let entry = Known(key: Array(reply.bytes[line.key]), meaning: meaning(of: line, in: reply, &poll))
        if position < known.count { known[position] = entry } else { known.append(entry) }
        isOther = true
      }
      if let meaning = Self.apply(known[position].meaning, line, of: reply, to: &poll, texts: &texts) {
        known[position].meaning = meaning
        isOther = true
      }
    }
    if isOther { self.known = Self.lines(known) }
  }

  /// Answers what such a line means from now on, where that is another.
  private static func apply(
    _ meaning: Meaning, _ line: InfoReply.Line, of reply: InfoReply, to poll: inout RedisPoll,
    texts: inout InfoTexts
  ) -> Meaning? {
    switch meaning {
    case .nothing, .undecided: break
    case .number(let index, let shift, let fact):
      guard let value = decimal(reply.bytes, line.value, shift: shift) else { break }
      if let index { poll.set(index, value) }
      fact?.note(value, in: &poll)
    case .okIsOne(let index, let text):
      let value = reply.value(line)
      if let index { poll.set(index, FixedPoint(value == "ok" ? 1 : 0)) }
      if let text { texts.values[text] = value }
    case .text(let key): texts.values[key] = reply.value(line)
    case .pairs(let keyed): return keyed.apply(reply, line.value, to: &poll).map { .pairs($0) }
    case .replica: texts.replicas.append(Replica(reply, line.value))
    case .master(let number, let field): texts.masters.note(number, field, reply.value(line))
    }
    return nil
  }

  private func meaning(of line: InfoReply.Line, in reply: InfoReply, _ poll: inout RedisPoll) -> Meaning {
    let key = reply.key(line)
    let section = reply.sections[line.section]
    if Self.identifiers.contains(key) || key.hasSuffix("_human") { return .nothing }
    if let keyed = KeyedLine(key, section: section) { return .pairs(keyed) }
    if section == "replication" {
      if let (number, field) = Masters.field(key) { return .master(number, field) }
      if key.hasPrefix("slave"), key.count > 5, key.dropFirst(5).allSatisfy(\.isNumber) { return .replica }
    }
    if let field = InfoField.all[key] { return meaning(of: field, section, &poll) }
    if InfoTexts.wanted.contains(key) { return .text(key) }
    guard decimal(reply.bytes, line.value) != nil else { return .undecided }
    return .number(pass(key, section, &poll), shift: 0, fact: InfoFact(rawValue: key))
  }

  private func meaning(of field: InfoField, _ section: String, _ poll: inout RedisPoll) -> Meaning {
    let isLegacy = field.isLegacy && !legacyNames
    let index =
      isLegacy ? unknown(field.name, section, &poll) : poll.catalog.register(SeriesDefinition(field.family))
    switch field.reading {
    case .number(let shift):
      return .number(index, shift: isLegacy ? 0 : shift, fact: InfoFact(rawValue: field.name))
    case .okIsOne: return .okIsOne(index, text: InfoTexts.wanted.contains(field.name) ? field.name : nil)
    }
  }

  /// A field that no table knows.
  private func pass(_ key: String, _ section: String, _ poll: inout RedisPoll) -> SeriesIndex? {
    let threadTime = "used_active_time_io_thread_"
    if key.hasPrefix(threadTime) {
      let thread = Label("thread", String(key.dropFirst(threadTime.count)))
      return poll.catalog.register(SeriesDefinition(RedisFamilies.threadTime, labels: [thread]))
    }
    guard let family = RedisFamilies.cluster(key) else { return unknown(key, section, &poll) }
    return poll.catalog.register(SeriesDefinition(family))
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
