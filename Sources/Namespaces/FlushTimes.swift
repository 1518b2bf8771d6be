import CacheModel

/// What a miss may be if its key's database was flushed since the last poll.
enum FlushDoubt: Sendable, Hashable {
  /// Of a key that had been stored.
  case stored
  /// Of one that nobody had heard of.
  case unseen
}

/// When each database was flushed. Times are in units of 10 ms, from 1; 0 is never.
struct FlushTimes: Sendable {
  /// Of one database.
  struct Of: Sendable {
    /// By when it was flushed, and by when it may have been; and when this was not the case yet.
    var emptied: UInt32 = 0
    var perhaps: UInt32 = 0
    var before: UInt32 = 0
    /// When it was last seen to have no key, and when before the latest flush.
    var bare: UInt32 = 0
    var bareBefore: UInt32 = 0
    /// When it was last seen to have no key with a time to live, and when before the latest flush.
    var lasting: UInt32 = 0
    var lastingBefore: UInt32 = 0
    /// By when it was flushed, or may have been, for the last time but one.
    var earlier: UInt32 = 0
    /// From when on keys are cold that nobody heard of: what they were before the flush is not known.
    var coldFrom: UInt32 = 0

    /// Moves all of it back in time.
    mutating func shift(by ticks: UInt32) {
      for time in [
        \Self.emptied, \.perhaps, \.before, \.bare, \.bareBefore, \.lasting, \.lastingBefore, \.earlier, \.coldFrom,
      ] { self[keyPath: time].shift(by: ticks) }
    }

    /// By when it was flushed or may have been.
    var latest: UInt32 { max(emptied, perhaps) }

    /// Whether it had no key a second or more after a time, so that what was missed then was not stored, or not for long.
    func isEmpty(after time: UInt32) -> Bool { bare >= time &+ 100 }

    /// Whether that was so before the latest flush, and not since the one before that.
    func wasEmpty(after time: UInt32) -> Bool { bareBefore >= time &+ 100 && earlier < time }

    /// Whether no key had a time to live a second or more after a time: what was stored then, and was not heard to expire, has none.
    func isLasting(after time: UInt32) -> Bool { lasting >= time &+ 100 }

    /// Whether that was so before the latest flush, and not since the one before that.
    func wasLasting(after time: UInt32) -> Bool { lastingBefore >= time &+ 100 && earlier < time }
  }

  private var databases: [Of] = []
  /// By when no key was left of those before, in whatever database.
  private(set) var all: UInt32 = 0
  private var allColdFrom: UInt32 = 0
  /// Until when all flushes are known.
  private(set) var known: UInt32 = 0

  /// What is known of a database.
  subscript(_ database: Int) -> Of {
    var one = databases.indices.contains(database) ? databases[database] : Of()
    one.emptied = max(one.emptied, all)
    one.coldFrom = max(one.coldFrom, allColdFrom)
    return one
  }

  /// Another process took over.
  mutating func begin() { self = Self() }

  /// Takes flushes since ``known``. `coldFrom` is from when on keys are cold that nobody heard of; nil where all were heard of.
  mutating func take(_ flushes: Flushes, coldFrom: UInt32?, at now: UInt32) {
    for database in flushes.emptied { hear(of: database) }
    if flushes.isAll {
      for database in databases.indices { note(database, coldFrom) }
      all = now
      allColdFrom = coldFrom ?? allColdFrom
    } else {
      for database in flushes.emptied + flushes.perhaps { note(database, coldFrom) }
    }
    for database in flushes.emptied { databases[database].emptied = now }
    for database in flushes.perhaps { databases[database].perhaps = now }
  }

  /// Takes what the databases hold; all flushes until `now` were told of.
  mutating func polled(_ keyspace: KeyspaceFigures, at now: UInt32) {
    known = now
    guard !keyspace.keys.isEmpty else { return }
    for database in databases.indices {
      if keyspace.keys(of: database) == 0 { databases[database].bare = now }
      if keyspace.isLasting(database) { databases[database].lasting = now }
    }
  }

  /// Moves all flushes back in time.
  mutating func shift(by ticks: UInt32) {
    for database in databases.indices { databases[database].shift(by: ticks) }
    all.shift(by: ticks)
    allColdFrom.shift(by: ticks)
    known.shift(by: ticks)
  }

  /// Makes room for a database that is heard of.
  mutating func hear(of database: Int) {
    while databases.count <= database { databases.append(Of()) }
  }

  private mutating func note(_ database: Int, _ coldFrom: UInt32?) {
    hear(of: database)
    databases[database].earlier = max(databases[database].latest, all)
    databases[database].before = known
    databases[database].bareBefore = databases[database].bare
    databases[database].lastingBefore = databases[database].lasting
    if let coldFrom { databases[database].coldFrom = coldFrom }
  }
}
