/// A glob over keys, which are arbitrary bytes, as Redis reads it: `*` any bytes, `?` one byte, `[a-c]` and `[^x]`
/// one byte of a class, a backslash before a byte that means itself.
///
/// Beyond Redis, `{tenant}` matches and captures one segment: one byte or more, up to the literal that follows it in
/// the pattern or else to the next `:` or the key's end, and never over a `:`. Where several readings are possible,
/// each `*` is as short as it can be, the first one first. Any other brace means itself.
///
/// Stricter than Redis in three places, so that a slip in a configuration is found: an unclosed or empty class and a
/// trailing backslash are errors.
public struct KeyPattern: Sendable {
  /// The longest pattern that is accepted, in bytes.
  public static let maximumLength = 1024

  /// The pattern as written.
  public let bytes: [UInt8]
  let program: PatternProgram

  /// Reads a pattern; throws with code and offset where it is none.
  public init(_ text: String) throws(KeyPatternError) {
    try self.init(bytes: Array(text.utf8))
  }

  /// Reads a pattern of arbitrary bytes; throws with code and offset where it is none.
  public init(bytes: [UInt8]) throws(KeyPatternError) {
    self.bytes = bytes
    program = try PatternParser.parse(bytes)
  }

  /// Whether the pattern matches the whole of `key`.
  ///
  /// Costs at most the product of both lengths, mostly their sum; allocates nothing.
  public func matches(_ key: Span<UInt8>) -> Bool {
    var capture = CaptureRange()
    return program.matches(0..<program.tokens.count, key, from: 0, capture: &capture)
  }

  /// The range of the tenant in `key`; nil when the pattern does not match or captures none. Costs as ``matches(_:)``.
  public func tenant(in key: Span<UInt8>) -> Range<Int>? {
    var capture = CaptureRange()
    guard program.matches(0..<program.tokens.count, key, from: 0, capture: &capture) else { return nil }
    return capture.range
  }

  /// Whether the pattern holds `{tenant}`.
  public var capturesTenant: Bool { program.tokens.contains { $0.kind == .capture } }

  /// The bytes before the first wildcard: what every matching key begins with.
  var literalPrefix: ArraySlice<UInt8> {
    guard let first = program.tokens.first, first.kind == .literal else { return [] }
    return program.literals[Int(first.first)..<Int(first.first + first.count)]
  }

  /// How narrow the pattern is: the more specific of two compares as less.
  var specificity: Specificity {
    Specificity(
      prefix: literalPrefix.count, literals: program.literals.count,
      wildcards: program.tokens.count { $0.kind != .literal })
  }
}

/// The order in which patterns are tried: the longer literal prefix, then more literal bytes in all, then fewer
/// wildcards. What is equal in all three keeps the configuration's order.
struct Specificity: Sendable, Hashable, Comparable {
  var prefix: Int
  var literals: Int
  var wildcards: Int

  static func < (left: Self, right: Self) -> Bool {
    (right.prefix, right.literals, left.wildcards) < (left.prefix, left.literals, right.wildcards)
  }
}
