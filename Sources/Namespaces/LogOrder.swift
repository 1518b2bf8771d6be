import CacheModel

/// Puts the lines of a Memcached server's log into the order in which things happened, and tells which lookups are a store's own.
///
/// Each of the server's threads has a buffer for its lines, and one reads these in turn: lines of one thread come in order, those
/// of several do not. So lines wait a while, and are sorted by their number. A store looks its key up first: of such a pair, on
/// the same connection, the lookup is no reader's. A value without clocks; bounded.
struct LogOrder: Sendable {
  /// One line, and what is known of it.
  struct Line: Sendable {
    var entry: LogEntry
    /// When it came, in milliseconds of a steady clock.
    var received: Int64
    /// When it happened, by that clock.
    var at: Int64
    /// Whether it is a lookup that belongs to a store.
    var isOfStore = false
  }

  /// How long a line waits for those before it, in milliseconds: the server's thread sleeps for up to a second.
  static let patience: Int64 = 1500
  private static let maximumLines = 65_536
  private static let maximumKeyBytes = 8 << 20

  private var lines: [Line] = []
  private var keys: [UInt8] = []
  private var clocks = ClockOffset()

  /// Whether so much more has no room.
  func lacksRoom(_ lines: Int, keyBytes: Int) -> Bool {
    self.lines.count + lines > Self.maximumLines || keys.count + keyBytes > Self.maximumKeyBytes
  }

  /// Whether lines wait.
  var isWaiting: Bool { !lines.isEmpty }

  /// When half of what waits had come; nil while nothing waits.
  var middle: Int64? { lines.isEmpty ? nil : lines[lines.count / 2].received }

  /// Takes lines that came just now.
  mutating func add(_ entries: [LogEntry], keys bytes: Span<UInt8>, at now: Int64) {
    lines.reserveCapacity(lines.count + entries.count)
    for var entry in entries {
      let start = keys.count
      for index in entry.key { keys.append(bytes[index]) }
      entry.key = start..<keys.count
      lines.append(Line(entry: entry, received: now, at: clocks.steady(entry.milliseconds, at: now)))
    }
  }

  /// Takes out what came until then, or everything, in its order; with the bytes that the keys are ranges of. Costs some
  /// milliseconds for ten thousand lines.
  mutating func take(until: Int64?) -> (lines: [Line], keys: [UInt8]) {
    guard !lines.isEmpty else { return ([], []) }
    lines.sort { $0.entry.number < $1.entry.number }
    let end = until.flatMap { until in lines.firstIndex { $0.received > until } } ?? lines.count
    guard end > 0 else { return ([], []) }
    findStores()
    let taken = Array(lines[..<end])
    let bytes = keys
    keep(Array(lines[end...]), of: bytes)
    return (taken, bytes)
  }

  /// What waits on, with its keys alone.
  private mutating func keep(_ rest: [Line], of bytes: [UInt8]) {
    lines = rest
    keys = []
    for index in lines.indices {
      let start = keys.count
      keys += bytes[lines[index].entry.key]
      lines[index].entry.key = start..<keys.count
    }
  }

  /// The next line of its connection tells what a lookup was for; but a store that is impossible looks up afterwards what to remove.
  private mutating func findStores() {
    var next: [Int32: Int] = [:]
    for index in lines.indices.reversed() where lines[index].entry.connection >= 0 {
      let entry = lines[index].entry
      if let following = next.updateValue(index, forKey: entry.connection) {
        if entry.kind.isLookup, lines[following].entry.kind.looksUpFirst, isSameKey(index, following) {
          lines[index].isOfStore = true
        }
        if entry.kind == .unstorable, lines[following].entry.kind.isLookup, isSameKey(index, following) {
          lines[following].isOfStore = true
        }
      }
    }
  }

  private func isSameKey(_ one: Int, _ other: Int) -> Bool {
    keys[lines[one].entry.key].elementsEqual(keys[lines[other].entry.key])
  }
}

/// What a server's clock says by the steady one: of the lines of the last minute or two, that which took the shortest way tells. A
/// clock that is set is followed within two minutes.
private struct ClockOffset {
  private static let window: Int64 = 60_000

  private var began: Int64?
  private var before = Int64.max
  private var shortest = Int64.max

  mutating func steady(_ milliseconds: Int64, at now: Int64) -> Int64 {
    if now - (began ?? .min / 2) >= Self.window { (began, before, shortest) = (now, shortest, .max) }
    shortest = min(shortest, now - milliseconds)
    return max(now - Self.window, min(now, milliseconds + min(shortest, before)))
  }
}

extension LogEntry.Kind {
  /// Whether a key was looked up.
  fileprivate var isLookup: Bool {
    switch self {
    case .found, .absent, .expired, .flushed: true
    case .stored, .refused, .unstorable, .evicted: false
    }
  }

  /// Whether this is a store that has looked its key up before.
  fileprivate var looksUpFirst: Bool {
    switch self {
    case .stored, .refused: true
    default: false
    }
  }
}
