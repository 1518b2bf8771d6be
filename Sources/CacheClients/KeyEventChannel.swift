import CacheModel

/// The channels that keyspace notifications come through: `__keyevent@<database>__:<event>`.
enum KeyEventChannel {
  private static let prefix = Array("__keyevent@".utf8)
  private static let middle = Array("__:".utf8)
  /// More databases are neither subscribed to nor remembered.
  private static let mostDatabases = 1024

  /// The channel's name.
  static func name(_ kind: KeyEventKind, database: Int) -> String { "__keyevent@\(database)__:\(kind.rawValue)" }

  /// What the name between `range` says; nil when it is no such channel, or one that nobody can have subscribed to. Allocates nothing.
  static func parse(_ bytes: Span<UInt8>, _ range: Range<Int>) -> (kind: KeyEventKind, database: Int)? {
    var position = range.lowerBound
    guard matches(prefix, bytes, at: position, range) else { return nil }
    position += prefix.count
    var database = 0
    let digits = position
    while position < range.upperBound, bytes[position] >= 0x30, bytes[position] <= 0x39, position - digits < 4 {
      database = database * 10 + Int(bytes[position] - 0x30)
      position += 1
    }
    guard position > digits, database < mostDatabases, matches(middle, bytes, at: position, range) else {
      return nil
    }
    position += middle.count
    guard position < range.upperBound, let kind = kind(of: bytes, position, range) else { return nil }
    return (kind, database)
  }

  /// The kinds' names differ in their first two bytes.
  private static func kind(of bytes: Span<UInt8>, _ start: Int, _ range: Range<Int>) -> KeyEventKind? {
    guard range.upperBound - start >= 3 else { return nil }
    switch (bytes[start], bytes[start + 1]) {
    case (UInt8(ascii: "k"), _): return .keymiss
    case (UInt8(ascii: "e"), UInt8(ascii: "x")): return range.upperBound - start == 7 ? .expired : nil
    case (UInt8(ascii: "e"), _): return .evicted
    case (UInt8(ascii: "d"), _): return .del
    case (UInt8(ascii: "r"), _): return .renamed
    case (UInt8(ascii: "m"), _): return .moved
    default: return nil
    }
  }

  private static func matches(_ text: [UInt8], _ bytes: Span<UInt8>, at start: Int, _ range: Range<Int>) -> Bool {
    guard start + text.count <= range.upperBound else { return false }
    for index in text.indices where bytes[start + index] != text[index] { return false }
    return true
  }
}
