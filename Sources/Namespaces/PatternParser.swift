/// Reads one pattern's bytes into a program.
struct PatternParser {
  private let bytes: [UInt8]
  private var position = 0
  private var captureOffset: Int?
  private var program = PatternProgram()

  private static let captureName = Array("{tenant".utf8)

  static func parse(_ bytes: [UInt8]) throws(KeyPatternError) -> PatternProgram {
    guard !bytes.isEmpty else { throw KeyPatternError(.empty, at: 0) }
    guard bytes.count <= KeyPattern.maximumLength else {
      throw KeyPatternError(.tooLong, at: KeyPattern.maximumLength)
    }
    var parser = PatternParser(bytes: bytes)
    while parser.position < bytes.count { try parser.takeToken() }
    parser.program.seal()
    return parser.program
  }

  private init(bytes: [UInt8]) {
    self.bytes = bytes
  }

  private mutating func takeToken() throws(KeyPatternError) {
    switch bytes[position] {
    case UInt8(ascii: "*"):
      // Stars in a row mean what one means.
      if program.tokens.last?.kind != .star { program.append(.star) }
      position += 1
    case UInt8(ascii: "?"):
      try requireBounded()
      program.append(.any)
      position += 1
    case UInt8(ascii: "["): try takeClass()
    case UInt8(ascii: "\\"):
      guard position + 1 < bytes.count else { throw KeyPatternError(.trailingBackslash, at: position) }
      program.append(literal: bytes[position + 1])
      position += 2
    case UInt8(ascii: "{") where looksLikeCapture: try takeCapture()
    case let byte:
      program.append(literal: byte)
      position += 1
    }
  }

  private func requireBounded() throws(KeyPatternError) {
    guard program.tokens.last?.kind != .capture else {
      throw KeyPatternError(.unboundedCapture, at: position)
    }
  }

  // MARK: Classes

  private mutating func takeClass() throws(KeyPatternError) {
    try requireBounded()
    let begin = position
    position += 1
    let isNegated = position < bytes.count && bytes[position] == UInt8(ascii: "^")
    if isNegated { position += 1 }
    var set = PatternProgram.ByteSet()
    var isEmpty = true
    while try !takeClassEnd(begin: begin) {
      try takeClassMember(into: &set, begin: begin)
      isEmpty = false
    }
    if isEmpty && !isNegated { throw KeyPatternError(.emptyClass, at: begin) }
    if isNegated { set.invert() }
    program.append(set)
  }

  private mutating func takeClassEnd(begin: Int) throws(KeyPatternError) -> Bool {
    guard position < bytes.count else { throw KeyPatternError(.unclosedClass, at: begin) }
    guard bytes[position] == UInt8(ascii: "]") else { return false }
    position += 1
    return true
  }

  /// One byte, an escaped byte, or a range. As in Redis a range's ends may come in either order, and the byte
  /// after `-` is an end whatever it is.
  private mutating func takeClassMember(
    into set: inout PatternProgram.ByteSet, begin: Int
  ) throws(KeyPatternError) {
    let first = bytes[position]
    if first == UInt8(ascii: "\\") {
      guard position + 1 < bytes.count else { throw KeyPatternError(.unclosedClass, at: begin) }
      set.insert(bytes[position + 1])
      position += 2
    } else if position + 2 < bytes.count, bytes[position + 1] == UInt8(ascii: "-") {
      let last = bytes[position + 2]
      for byte in min(first, last)...max(first, last) { set.insert(byte) }
      position += 3
    } else {
      set.insert(first)
      position += 1
    }
  }

  // MARK: The capture

  /// Whether `{tenant`, in whatever capitals, begins here. Any other brace is a plain byte, as in Redis: cluster
  /// hash tags are written so.
  private var looksLikeCapture: Bool {
    let end = position + Self.captureName.count
    guard end <= bytes.count else { return false }
    guard zip(bytes[position..<end], Self.captureName).allSatisfy({ $0 | 0x20 == $1 | 0x20 }) else { return false }
    guard end < bytes.count else { return true }
    let next = bytes[end] | 0x20
    return !(UInt8(ascii: "a")...UInt8(ascii: "z")).contains(next)
  }

  private mutating func takeCapture() throws(KeyPatternError) {
    let end = position + Self.captureName.count
    guard end < bytes.count, bytes[end] == UInt8(ascii: "}") else {
      throw KeyPatternError(.unclosedCapture, at: position)
    }
    guard bytes[position..<end].elementsEqual(Self.captureName) else {
      throw KeyPatternError(.misspelledCapture, at: position)
    }
    guard captureOffset == nil else { throw KeyPatternError(.repeatedCapture, at: position) }
    captureOffset = position
    program.append(.capture)
    position = end + 1
  }
}
