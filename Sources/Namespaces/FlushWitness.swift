import CacheModel

/// Which databases were emptied since the poll before.
struct Flushes: Sendable, Hashable {
  /// Those that were.
  var emptied: [Int] = []
  /// Those that may have been: the server tells how often a database was flushed, but not which.
  var perhaps: [Int] = []
  /// Whether no key was left of those before, in whatever database.
  var isAll = false
  /// Keys that all of the server's databases held at the poll before.
  var keysBefore: Int64 = 0

  /// None.
  static let none = Flushes()
}

/// Finds out which databases were flushed: no notification tells it, and the server's statistics tell only how often.
///
/// But a flushed database has fewer keys than before, and no notification tells where they went. One that holds more keys than commands
/// were run since cannot have been flushed.
struct FlushWitness: Sendable {
  private var last: KeyspaceFigures?
  /// Removals and misses that were heard since the last poll, by database.
  private var heard: [(removals: Int64, misses: Int64)] = []

  /// Takes a notification.
  mutating func hear(_ kind: KeyEventKind, database: Int) {
    while heard.count <= database { heard.append((0, 0)) }
    if kind == .keymiss { heard[database].misses += 1 } else { heard[database].removals += 1 }
  }

  /// What was heard before, and counted by another process, proves nothing.
  mutating func begin() {
    last = nil
    heard = []
  }

  /// Takes a poll; `reset` says that the server's statistics began anew since the one before.
  mutating func polled(_ now: KeyspaceFigures, reset: Bool) -> Flushes {
    var now = now
    var before = last ?? now
    if reset { (before.flushAlls, before.flushes, before.swaps, before.commands) = (0, 0, 0, nil) }
    // A poll that lacks them tells of none.
    now.flushAlls = max(now.flushAlls, before.flushAlls)
    now.flushes = max(now.flushes, before.flushes)
    now.swaps = max(now.swaps, before.swaps)
    defer {
      last = now
      for database in heard.indices { heard[database] = (0, 0) }
    }
    let calls = now.flushes.saturatingDifference(before.flushes)
    let swaps = now.swaps.saturatingDifference(before.swaps)
    let isAll = now.flushAlls > before.flushAlls
    guard isAll || calls > 0 || swaps > 0 else { return .none }
    var found = isAll ? Flushes(isAll: true) : judge(before, now, calls: calls, swaps: swaps)
    found.keysBefore = before.keys.saturatingSum
    if found.emptied.count == 1, found.keysBefore == before.keys(of: found.emptied[0]) { found.isAll = true }
    return found
  }

  private func judge(
    _ before: KeyspaceFigures, _ now: KeyspaceFigures, calls: Int64, swaps: Int64
  ) -> Flushes {
    let all = 0..<max(before.keys.count, now.keys.count, heard.count)
    guard swaps == 0 else {
      // Two databases have each other's keys, whichever they are.
      let some = all.filter { before.keys(of: $0) > 0 || now.keys(of: $0) > 0 }
      return some.count <= 2 ? Flushes(emptied: some) : Flushes(perhaps: some)
    }
    let dropped = all.filter { hasLost($0, before, now) }
    let commands = before.commands.flatMap { old in now.commands.map { $0.saturatingDifference(old) } }
    let others = all.filter { database in
      !dropped.contains(database) && before.keys(of: database) > 0
        && now.keys(of: database) <= commands ?? .max
    }
    if Int64(dropped.count) > calls { return Flushes(perhaps: dropped) }
    if Int64(dropped.count) == calls { return Flushes(emptied: dropped) }
    if !dropped.isEmpty { return Flushes(emptied: dropped, perhaps: others) }
    // Nothing is lacking: it was filled again, or had been filled only since the poll before.
    let touched =
      others.isEmpty
      ? all.filter { before.keys(of: $0) == 0 && (now.keys(of: $0) > 0 || misses($0)) } : others
    return touched.count == 1 ? Flushes(emptied: touched) : Flushes(perhaps: touched)
  }

  /// Whether keys are gone of which no notification tells. Those that come a moment late are a small part of all.
  private func hasLost(_ database: Int, _ before: KeyspaceFigures, _ now: KeyspaceFigures) -> Bool {
    let removals = heard.indices.contains(database) ? heard[database].removals : 0
    return before.keys(of: database).saturatingDifference(now.keys(of: database)) > removals + removals / 4
  }

  private func misses(_ database: Int) -> Bool { heard.indices.contains(database) && heard[database].misses > 0 }
}
