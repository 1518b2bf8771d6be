/// A series' name in a rule, where one `*` may stand for any run of characters. Matches bytes: rings hold thousands of names.
struct NamePattern: Sendable {
  private let prefix: [UInt8]
  /// What follows the `*`; nil where there is none.
  private let suffix: [UInt8]?

  init(_ text: String) {
    let bytes = Array(text.utf8)
    let star = bytes.firstIndex(of: UInt8(ascii: "*"))
    prefix = Array(bytes[..<(star ?? bytes.endIndex)])
    suffix = star.map { Array(bytes[($0 + 1)...]) }
  }

  /// What `*` stands for if `name` matches; empty for a pattern without one, nil if it does not match.
  func match(_ name: String) -> String? {
    let bytes = name.utf8
    guard bytes.starts(with: prefix) else { return nil }
    let rest = bytes.dropFirst(prefix.count)
    guard let suffix else { return rest.isEmpty ? "" : nil }
    guard rest.count >= suffix.count, rest.suffix(suffix.count).elementsEqual(suffix) else { return nil }
    return String(rest.dropLast(suffix.count))
  }

  /// The name that it stands for where `*` is `text`.
  func filled(_ text: String) -> String {
    guard let suffix else { return String(decoding: prefix, as: UTF8.self) }
    return String(decoding: prefix + text.utf8 + suffix, as: UTF8.self)
  }
}
