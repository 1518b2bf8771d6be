import CacheClients
import CacheModel
import MemcachedProtocol
import NIOPosix

/// What can be removed from a Memcached: keys that its crawler tells of, everything, and expired items.
struct MemcachedMaintenance {
  private let client: MemcachedClient

  private static let patience = Duration.seconds(30)
  private static let batch = 500

  /// Nothing is opened yet. The crawler's list of all keys may be long.
  init(_ endpoint: CacheEndpoint) {
    client = MemcachedClient(
      endpoint: endpoint, maximumReplyBytes: 512 << 20, group: MultiThreadedEventLoopGroup.singleton)
  }

  /// Removes what `scope` covers, or only counts it.
  func remove(_ scope: RemovalScope, isDry: Bool) async throws -> RemovalTally {
    var tally = RemovalTally()
    let items = try await items()
    tally.visited = Int64(items.count)
    let meant = items.filter { scope.covers(Array($0.key.utf8).span) }
    tally.matched = Int64(meant.count)
    tally.bytes = meant.map(\.bytes).saturatingSum
    guard !isDry else { return tally }
    let progress = ProgressLine(total: tally.matched)
    for start in stride(from: 0, to: meant.count, by: Self.batch) {
      let part = meant[start..<min(start + Self.batch, meant.count)]
      let replies = try await ask(part.map { MemcachedCommand("delete \($0.key)") })
      tally.removed += Int64(replies.count { $0 == .status("DELETED") })
      progress.show(tally.removed, RemovalTally.keys(tally.removed))
    }
    progress.clear()
    return tally
  }

  /// Lets the crawler go over all items; answers how many expired ones it freed, and how many it looked at.
  func crawl() async throws -> (freed: Int64, checked: Int64) {
    let before = try await statistics()
    try await crawl("lru_crawler crawl all")
    var after = before
    repeat {
      try await Task.sleep(for: .milliseconds(100))
      after = try await statistics()
    } while after["lru_crawler_running"] == 1
    func grown(_ name: String) -> Int64 { (after[name] ?? 0).saturatingDifference(before[name] ?? 0) }
    return (grown("crawler_reclaimed"), grown("crawler_items_checked"))
  }

  /// Closes the connection.
  func close() async { await client.close() }

  /// All items that have not expired.
  private func items() async throws -> [(key: String, bytes: Int64)] {
    let reply = try await ask([MemcachedCommand("lru_crawler metadump all")])[0]
    guard case .lines(let bytes) = reply else { throw UsageError(Self.refusal("lru_crawler metadump all", reply)) }
    return String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline).compactMap { Self.item($0) }
  }

  /// Reads `key=menu%3A1 exp=-1 la=1700000000 cas=1 fetch=no cls=1 size=64`.
  private static func item(_ line: Substring) -> (key: String, bytes: Int64)? {
    func value(_ name: String) -> Substring? {
      line.split(separator: " ").first { $0.hasPrefix(name) }.map { $0.dropFirst(name.count) }
    }
    // What can't be put into a command of one line can't have been stored by one.
    guard let name = value("key="), let key = try? percentDecoded(name), !key.isEmpty,
      key.utf8.allSatisfy({ $0 > 32 && $0 != 127 })
    else { return nil }
    return (key, value("size=").flatMap { Int64($0) } ?? 0)
  }

  private func crawl(_ command: String) async throws {
    for _ in 0..<100 {
      let reply = try await ask([MemcachedCommand(command)])[0]
      if reply == .status("OK") { return }
      guard case .status(let text) = reply, text.hasPrefix("BUSY") else {
        throw UsageError(Self.refusal(command, reply))
      }
      try await Task.sleep(for: .milliseconds(100))
    }
    throw UsageError("the server's crawler stays busy; try again later")
  }

  private func statistics() async throws -> [String: Int64] {
    guard case .lines(let bytes) = try await ask([MemcachedCommand("stats")])[0] else { return [:] }
    let pairs = String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline).compactMap { line in
      let words = line.split(separator: " ")
      return words.count == 3 ? Int64(words[2]).map { (String(words[1]), $0) } : nil
    }
    return Dictionary(pairs, uniquingKeysWith: { first, _ in first })
  }

  private func ask(_ commands: [MemcachedCommand]) async throws(ClientError) -> [MemcachedReply] {
    try await client.pipeline(commands, deadline: .now.advanced(by: Self.patience))
  }

  private static func refusal(_ command: String, _ reply: MemcachedReply) -> String {
    switch reply {
    case .error(let error): "the server refuses `\(command)`: \(error.kind.rawValue) \(error.message)"
    case .status(let text): "the server answers `\(command)` with \(text)"
    case .lines: "the server answers `\(command)` with a list"
    }
  }
}
