/// What a server says of its databases at a poll, and of the commands that empty them, which no notification tells.
public struct KeyspaceFigures: Sendable, Hashable {
  /// Keys of each database by its number, from 0; those beyond have none.
  public var keys: [Int64]
  /// Those of them that have a time to live, likewise; empty where the server does not say.
  public var expiring: [Int64]
  /// Calls since the server's statistics began: of FLUSHALL, FLUSHDB and SWAPDB.
  public var flushAlls, flushes, swaps: Int64
  /// Commands of all kinds since then; nil where the server does not say.
  public var commands: Int64?

  /// Some figures.
  public init(
    keys: [Int64] = [], expiring: [Int64] = [], flushAlls: Int64 = 0, flushes: Int64 = 0, swaps: Int64 = 0,
    commands: Int64? = nil
  ) {
    self.keys = keys
    self.expiring = expiring
    self.flushAlls = flushAlls
    self.flushes = flushes
    self.swaps = swaps
    self.commands = commands
  }

  /// Whether a database is known to have no key with a time to live.
  public func isLasting(_ database: Int) -> Bool { expiring.indices.contains(database) && expiring[database] == 0 }

  /// Keys of one database.
  public func keys(of database: Int) -> Int64 { keys.indices.contains(database) ? keys[database] : 0 }
}
