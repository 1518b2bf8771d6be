import CacheModel
import MemcachedProtocol
import TimeSeries

/// `stats slabs` and `stats items`: figures of each slab class, for at most so many classes.
///
/// A server has up to 63 classes with about forty series each. The classes with most pages when they are first seen are
/// taken, and those that were taken stay, so that their series don't come and go.
struct SlabsCollector: MemcachedCollector {
  /// Which of the two replies this reads.
  enum Part: String, Sendable {
    case slabs
    case items
  }

  let part: Part
  var name: String { part.rawValue }
  let tier = CollectorTier.slow
  let command: MemcachedCommand
  private let limit: Int
  private let legacyNames: Bool
  private var taken: [String] = []

  init(_ part: Part, limit: Int, legacyNames: Bool) {
    self.part = part
    self.limit = limit
    self.legacyNames = legacyNames
    command = MemcachedCommand("stats \(part.rawValue)")
  }

  mutating func receive(_ reply: MemcachedReply, into poll: inout MemcachedPoll) throws(CollectorFailure) {
    let lines = StatLines(try reply.lines(of: "stats \(part.rawValue)"))
    var classes: [String: [String: FixedPoint]] = [:]
    var general: [String: FixedPoint] = [:]
    for line in lines.lines {
      guard let value = decimal(lines.bytes, line.value) else { continue }
      let words = lines.name(line).split(separator: ":").drop { $0 == "items" }.map(String.init)
      if words.count == 2 { classes[words[0], default: [:]][words[1]] = value }
      if words.count == 1 { general[words[0]] = value }
    }
    take(classes)
    for slab in taken {
      if let values = classes[slab] { set(values, of: slab, &poll) }
    }
    if let bytes = general["total_malloced"], let field = StatField.general["total_malloced"] {
      poll.set(field.family, [], bytes)
    }
  }

  private mutating func take(_ classes: [String: [String: FixedPoint]]) {
    func size(_ slab: String) -> Int64 {
      (classes[slab]?["total_pages"] ?? classes[slab]?["number"])?.mantissa ?? 0
    }
    func precedes(_ one: String, _ other: String) -> Bool {
      (size(one), Int(other) ?? 0) > (size(other), Int(one) ?? 0)
    }
    let others = classes.keys.filter { !taken.contains($0) && Int($0) != nil }.sorted(by: precedes)
    taken += others.prefix(max(0, limit - taken.count))
  }

  private func set(_ values: [String: FixedPoint], of slab: String, _ poll: inout MemcachedPoll) {
    let table = part == .slabs ? StatField.slabs : StatField.slabItems
    for (name, value) in values.sorted(by: { $0.key < $1.key }) {
      guard let field = table[name] else { continue }
      poll.set(legacyNames ? field.legacyFamily : field.family, [Label("slab", slab)] + field.labels, value)
    }
    guard part == .slabs, let sets = values["cmd_set"] else { return }
    let cas = [values["cas_hits"], values["cas_badval"]].compactMap { $0?.whole }.saturatingSum
    poll.set(
      MemcachedFamilies.slabCommands, [Label("slab", slab), Label("command", "set"), Label("status", "hit")],
      FixedPoint(max(0, sets.whole.saturatingDifference(cas))))
  }
}
