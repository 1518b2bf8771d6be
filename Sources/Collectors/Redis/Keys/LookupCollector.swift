import CacheModel
import RESP

/// The lookups that others offered for this poll, counted as own ones.
///
/// From 7.2 on the server is told not to refresh the keys' idle times; before, TYPE and PTTL leave them alone, and the
/// others don't.
struct LookupCollector: RedisCollector {
  let name = "lookups"
  let tier = CollectorTier.fast
  /// The database that the connection selected itself.
  let home: Int
  /// For the next poll.
  var waiting: [OwnLookup] = []
  /// What the last poll's were answered.
  private(set) var answers: [OwnAnswer] = []

  private enum Step: Sendable {
    case setting
    case select(Int)
    case lookup(OwnLookup)
    /// Whether the key of the lookup before is there.
    case probe
  }

  private var steps: [Step] = []

  init(home: Int) {
    self.home = home
  }

  /// Lookups of the poll under way, answered or not.
  var asked: Int64 {
    Int64(steps.count { step in if case .lookup = step { true } else { false } })
  }

  mutating func commands(_ context: CollectorContext) -> [RESPCommand] {
    answers = []
    steps = []
    guard !waiting.isEmpty else { return [] }
    if context.isAtLeast(7, 2) { steps.append(.setting) }
    var database = home
    for lookup in waiting {
      if lookup.database != database {
        steps.append(.select(lookup.database))
        database = lookup.database
      }
      steps.append(.lookup(lookup))
      if lookup.isAmbiguous { steps.append(.probe) }
    }
    if database != home { steps.append(.select(home)) }
    waiting = []
    var key: [UInt8] = []
    return steps.map { step in
      switch step {
      case .setting: return RESPCommand("CLIENT", "NO-TOUCH", "ON")
      case .select(let number): return RESPCommand("SELECT", "\(number)")
      case .lookup(let lookup):
        key = lookup.command.arguments.dropFirst().first ?? []
        return lookup.command
      case .probe: return RESPCommand([Array("MEMORY".utf8), Array("USAGE".utf8), key])
      }
    }
  }

  mutating func receive(_ replies: [RESPValue], into poll: inout RedisPoll) throws(CollectorFailure) {
    guard replies.count == steps.count else { throw CollectorFailure(.malformedReply, "TYPE: replies are missing") }
    var isSelected = true
    for (index, step) in steps.enumerated() {
      switch step {
      case .setting, .probe: break
      case .select: isSelected = replies[index].error == nil
      case .lookup(let lookup):
        let exists = lookup.isAmbiguous && replies[index + 1].integer != nil
        switch lookup.found(replies[index], exists: exists) {
        case true?: poll.ownLookups.hits += 1
        case false?: poll.noteOwnMiss(of: lookup.place)
        case nil: break
        }
        answers.append(OwnAnswer(lookup: lookup, reply: isSelected ? replies[index] : .null))
      }
    }
  }
}
