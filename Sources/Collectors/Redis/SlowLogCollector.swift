import CacheModel
import RESP
import TimeSeries

/// The slow log, followed by the numbers of its entries: each is seen once, and those that the server dropped between
/// two polls are counted.
///
/// Numbers rise by one, survive `SLOWLOG RESET`, and begin again with the server's process. What was logged before the
/// first poll of a process that ran already is not counted: nobody knows who has seen it. cachegauge's own commands
/// are left out, whichever of its connections sent them: a server with a threshold of 0 logs all of them, and a walk over its keys may
/// be slow at any. Among the lost ones they can't be told apart.
struct SlowLogCollector: RedisCollector {
  let name = "slowlog"
  let tier = CollectorTier.fast
  /// The name that the connection bears which polls; servers before 4.0 don't tell it.
  let clientName: String
  /// Whether an empty log has an entry of number 0 that took no time, as redis_exporter says.
  let legacyNames: Bool

  /// How far the log of one process was read.
  private enum Place: Sendable {
    /// Never.
    case unread
    /// It was empty, so that every entry is new; but its numbers may begin anywhere.
    case empty
    /// Up to this number.
    case through(Int64)
  }

  private var place = Place.unread
  /// The places of other processes that answered here before, latest last.
  private var others: [(epoch: UInt64, place: Place)] = []
  private var asked: Int64 = 0
  private var wanted: Int64 = 0

  /// How many entries are asked for at first; more follow in the same poll when all of these are new.
  static let glance: Int64 = 8
  /// The most that are asked for: at 4 kB each, which is what Redis cuts them to, 8 MB.
  static let most: Int64 = 2048
  /// What cachegauge's connections beside the one that polls call themselves. Not among them are `cachegauge-clear` and
  /// `cachegauge-cleanup`: a person runs those, and wants to see what they cost.
  private static let companions: Set<String> = [
    "cachegauge-census", "cachegauge-events", "cachegauge-sample", "cachegauge-setting", "cachegauge-suggest",
    "cachegauge-topology",
  ]
  /// Entries that may come about between two questions of one poll.
  private static let margin: Int64 = 64
  private static let rememberedProcesses = 8

  init(clientName: String, legacyNames: Bool = false) {
    self.clientName = clientName
    self.legacyNames = legacyNames
  }

  mutating func commands(_ context: CollectorContext) -> [RESPCommand] {
    wanted = 0
    return ask(Self.glance)
  }

  mutating func followUp() -> [RESPCommand] {
    guard wanted > asked else { return [] }
    return ask(wanted)
  }

  mutating func serverChanged(_ change: ServerChange) {
    others.append((change.previous, place))
    if others.count > Self.rememberedProcesses { others.removeFirst() }
    if let known = others.firstIndex(where: { $0.epoch == change.epoch }) {
      place = others.remove(at: known).place
    } else {
      // A process that began while we watched counts from 0, and all that it has logged is new.
      place = change.isFresh ? .through(-1) : .unread
    }
  }

  mutating func receive(_ replies: [RESPValue], into poll: inout RedisPoll) throws(CollectorFailure) {
    wanted = 0
    guard replies.count == 2, let length = try replies[0].orThrow("SLOWLOG LEN").integer else {
      throw CollectorFailure(.malformedReply, "SLOWLOG LEN: no number")
    }
    var entries: [SlowLogEntry] = []
    for element in try replies[1].elements(of: "SLOWLOG GET") { entries.append(try SlowLogEntry(element)) }
    if let more = missing(entries) {
      wanted = more
    } else {
      note(entries, length: length, in: &poll)
    }
  }

  private mutating func ask(_ count: Int64) -> [RESPCommand] {
    asked = count
    return [RESPCommand("SLOWLOG", "LEN"), RESPCommand("SLOWLOG", "GET", "\(count)")]
  }

  /// How many to ask for instead, when these may not reach back to what was read before; newest first.
  private func missing(_ entries: [SlowLogEntry]) -> Int64? {
    guard asked < Self.most, Int64(entries.count) >= asked, let newest = entries.first?.operation.id,
      let oldest = entries.last?.operation.id
    else { return nil }
    switch place {
    case .unread: return nil
    case .empty: return Self.most
    case .through(let last):
      guard newest >= last, oldest.saturatingDifference(last) > 1 else { return nil }
      let needed = newest.saturatingDifference(last).saturatingSum(Self.margin)
      return needed > asked ? min(Self.most, needed) : Self.most
    }
  }

  private mutating func note(_ entries: [SlowLogEntry], length: Int64, in poll: inout RedisPoll) {
    poll.set(RedisFamilies.slowLogLength, [], FixedPoint(length))
    guard let newest = entries.first?.operation else {
      if legacyNames {
        poll.set(RedisFamilies.slowLogLastID, [], FixedPoint(0))
        poll.set(RedisFamilies.lastSlowDuration, [], FixedPoint(0))
      }
      if case .unread = place { place = Self.wasNeverReset(poll) ? .through(-1) : .empty }
      return
    }
    poll.set(RedisFamilies.slowLogLastID, [], FixedPoint(newest.id))
    poll.set(RedisFamilies.lastSlowDuration, [], FixedPoint(newest.microseconds, digits: 6))
    switch place {
    case .unread: break
    case .empty: add(entries, to: &poll)
    // Numbers never go back within a process, so this is another one, which INFO did not tell.
    case .through(let last) where newest.id < last: add(entries, after: -1, to: &poll)
    case .through(let last): add(entries.filter { $0.operation.id > last }, after: last, to: &poll)
    }
    place = .through(newest.id)
  }

  /// Whether an empty log is empty since nothing was ever logged, so that its first number will be 0: commandstats
  /// know of no reset, neither of the log nor of themselves. Servers before 7.0 don't count subcommands apart.
  private static func wasNeverReset(_ poll: RedisPoll) -> Bool {
    let version = poll.redisVersion?.split(separator: ".").first.flatMap { Int($0) } ?? 0
    let resets = ["slowlog|reset", "config|resetstat"]
    return version >= 7 && !poll.commands.isEmpty && resets.allSatisfy { poll.commands.first($0) == nil }
  }

  private func add(_ new: [SlowLogEntry], after last: Int64? = nil, to poll: inout RedisPoll) {
    if let last, let newest = new.first?.operation.id {
      let lost = newest.saturatingDifference(last).saturatingDifference(Int64(new.count))
      poll.found.slowOperationsLost = poll.found.slowOperationsLost.saturatingSum(max(0, lost))
    }
    poll.found.slowOperations += new.reversed().filter { !isOwn($0) }.map(\.operation)
  }

  private func isOwn(_ entry: SlowLogEntry) -> Bool {
    entry.client == clientName || Self.companions.contains(entry.client)
  }
}
