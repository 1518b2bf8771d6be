/// Where the first key stands in a command's arguments.
///
/// Most commands have it right after their name, so the table lists only the others. A command that is not in it, such
/// as a module's, is taken to be like most.
enum CommandKeys {
  private enum Place {
    /// No argument is a key.
    case none
    /// At this argument; the command's name is argument 0, a subcommand argument 1.
    case at(Int)
    /// A count of keys at this argument, the keys after it.
    case counted(Int)
    /// After the word STREAMS.
    case afterStreams
    /// MIGRATE's: argument 3, or after KEYS where that one is empty.
    case migrate
  }

  /// The index of the first key in `arguments`; nil where the command has none, or the arguments are cut before it.
  ///
  /// `command` is in lower case, with its subcommand after a bar where it has one, `object|encoding`. `arguments`
  /// begin with the command's name.
  static func first(of command: String, in arguments: [String]) -> Int? {
    let index: Int? =
      switch place(of: command) {
      case .none: nil
      case .at(let index): index
      case .counted(let index): hasKeys(arguments, at: index) ? index + 1 : nil
      case .afterStreams: wordIndex("streams", in: arguments, from: 1).map { $0 + 1 }
      case .migrate: migrateKey(arguments)
      }
    return index.flatMap { arguments.indices.contains($0) ? $0 : nil }
  }

  private static func place(of command: String) -> Place {
    if let place = exceptions[command] { return place }
    guard let bar = command.firstIndex(of: "|") else { return .at(1) }
    return exceptions[String(command[..<bar])] ?? .at(2)
  }

  private static func hasKeys(_ arguments: [String], at index: Int) -> Bool {
    guard arguments.indices.contains(index), let count = Int(arguments[index]) else { return false }
    return count > 0
  }

  private static func migrateKey(_ arguments: [String]) -> Int? {
    guard arguments.count > 3 else { return nil }
    if !arguments[3].isEmpty { return 3 }
    return wordIndex("keys", in: arguments, from: 6).map { $0 + 1 }
  }

  private static func wordIndex(_ word: String, in arguments: [String], from begin: Int) -> Int? {
    arguments.indices.first { $0 >= begin && arguments[$0].lowercased() == word }
  }

  private static let exceptions: [String: Place] = {
    var table: [String: Place] = [:]
    for command in keyless { table[command] = Place.none }
    for command in ["bitop", "object", "pfdebug", "xinfo", "xgroup", "memory|usage", "debug|object"] {
      table[command] = .at(2)
    }
    for command in ["eval", "evalsha", "eval_ro", "evalsha_ro", "fcall", "fcall_ro", "blmpop", "bzmpop"] {
      table[command] = .counted(2)
    }
    for command in ["lmpop", "zmpop", "sintercard", "zdiff", "zinter", "zintercard", "zunion"] {
      table[command] = .counted(1)
    }
    for command in ["xread", "xreadgroup"] { table[command] = .afterStreams }
    table["migrate"] = .migrate
    return table
  }()

  private static let keyless = [
    "acl", "asking", "auth", "bgrewriteaof", "bgsave", "client", "cluster", "command", "config", "dbsize", "debug",
    "discard", "echo", "exec", "failover", "flushall", "flushdb", "function", "hello", "info", "keys", "lastsave",
    "latency", "lolwut", "memory", "module", "monitor", "multi", "pfselftest", "ping", "psubscribe", "psync",
    "publish", "pubsub", "punsubscribe", "quit", "randomkey", "readonly", "readwrite", "replconf", "replicaof",
    "reset", "role", "save", "scan", "script", "select", "shutdown", "slaveof", "slowlog",
    "spublish", "ssubscribe", "subscribe", "sunsubscribe", "swapdb", "sync", "time", "unsubscribe", "unwatch",
    "wait",
    "waitaof",
  ]
}
