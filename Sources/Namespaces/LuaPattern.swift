/// A pattern of Lua's `string.find`, as redis_exporter's key groups are written: `^(.*)_[^_]+$`.
///
/// Immutable and safe to use from any thread. Works on bytes; `%f`, `%b` and back references are understood. A match takes
/// steps that can grow with a power of the key's length; ``group(of:)`` gives up after a bound and answers none.
public struct LuaPattern: Sendable {
  private let pattern: [UInt8]
  private let isAnchored: Bool

  /// The most steps of one match.
  private static let maximumSteps = 20_000
  /// The most captures, as in Lua.
  private static let maximumCaptures = 32

  /// What is wrong with a pattern.
  public struct SyntaxError: Error, Sendable, Hashable {
    /// One phrase.
    public let message: String
  }

  /// Reads a pattern; throws where Lua would on its first use.
  public init(_ text: String) throws(SyntaxError) {
    let bytes = Array(text.utf8)
    isAnchored = bytes.first == UInt8(ascii: "^")
    pattern = Array(bytes.dropFirst(isAnchored ? 1 : 0))
    try Self.check(pattern)
  }

  private static func check(_ pattern: [UInt8]) throws(SyntaxError) {
    var position = 0
    var open = 0
    var captures = 0
    while position < pattern.count {
      switch pattern[position] {
      case UInt8(ascii: "("):
        open += 1
        captures += 1
      case UInt8(ascii: ")"): open -= 1
      case UInt8(ascii: "%"):
        position += 1
        guard position < pattern.count else { throw SyntaxError(message: "ends with %") }
        if pattern[position] == UInt8(ascii: "b") {
          position += 2
          guard position < pattern.count else { throw SyntaxError(message: "lacks the two bytes of %b") }
        }
      case UInt8(ascii: "["):
        guard let end = classEnd(pattern, position) else { throw SyntaxError(message: "has a [ without its ]") }
        position = end - 1
      default: break
      }
      guard open >= 0 else { throw SyntaxError(message: "has a ) without its (") }
      position += 1
    }
    guard open == 0 else { throw SyntaxError(message: "has a ( without its )") }
    guard captures <= maximumCaptures else { throw SyntaxError(message: "has more than 32 captures") }
  }

  /// The position after the class that begins at `start`; nil when it has no end.
  fileprivate static func classEnd(_ pattern: [UInt8], _ start: Int) -> Int? {
    var position = start + 1
    if position < pattern.count, pattern[position] == UInt8(ascii: "^") { position += 1 }
    repeat {
      guard position < pattern.count else { return nil }
      position += pattern[position] == UInt8(ascii: "%") ? 2 : 1
    } while position >= pattern.count || pattern[position] != UInt8(ascii: "]")
    return position + 1
  }

  /// The key's group: its captures joined, or the whole match of a pattern without captures; nil without a match.
  public func group(of key: [UInt8]) -> [UInt8]? {
    var start = 0
    repeat {
      var match = LuaMatch(pattern: pattern, key: key, steps: Self.maximumSteps)
      if let end = match.run(start, 0) {
        return match.captures.isEmpty ? Array(key[start..<end]) : match.joined
      }
      start += 1
    } while start <= key.count && !isAnchored
    return nil
  }
}

/// One attempt to match at one place.
private struct LuaMatch {
  struct Capture {
    var start: Int
    /// Nil while it is open.
    var end: Int?
    var isPosition = false
  }

  let pattern: [UInt8]
  let key: [UInt8]
  var steps: Int
  var captures: [Capture] = []

  var joined: [UInt8] {
    captures.flatMap { $0.isPosition ? Array("\($0.start + 1)".utf8) : Array(key[$0.start..<($0.end ?? $0.start)]) }
  }

  /// The end of the match of the pattern's rest with the key's rest; nil without one.
  mutating func run(_ from: Int, _ place: Int) -> Int? {
    var (at, place) = (from, place)
    while true {
      steps -= 1
      guard steps > 0 else { return nil }
      guard place < pattern.count else { return at }
      switch pattern[place] {
      case UInt8(ascii: "("): return open(at, place)
      case UInt8(ascii: ")"): return close(at, place)
      case UInt8(ascii: "$") where place + 1 == pattern.count: return at == key.count ? at : nil
      case UInt8(ascii: "%"):
        switch place + 1 < pattern.count ? pattern[place + 1] : 0 {
        case UInt8(ascii: "b"):
          guard let end = balanced(at, place + 2) else { return nil }
          (at, place) = (end, place + 4)
          continue
        case UInt8(ascii: "f"):
          guard let end = LuaPattern.classEnd(pattern, place + 2) else { return nil }
          let before = at == 0 ? 0 : key[at - 1]
          let here = at < key.count ? key[at] : 0
          guard !isInClass(before, place + 2, end), isInClass(here, place + 2, end) else { return nil }
          place = end
          continue
        case let digit where (48...57).contains(digit):
          guard let end = back(at, Int(digit) - 49) else { return nil }
          (at, place) = (end, place + 2)
          continue
        default: break
        }
      default: break
      }
      guard let end = itemEnd(place) else { return nil }
      let suffix = end < pattern.count ? pattern[end] : 0
      switch suffix {
      case UInt8(ascii: "?"):
        if matches(at, place, end) {
          let kept = captures
          if let result = run(at + 1, end + 1) { return result }
          captures = kept
        }
        place = end + 1
      case UInt8(ascii: "+"): return matches(at, place, end) ? longest(at + 1, place, end) : nil
      case UInt8(ascii: "*"): return longest(at, place, end)
      case UInt8(ascii: "-"): return shortest(at, place, end)
      default:
        guard matches(at, place, end) else { return nil }
        (at, place) = (at + 1, end)
      }
    }
  }

