import CacheClients
import CacheModel
import Collectors
import NIOPosix
import RESP

/// Removes keys of one database of a Redis, in batches: SCAN, MEMORY USAGE, UNLINK. The first two count as no lookup.
///
/// A connection that is lost is opened again and the walk goes on where it was. It may be cancelled at any time: ``cursor`` is
/// where it can be gone on with.
struct RedisRemoval {
  /// What was done so far.
  private(set) var tally = RemovalTally()
  /// Where the walk is.
  var cursor: String { walk.position }

  private let client: RedisClient
  private let scope: RemovalScope
  private let isDry: Bool
  private var walk: KeyWalk
  private var verb = "UNLINK"
  private var failures = 0

  private static let patience = Duration.seconds(5)
  private static let mostFailures = 30

  /// A removal that has done nothing. `batch` keys are looked at, and removed, at a time; `cursor` is where an earlier one
  /// stopped.
  init(_ endpoint: CacheEndpoint, scope: RemovalScope, isDry: Bool, batch: Int, from cursor: String) {
    client = RedisClient(
      endpoint: endpoint, clientName: "cachegauge-clear", group: MultiThreadedEventLoopGroup.singleton)
    self.scope = scope
    self.isDry = isDry
    walk = KeyWalk(databases: [endpoint.database], home: endpoint.database, from: cursor)
    walk.batch = batch
  }

  /// Keys of the database.
  func size() async throws(ClientError) -> Int64 {
    try await client.pipeline([RESPCommand("DBSIZE")], deadline: .now.advanced(by: Self.patience))[0].integer ?? 0
  }

  /// Whether every key was looked at.
  var isDone: Bool { walk.isDone }

  /// One batch.
  mutating func step() async throws {
    var next = walk
    guard let replies = try await ask(next.commands()) else { return }
    let keys: [WalkedKey]
    do throws(CollectorFailure) { keys = try next.receive(replies) } catch {
      throw UsageError("SCAN (\(error.cause.rawValue)): \(error.detail)")
    }
    let meant = keys.filter { scope.covers($0.key.span) }
    var removed: Int64 = 0
    if !isDry, !meant.isEmpty {
      // The walk stays where it is when the removal fails, so that nothing is left out.
      guard let replies = try await ask(meant.map { RESPCommand([Array(verb.utf8), $0.key]) }) else { return }
      for reply in replies {
        if let error = reply.error { return try refused(error) }
        removed = removed.saturatingSum(reply.integer ?? 0)
      }
    }
    walk = next
    tally.visited += Int64(keys.count)
    tally.matched += Int64(meant.count)
    tally.bytes = meant.compactMap(\.memory).reduce(tally.bytes) { $0.saturatingSum($1) }
    tally.removed = tally.removed.saturatingSum(removed)
  }

  /// Closes the connection.
  func close() async { await client.close() }

  /// Servers before 4.0 have no UNLINK.
  private mutating func refused(_ error: RESPErrorReply) throws {
    guard verb == "UNLINK", error.message.lowercased().contains("unknown command") else {
      throw UsageError("\(verb) is refused (\(error.code)): \(error.message)")
    }
    verb = "DEL"
  }

  /// Nil where the connection was lost, and it is to be tried again.
  private mutating func ask(_ commands: [RESPCommand]) async throws -> [RESPValue]? {
    if commands.isEmpty { return [] }
    do throws(ClientError) {
      let replies = try await client.pipeline(commands, deadline: .now.advanced(by: Self.patience))
      failures = 0
      return replies
    } catch {
      failures += 1
      let isLasting = [.authenticationFailed, .permissionDenied, .databaseOutOfRange, .missingFile].contains(
        error.cause)
      guard !isLasting, failures < Self.mostFailures else { throw error }
      try await Task.sleep(for: .seconds(1))
      return nil
    }
  }
}
