import Exposition

/// What a removal has come by, and what it did.
struct RemovalTally: Sendable, Hashable {
  /// Keys looked at.
  var visited: Int64 = 0
  /// Those that are meant.
  var matched: Int64 = 0
  /// Bytes that these take, as far as the server tells.
  var bytes: Int64 = 0
  /// Those that were removed.
  var removed: Int64 = 0

  /// One sentence for people. `isDry` is where nothing was to be removed.
  func sentence(isDry: Bool) -> String {
    let visited = Self.keys(self.visited)
    guard matched > 0 else { return "None of \(visited) is meant." }
    let size = bytes > 0 ? " (\(humanSize(bytes)))" : ""
    return isDry
      ? "\(Self.keys(matched)) of \(Self.grouped(self.visited))\(size) would be removed: say --yes to do so."
      : "Removed \(Self.keys(removed))\(size) of \(visited)."
  }

  static func keys(_ count: Int64) -> String { "\(grouped(count)) \(count == 1 ? "key" : "keys")" }

  static func grouped(_ count: Int64) -> String {
    let digits = Array(String(count))
    return digits.indices.map { index in
      (index > 0 && (digits.count - index) % 3 == 0 ? "," : "") + String(digits[index])
    }.joined()
  }
}
