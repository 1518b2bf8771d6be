import CacheModel
import Randomness

/// A Memcached as far as its log goes: threads with a buffer of lines each, which are read in turn. It counts itself what readers
/// found, and why not.
struct LogModel {
  struct Truth: Equatable {
    var hits: Int64 = 0
    var misses: [MissCause: Int64] = [:]
    var total: Int64 { misses.values.reduce(0, +) }
  }

  private struct Item {
    var end: Int64?
  }

  private static let threads = 3

  private(set) var truth = Truth()
  /// Milliseconds, the server's clock and the steady one alike.
  var now: Int64 = 1000
  private var items: [String: Item] = [:]
  private var gone: [String: MissCause] = [:]
  private var number: UInt64 = 0
  private var buffers = [[(LogEntry.Kind, String, Int32, UInt64, Int64)]](repeating: [], count: threads)

  /// What the server was asked for by others than readers: deletions that found their key.
  private(set) var deletions: Int64 = 0

  private mutating func log(_ kind: LogEntry.Kind, _ key: String, _ connection: Int) {
    number += 1
    buffers[max(0, connection) % Self.threads].append((kind, key, Int32(connection), number, now))
  }

  /// What a lookup says, and what becomes of an item whose time is over.
  private mutating func look(_ key: String, _ connection: Int) -> LogEntry.Kind {
    guard let item = items[key] else {
      log(.absent, key, connection)
      return .absent
    }
    if let end = item.end, end <= now {
      items[key] = nil
      gone[key] = .expired
      log(.expired, key, connection)
      return .expired
    }
    log(.found, key, connection)
    return .found
  }

  /// A reader's lookup; answers whether it found the key.
  mutating func get(_ key: String, _ connection: Int) -> Bool {
    if look(key, connection) == .found {
      truth.hits += 1
      return true
    }
    truth.misses[gone[key] ?? .cold, default: 0] += 1
    return false
  }

  mutating func set(_ key: String, seconds: UInt32, _ connection: Int) {
    _ = look(key, connection)
    items[key] = Item(end: seconds == 0 ? nil : now + Int64(seconds) * 1000)
    gone[key] = nil
    log(.stored(seconds: seconds), key, connection)
  }

  /// Stores unless it is there.
  mutating func add(_ key: String, _ connection: Int) {
    if look(key, connection) == .found { return log(.refused, key, connection) }
    items[key] = Item(end: nil)
    gone[key] = nil
    log(.stored(seconds: 0), key, connection)
  }

  /// Deletes a key that is there.
  mutating func delete(_ key: String, _ connection: Int) {
    guard items[key] != nil, look(key, connection) == .found else { return }
    items[key] = nil
    gone[key] = .invalidated
    deletions += 1
  }

  /// A value that does not fit: what was there is removed.
  mutating func setTooLarge(_ key: String, _ connection: Int) {
    log(.unstorable, key, connection)
    _ = look(key, connection)
    guard items.removeValue(forKey: key) != nil else { return }
    gone[key] = .invalidated
  }

  mutating func evict(_ key: String) {
    guard items.removeValue(forKey: key) != nil else { return }
    gone[key] = .evicted
    log(.evicted, key, -1)
  }

  /// Frees without a word what has expired.
  mutating func crawl() {
    for (key, item) in items where item.end.map({ $0 <= now }) == true {
      items[key] = nil
      gone[key] = .expired
    }
  }

  /// Whether the key's time is not nearly over: the server's clock ticks once a second.
  func isFirm(_ key: String) -> Bool { items[key].map { ($0.end ?? .max) - now > 1100 } ?? true }

  /// The lines of every thread in turn, as they come over the connection.
  mutating func drain() -> (entries: [LogEntry], keys: [UInt8]) {
    var entries: [LogEntry] = []
    var keys: [UInt8] = []
    for thread in buffers.indices {
      for (kind, key, connection, number, time) in buffers[thread] {
        let start = keys.count
        keys += key.utf8
        entries.append(
          LogEntry(
            kind: kind, number: number, milliseconds: time, connection: kind == .evicted ? -1 : connection,
            key: start..<keys.count))
      }
      buffers[thread] = []
    }
    return (entries, keys)
  }
}
