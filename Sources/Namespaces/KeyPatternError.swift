/// Why a text is no key pattern, where, and what to write instead.
public struct KeyPatternError: Error, Sendable, Hashable {
  /// What is wrong with a pattern.
  public enum Code: String, Sendable, Hashable, CaseIterable {
    /// The pattern has no byte.
    case empty
    /// The pattern is longer than ``KeyPattern/maximumLength`` bytes.
    case tooLong = "too_long"
    /// A `[` without its `]`.
    case unclosedClass = "unclosed_class"
    /// `[]`, which no byte can match.
    case emptyClass = "empty_class"
    /// A backslash with nothing after it.
    case trailingBackslash = "trailing_backslash"
    /// A `{tenant` without its `}`.
    case unclosedCapture = "unclosed_capture"
    /// `{Tenant}` or another spelling in capitals.
    case misspelledCapture = "misspelled_capture"
    /// A second `{tenant}`.
    case repeatedCapture = "repeated_capture"
    /// `{tenant}` directly before `?` or `[`, so that its end is unclear.
    case unboundedCapture = "unbounded_capture"
  }

  /// What is wrong.
  public let code: Code
  /// Offset in bytes from the pattern's begin at which it is wrong.
  public let offset: Int

  init(_ code: Code, at offset: Int) {
    self.code = code
    self.offset = offset
  }

  /// One sentence for people: what is wrong and what to write instead.
  public var message: String {
    switch code {
    case .empty: "the pattern is empty: write * to match every key"
    case .tooLong: "the pattern is longer than \(KeyPattern.maximumLength) bytes: shorten it with *"
    case .unclosedClass:
      "[ has no matching ]: close it, escape a - before ] as \\-, or write \\[ for the character itself"
    case .emptyClass: "[] matches no key: list characters in it, or write \\[ for the character itself"
    case .trailingBackslash: "\\ escapes nothing: write \\\\ for the character itself"
    case .unclosedCapture: "{tenant has no }: write {tenant}, or \\{tenant for the characters themselves"
    case .misspelledCapture: "the capture is in small letters: write {tenant}, or \\{ for the character itself"
    case .repeatedCapture: "{tenant} may stand once in a pattern: write * for the other segment"
    case .unboundedCapture: "{tenant} has no clear end: put a literal or * behind it, or nothing"
    }
  }
}

extension KeyPatternError: CustomStringConvertible {
  /// The message with its offset.
  public var description: String { "at byte \(offset): \(message)" }
}
