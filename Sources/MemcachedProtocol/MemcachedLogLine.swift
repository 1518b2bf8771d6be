/// One line of the log that a Memcached server sends to a connection that said `watch`; the key's bytes are elsewhere.
public struct MemcachedLogLine: Sendable, Hashable {
  /// What the line tells.
  public enum Kind: Sendable, Hashable {
    /// `item_get`: a lookup, by its `status`.
    case lookup(Lookup)
    /// `item_store`, by its `status`; `seconds` is the time to live, 0 for ever, from 2³¹ on where it is over already.
    case store(Store, seconds: UInt32)
    /// `eviction`.
    case eviction
    /// `skipped=`: how many lines were left out before the next one, since the reader was too slow.
    case skipped(Int64)
  }

  /// How a lookup ended.
  public enum Lookup: Sendable, Hashable {
    /// The key is there.
    case found
    /// It is not.
    case absent
    /// It was from before a `flush_all`.
    case flushed
    /// Its time was over.
    case expired
  }

  /// How a store ended.
  public enum Store: Sendable, Hashable {
    /// The key is stored.
    case stored
    /// `not_stored`, `exists`, `not_found`: by the command's own condition.
    case refused
    /// `too_large`, `no_memory`.
    case unstorable
  }

  /// What the line tells.
  public var kind: Kind
  /// `gid`; 0 for ``Kind/skipped(_:)``.
  public var number: UInt64 = 0
  /// `ts`, in milliseconds since 1970.
  public var milliseconds: Int64 = 0
  /// `cfd`; -1 where the line has none.
  public var connection: Int32 = -1
  /// Where the key lies in the bytes that ``parse(_:keys:)`` appended it to.
  public var key: Range<Int> = 0..<0

  /// Reads a line without its end. Nil for one that tells nothing of keys, or that can't be read.
  ///
  /// The key is appended to `keys`, its `%NN` made bytes again. Costs some nanoseconds for each byte, and allocates nothing but
  /// where `keys` grows.
  public static func parse(_ line: Span<UInt8>, keys: inout [UInt8]) -> MemcachedLogLine? {
    guard let fields = LogFields(line), var result = fields.line(line) else { return nil }
    if case .skipped = result.kind { return result }
    guard let key = fields.key, !key.isEmpty else { return nil }
    let start = keys.count
    guard LogFields.append(line, key, to: &keys) else {
      keys.removeSubrange(start...)
      return nil
    }
    result.key = start..<keys.count
    return result
  }
}

/// The fields of a line, `name=value` with a blank between, as ranges of its bytes.
private struct LogFields {
  var skipped: Range<Int>?
  var time: Range<Int>?
  var number: Range<Int>?
  var type: Range<Int>?
  var key: Range<Int>?
  var status: Range<Int>?
  var seconds: Range<Int>?
  var connection: Range<Int>?

  /// Nil where a field has no name.
  init?(_ line: Span<UInt8>) {
    var position = 0
    while position < line.count {
      let start = position
      while position < line.count, line[position] != UInt8(ascii: "=") { position += 1 }
      guard position > start, position < line.count else { return nil }
      let name = start..<position
      position += 1
      let value = position
      while position < line.count, line[position] != UInt8(ascii: " ") { position += 1 }
      note(line, name, value..<position)
      position += 1
    }
  }

  private mutating func note(_ line: Span<UInt8>, _ name: Range<Int>, _ value: Range<Int>) {
    if Self.holds(line, name, Word.time) {
      time = value
    } else if Self.holds(line, name, Word.number) {
      number = value
    } else if Self.holds(line, name, Word.type) {
      type = value
    } else if Self.holds(line, name, Word.key) {
      key = value
    } else if Self.holds(line, name, Word.status) {
      status = value
    } else if Self.holds(line, name, Word.connection) {
      connection = value
    } else if Self.holds(line, name, Word.seconds) {
      seconds = value
    } else if Self.holds(line, name, Word.skipped) {
      skipped = value
    }
  }

  /// The line without its key; nil for one that tells nothing of keys.
  func line(_ line: Span<UInt8>) -> MemcachedLogLine? {
    if let skipped {
      return Self.decimal(line, skipped).map { MemcachedLogLine(kind: .skipped($0)) }
    }
    guard let kind = kind(line), let milliseconds = milliseconds(line),
      let number = number.flatMap({ Self.decimal(line, $0) })
    else { return nil }
    var result = MemcachedLogLine(kind: kind, number: UInt64(number), milliseconds: milliseconds)
    if let connection, let value = Self.decimal(line, connection) { result.connection = Int32(clamping: value) }
    return result
  }

