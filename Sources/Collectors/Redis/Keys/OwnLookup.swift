public import RESP

/// A command that looks at one key and that the server counts among its hits or misses, so that it runs in a poll's own
/// pipeline: there it is known on which side of INFO it fell, and is subtracted exactly.
public struct OwnLookup: Sendable, Hashable {
  /// The key's database.
  public let database: Int
  /// The command: TYPE, PTTL, STRLEN and its like, XINFO.
  public let command: RESPCommand

  /// A lookup.
  public init(database: Int, _ command: RESPCommand) {
    self.database = database
    self.command = command
  }

  /// The key that it looks up.
  var place: KeyPlace {
    let position = command.name == "XINFO" ? 2 : 1
    return KeyPlace(database: database, key: command.arguments.dropFirst(position).first ?? [])
  }

  /// Whether the reply may be the same for a key that is there and one that is not.
  var isAmbiguous: Bool { command.name == "STRLEN" }

  /// Whether the server found the key; nil where it did not look.
  ///
  /// - Parameter exists: what MEMORY USAGE said right after, for an ambiguous one.
  func found(_ reply: RESPValue, exists: Bool) -> Bool? {
    switch (command.name, reply) {
    case (_, .error(let error)):
      if error.message.lowercased().contains("no such key") { return false }
      return ["WRONGTYPE", "NOGROUP"].contains(error.code) ? true : nil
    case ("PTTL", .integer(-2)), ("TYPE", .simpleString("none")): return false
    case ("STRLEN", .integer(0)): return exists
    case ("GET", .null): return false
    case ("PTTL", _), ("TYPE", _), ("XINFO", _): return true
    case (_, .integer(0)): return false
    default: return true
    }
  }
}

/// A lookup and its reply.
public struct OwnAnswer: Sendable, Hashable {
  /// What was asked.
  public let lookup: OwnLookup
  /// What the server said; null where it could not select the database.
  public let reply: RESPValue
}
