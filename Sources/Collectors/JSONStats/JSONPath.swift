/// Where a value is in a JSON document: a JSON Pointer (RFC 6901) in which a token `*` stands for every member or item, and
/// `{name}` for the name of a namespace.
public struct JSONPath: Sendable, Hashable {
  /// One step down.
  enum Token: Sendable, Hashable {
    /// A member of this name, or the item at this position.
    case name(String)
    /// Every member or item.
    case every
  }

  /// What is wrong with a text that is none.
  public struct Problem: Error, Sendable, Hashable {
    /// For people.
    public let message: String
  }

  /// As it was written.
  public let text: String
  let tokens: [Token]

  /// The most steps that a path may have.
  public static let maximumTokens = 16

  /// Reads `/stats/hits`, `/workers/*/hits` or `/caches/{name}/size`; `/` in a name is `~1`, `~` is `~0`.
  public init(parsing text: String) throws(Problem) {
    guard text.hasPrefix("/") else { throw Problem(message: "a path begins with a slash, such as /stats/hits") }
    let parts = text.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count <= Self.maximumTokens else {
      throw Problem(message: "a path has at most \(Self.maximumTokens) parts")
    }
    var tokens: [Token] = []
    for part in parts { tokens.append(part == "*" ? .every : .name(try Self.unescaped(part))) }
    self.text = text
    self.tokens = tokens
  }

  private init(text: String, tokens: [Token]) {
    self.text = text
    self.tokens = tokens
  }

  /// Whether it says `{name}`.
  public var namesNamespace: Bool {
    tokens.contains { if case .name(let name) = $0 { name.contains(Self.placeholder) } else { false } }
  }

  /// The path of one namespace: `{name}` is what it is called in the document.
  func of(_ name: String) -> JSONPath {
    JSONPath(
      text: text,
      tokens: tokens.map { token in
        if case .name(let text) = token { .name(text.replacing(Self.placeholder, with: name)) } else { token }
      })
  }

  private static let placeholder = "{name}"

  private static func unescaped(_ part: Substring) throws(Problem) -> String {
    var result = ""
    var rest = part
    while let character = rest.popFirst() {
      guard character == "~" else {
        result.append(character)
        continue
      }
      switch rest.popFirst() {
      case "0": result.append("~")
      case "1": result.append("/")
      default: throw Problem(message: "~ is followed by 0 (for ~) or 1 (for /)")
      }
    }
    return result
  }
}