  private func kind(_ line: Span<UInt8>) -> MemcachedLogLine.Kind? {
    guard let type else { return nil }
    if Self.holds(line, type, Word.lookup) { return lookup(line).map { .lookup($0) } }
    if Self.holds(line, type, Word.store) { return store(line) }
    return Self.holds(line, type, Word.eviction) ? .eviction : nil
  }

  private func lookup(_ line: Span<UInt8>) -> MemcachedLogLine.Lookup? {
    guard let status else { return nil }
    if Self.holds(line, status, Word.found) { return .found }
    if Self.holds(line, status, Word.absent) { return .absent }
    if Self.holds(line, status, Word.expired) { return .expired }
    return Self.holds(line, status, Word.flushed) ? .flushed : nil
  }

  private func store(_ line: Span<UInt8>) -> MemcachedLogLine.Kind? {
    guard let status, let seconds = seconds.flatMap({ Self.decimal(line, $0) }).map(UInt32.init(clamping:)) else {
      return nil
    }
    if Self.holds(line, status, Word.stored) { return .store(.stored, seconds: seconds) }
    let isUnstorable = Self.holds(line, status, Word.tooLarge) || Self.holds(line, status, Word.noMemory)
    return .store(isUnstorable ? .unstorable : .refused, seconds: seconds)
  }

  /// Seconds, a point, and microseconds without the zeros before them.
  private func milliseconds(_ line: Span<UInt8>) -> Int64? {
    guard let time, let point = time.first(where: { line[$0] == UInt8(ascii: ".") }),
      let seconds = Self.decimal(line, time.lowerBound..<point), seconds < 1 << 40,
      let micros = Self.decimal(line, point + 1..<time.upperBound), micros < 1_000_000
    else { return nil }
    return seconds * 1000 + micros / 1000
  }

  /// Names and values of fields.
  private enum Word {
    static let time = Array("ts".utf8)
    static let number = Array("gid".utf8)
    static let type = Array("type".utf8)
    static let key = Array("key".utf8)
    static let status = Array("status".utf8)
    static let seconds = Array("ttl".utf8)
    static let connection = Array("cfd".utf8)
    static let skipped = Array("skipped".utf8)
    static let lookup = Array("item_get".utf8)
    static let store = Array("item_store".utf8)
    static let eviction = Array("eviction".utf8)
    static let found = Array("found".utf8)
    static let absent = Array("not_found".utf8)
    static let expired = Array("expired".utf8)
    static let flushed = Array("flushed".utf8)
    static let stored = Array("stored".utf8)
    static let tooLarge = Array("too_large".utf8)
    static let noMemory = Array("no_memory".utf8)
  }

  private static func holds(_ line: Span<UInt8>, _ range: Range<Int>, _ word: [UInt8]) -> Bool {
    guard range.count == word.count else { return false }
    for index in word.indices where line[range.lowerBound + index] != word[index] { return false }
    return true
  }

  /// A whole number from 0; nil for anything else, and beyond 18 digits.
  private static func decimal(_ line: Span<UInt8>, _ range: Range<Int>) -> Int64? {
    guard !range.isEmpty, range.count <= 18 else { return nil }
    var value: Int64 = 0
    for index in range {
      guard line[index] >= 0x30, line[index] <= 0x39 else { return nil }
      value = value * 10 + Int64(line[index] - 0x30)
    }
    return value
  }

  /// Appends a key; false where a percent sign is not the begin of two hexadecimal digits.
  static func append(_ line: Span<UInt8>, _ key: Range<Int>, to keys: inout [UInt8]) -> Bool {
    var position = key.lowerBound
    while position < key.upperBound {
      if line[position] != UInt8(ascii: "%") {
        keys.append(line[position])
        position += 1
        continue
      }
      guard position + 2 < key.upperBound, let high = digit(line[position + 1]),
        let low = digit(line[position + 2])
      else { return false }
      keys.append(high << 4 | low)
      position += 3
    }
    return true
  }

  private static func digit(_ byte: UInt8) -> UInt8? {
    switch byte {
    case 0x30...0x39: byte - 0x30
    case 0x41...0x46: byte - 0x41 + 10
    case 0x61...0x66: byte - 0x61 + 10
    default: nil
    }
  }
}
