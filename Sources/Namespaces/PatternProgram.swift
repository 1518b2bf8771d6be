/// Compiled patterns, one after the other, in flat arrays: matching touches no reference count and no heap.
struct PatternProgram: Sendable {
  /// One step of a pattern.
  struct Token: Sendable, Hashable {
    enum Kind: UInt8, Sendable {
      /// The bytes `first ..< first + count` of ``PatternProgram/literals``.
      case literal
      /// Any one byte.
      case any
      /// One byte of the set `first` of ``PatternProgram/sets``.
      case set
      /// Any number of bytes; `count` is the fixed length of what follows, or -1 when that varies.
      case star
      /// The tenant: at least one byte, none of them the separator. `first` and `count` name the literal that
      /// ends it; `count` is 0 when it runs to the separator or to the key's end.
      case capture
    }

    var kind: Kind
    var first: Int32 = 0
    var count: Int32 = 0
  }

  /// 256 bits: which bytes a class takes.
  struct ByteSet: Sendable, Hashable {
    private var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)

    @inline(__always)
    func contains(_ byte: UInt8) -> Bool {
      let bit = UInt64(1) << UInt64(byte & 63)
      switch byte >> 6 {
      case 0: return words.0 & bit != 0
      case 1: return words.1 & bit != 0
      case 2: return words.2 & bit != 0
      default: return words.3 & bit != 0
      }
    }

    mutating func insert(_ byte: UInt8) {
      let bit = UInt64(1) << UInt64(byte & 63)
      switch byte >> 6 {
      case 0: words.0 |= bit
      case 1: words.1 |= bit
      case 2: words.2 |= bit
      default: words.3 |= bit
      }
    }

    mutating func invert() {
      words = (~words.0, ~words.1, ~words.2, ~words.3)
    }

    static func == (left: ByteSet, right: ByteSet) -> Bool { left.words == right.words }

    func hash(into hasher: inout Hasher) {
      hasher.combine(words.0)
      hasher.combine(words.1)
      hasher.combine(words.2)
      hasher.combine(words.3)
    }
  }

  /// What ends a capture besides the literal that follows it.
  static let separator = UInt8(ascii: ":")

  private(set) var tokens: [Token] = []
  private(set) var literals: [UInt8] = []
  private(set) var sets: [ByteSet] = []

  mutating func append(_ kind: Token.Kind) {
    tokens.append(Token(kind: kind))
  }

  mutating func append(_ set: ByteSet) {
    tokens.append(Token(kind: .set, first: Int32(sets.count)))
    sets.append(set)
  }

  /// Adds one byte to the literal at the end, or begins one.
  mutating func append(literal byte: UInt8) {
    if tokens.last?.kind == .literal {
      tokens[tokens.count - 1].count += 1
    } else {
      tokens.append(Token(kind: .literal, first: Int32(literals.count), count: 1))
    }
    literals.append(byte)
  }

  /// Appends another program; answers where its tokens now lie.
  mutating func append(_ other: PatternProgram) -> Range<Int> {
    let begin = tokens.count
    for var token in other.tokens {
      switch token.kind {
      case .literal, .capture: token.first += Int32(literals.count)
      case .set: token.first += Int32(sets.count)
      case .any, .star: break
      }
      tokens.append(token)
    }
    literals += other.literals
    sets += other.sets
    return begin..<tokens.count
  }

  /// Tells each star how long the rest is, and each capture which literal ends it. Call once, at the end.
  mutating func seal() {
    var fixed: Int32 = 0
    for index in tokens.indices.reversed() {
      switch tokens[index].kind {
      case .literal: if fixed >= 0 { fixed += tokens[index].count }
      case .any, .set: if fixed >= 0 { fixed += 1 }
      case .star:
        tokens[index].count = fixed
        fixed = -1
      case .capture:
        fixed = -1
        guard index + 1 < tokens.count, tokens[index + 1].kind == .literal else { continue }
        tokens[index].first = tokens[index + 1].first
        tokens[index].count = tokens[index + 1].count
      }
    }
  }
}