  private mutating func open(_ at: Int, _ place: Int) -> Int? {
    let kept = captures
    let isPosition = place + 1 < pattern.count && pattern[place + 1] == UInt8(ascii: ")")
    captures.append(Capture(start: at, end: isPosition ? at : nil, isPosition: isPosition))
    if let result = run(at, place + (isPosition ? 2 : 1)) { return result }
    captures = kept
    return nil
  }

  private mutating func close(_ at: Int, _ place: Int) -> Int? {
    guard let last = captures.lastIndex(where: { $0.end == nil }) else { return nil }
    captures[last].end = at
    if let result = run(at, place + 1) { return result }
    captures[last].end = nil
    return nil
  }

  private mutating func longest(_ at: Int, _ place: Int, _ end: Int) -> Int? {
    var count = 0
    while matches(at + count, place, end) { count += 1 }
    while count >= 0 {
      let kept = captures
      if let result = run(at + count, end + 1) { return result }
      captures = kept
      guard steps > 0 else { return nil }
      count -= 1
    }
    return nil
  }

  private mutating func shortest(_ from: Int, _ place: Int, _ end: Int) -> Int? {
    var at = from
    while steps > 0 {
      let kept = captures
      if let result = run(at, end + 1) { return result }
      captures = kept
      guard matches(at, place, end) else { return nil }
      at += 1
    }
    return nil
  }

  private func balanced(_ at: Int, _ place: Int) -> Int? {
    guard place + 1 < pattern.count, at < key.count, key[at] == pattern[place] else { return nil }
    var depth = 1
    var position = at + 1
    while position < key.count {
      if key[position] == pattern[place + 1] {
        depth -= 1
        if depth == 0 { return position + 1 }
      } else if key[position] == pattern[place] {
        depth += 1
      }
      position += 1
    }
    return nil
  }

  private func back(_ at: Int, _ number: Int) -> Int? {
    guard captures.indices.contains(number), let end = captures[number].end else { return nil }
    let text = key[captures[number].start..<end]
    return key[at...].starts(with: text) ? at + text.count : nil
  }

  private func itemEnd(_ place: Int) -> Int? {
    switch pattern[place] {
    case UInt8(ascii: "%"): place + 2 <= pattern.count ? place + 2 : nil
    case UInt8(ascii: "["): LuaPattern.classEnd(pattern, place)
    default: place + 1
    }
  }

  private func matches(_ at: Int, _ place: Int, _ end: Int) -> Bool {
    guard at < key.count else { return false }
    switch pattern[place] {
    case UInt8(ascii: "."): return true
    case UInt8(ascii: "%"): return Self.isOfKind(key[at], pattern[place + 1])
    case UInt8(ascii: "["): return isInClass(key[at], place, end)
    default: return key[at] == pattern[place]
    }
  }

  /// Whether the byte is in the class `[…]` at `place`, which ends before `end`.
  private func isInClass(_ byte: UInt8, _ place: Int, _ end: Int) -> Bool {
    var position = place + 1
    let isNegated = position < end && pattern[position] == UInt8(ascii: "^")
    if isNegated { position += 1 }
    while position < end - 1 {
      if pattern[position] == UInt8(ascii: "%"), position + 1 < end - 1 {
        if Self.isOfKind(byte, pattern[position + 1]) { return !isNegated }
        position += 2
      } else if position + 2 < end - 1, pattern[position + 1] == UInt8(ascii: "-") {
        if pattern[position] <= byte, byte <= pattern[position + 2] { return !isNegated }
        position += 3
      } else {
        if pattern[position] == byte { return !isNegated }
        position += 1
      }
    }
    return isNegated
  }

  /// `%a`, `%d`, …; a capital letter stands for all other bytes, anything else for itself.
  private static func isOfKind(_ byte: UInt8, _ kind: UInt8) -> Bool {
    let lower = kind | 0x20
    let isLetter = (65...90).contains(byte) || (97...122).contains(byte)
    let isDigit = (48...57).contains(byte)
    let result: Bool
    switch lower {
    case UInt8(ascii: "a") where kind > 64: result = isLetter
    case UInt8(ascii: "d") where kind > 64: result = isDigit
    case UInt8(ascii: "l") where kind > 64: result = (97...122).contains(byte)
    case UInt8(ascii: "u") where kind > 64: result = (65...90).contains(byte)
    case UInt8(ascii: "s") where kind > 64: result = byte == 32 || (9...13).contains(byte)
    case UInt8(ascii: "w") where kind > 64: result = isLetter || isDigit
    case UInt8(ascii: "c") where kind > 64: result = byte < 32 || byte == 127
    case UInt8(ascii: "p") where kind > 64: result = (33...126).contains(byte) && !isLetter && !isDigit
    case UInt8(ascii: "x") where kind > 64:
      result = isDigit || (65...70).contains(byte) || (97...102).contains(byte)
    case UInt8(ascii: "z") where kind > 64: result = byte == 0
    default: return byte == kind
    }
    return (65...90).contains(kind) ? !result : result
  }
}
