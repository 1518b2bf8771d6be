import CacheModel
import TimeSeries

/// Decides what each line of one kind of reply becomes, once: a server prints the same lines in the same order every
/// time, so the decision is found again by the line's place, after a comparison of its name.
struct StatResolver: Sendable {
  /// What a line becomes.
  private enum Meaning: Sendable {
    case nothing
    case number(SeriesIndex?, shift: UInt8, figure: StatFigure?)
    case yesIsOne(SeriesIndex?)
  }

  private struct Known: Sendable {
    var name: [UInt8]
    var meaning: Meaning
  }

  /// Finds the field of a line by its name; nil for a line without a family.
  private let field: @Sendable (String) -> StatField?
  private let legacyNames: Bool
  /// Whether a number without a family is passed on under its name.
  private let passesUnknown: Bool
  private var known: [Known] = []

  init(
    legacyNames: Bool, passesUnknown: Bool = false, field: @escaping @Sendable (String) -> StatField?
  ) {
    self.legacyNames = legacyNames
    self.passesUnknown = passesUnknown
    self.field = field
  }

  /// Adds all that `reply` says to `poll`.
  mutating func apply(_ reply: StatLines, to poll: inout MemcachedPoll) {
    for position in reply.lines.indices {
      let line = reply.lines[position]
      if position >= known.count || !reply.bytes.holds(known[position].name, at: line.name) {
        let entry = Known(name: Array(reply.bytes[line.name]), meaning: meaning(of: line, in: reply, &poll))
        if position < known.count { known[position] = entry } else { known.append(entry) }
      }
      Self.apply(known[position].meaning, line, of: reply, to: &poll)
    }
  }

  private static func apply(
    _ meaning: Meaning, _ line: StatLine, of reply: StatLines, to poll: inout MemcachedPoll
  ) {
    switch meaning {
    case .nothing: return
    case .number(let index, let shift, let figure):
      guard let value = decimal(reply.bytes, line.value, shift: shift) else { return }
      if let index { poll.set(index, value) }
      // A count below 0 is none: nothing is known then, rather than something wrong.
      if let figure, value.digits == 0, let count = value.mantissa.asCount { poll.figures[figure] = count }
    case .yesIsOne(let index):
      let isOn = ["yes", "on"].contains(reply.value(line))
      if let index { poll.set(index, FixedPoint(isOn ? 1 : 0)) }
    }
  }

  private func meaning(of line: StatLine, in reply: StatLines, _ poll: inout MemcachedPoll) -> Meaning {
    let name = reply.name(line)
    let figure = passesUnknown ? StatFigure(rawValue: name) : nil
    if let field = field(name) {
      let family = legacyNames ? field.legacyFamily : field.family
      let index = poll.catalog.register(SeriesDefinition(family, labels: field.labels))
      switch field.reading {
      case .number(let shift): return .number(index, shift: shift, figure: figure)
      case .yesIsOne: return .yesIsOne(index)
      }
    }
    guard decimal(reply.bytes, line.value) != nil else { return .nothing }
    guard passesUnknown, !Self.passedOver.contains(name) else { return .number(nil, shift: 0, figure: figure) }
    let series = SeriesDefinition(MemcachedFamilies.field, labels: [Label("field", name)])
    return .number(poll.catalog.register(series), shift: 0, figure: figure)
  }

  /// Digits that measure nothing.
  private static let passedOver: Set<String> = ["pid", "version", "libevent", "pointer_size"]
}
