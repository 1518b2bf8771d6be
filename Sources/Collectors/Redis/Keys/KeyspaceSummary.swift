import CacheModel
public import RESP

/// What INFO says of a server before a walk over its keys.
public struct KeyspaceSummary: Sendable, Hashable {
  /// Identity of the server's process; nil where it does not tell.
  public private(set) var runID: String?
  /// Databases that hold keys, in order.
  public private(set) var databases: [Int] = []
  /// Keys in all of them.
  public private(set) var keys: Int64 = 0

  /// The commands whose replies ``init(_:)`` reads.
  public static let commands = [RESPCommand("INFO", "server"), RESPCommand("INFO", "keyspace")]

  /// Reads the replies; throws when the server refuses INFO.
  public init(_ replies: [RESPValue]) throws(CollectorFailure) {
    for reply in replies {
      guard let text = try reply.orThrow("INFO").string else { continue }
      for line in text.split(whereSeparator: \.isNewline) {
        let parts = line.split(separator: ":", maxSplits: 1)
        guard parts.count == 2 else { continue }
        if parts[0] == "run_id" { runID = String(parts[1]) }
        guard parts[0].hasPrefix("db"), let database = Int(parts[0].dropFirst(2)), database >= 0 else { continue }
        let figures = parts[1].split(separator: ",")
        guard let count = figures.lazy.filter({ $0.hasPrefix("keys=") }).first.flatMap({ Int64($0.dropFirst(5)) })
        else { continue }
        databases.append(database)
        keys = keys.saturatingSum(max(0, count))
      }
    }
    databases.sort()
  }
}
