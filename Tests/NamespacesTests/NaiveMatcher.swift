/// The meaning of a pattern in the fewest words: tries every length of every star, without a thought for time.
/// What the fast matcher is compared with.
struct NaiveMatcher {
  private let pattern: [UInt8]
  private let key: [UInt8]
  private(set) var tenant: Range<Int>?
  private static let capture = Array("{tenant}".utf8)

  /// Whether `pattern`, which must be valid, matches all of `key`, and the tenant in it.
  static func match(_ pattern: String, _ key: [UInt8]) -> (matches: Bool, tenant: Range<Int>?) {
    var matcher = NaiveMatcher(pattern: Array(pattern.utf8), key: key)
    let matches = matcher.matches(0, 0)
    return (matches, matches ? matcher.tenant : nil)
  }

  private init(pattern: [UInt8], key: [UInt8]) {
    self.pattern = pattern
    self.key = key
  }

  private mutating func matches(_ p: Int, _ k: Int) -> Bool {
    guard p < pattern.count else { return k == key.count }
    switch pattern[p] {
    case UInt8(ascii: "*"):
      for next in k...key.count where matches(p + 1, next) { return true }
      return false
    case UInt8(ascii: "?"): return k < key.count && matches(p + 1, k + 1)
    case UInt8(ascii: "["):
      let (members, end) = members(from: p + 1)
      return k < key.count && members.contains(key[k]) && matches(end, k + 1)
    case UInt8(ascii: "{") where pattern[p...].starts(with: Self.capture):
      guard let end = captureEnd(p + Self.capture.count, k) else { return false }
      tenant = k..<end
      return matches(p + Self.capture.count, end)
    case UInt8(ascii: "\\"): return k < key.count && key[k] == pattern[p + 1] && matches(p + 2, k + 1)
    case let byte: return k < key.count && key[k] == byte && matches(p + 1, k + 1)
    }
  }

  private func captureEnd(_ rest: Int, _ begin: Int) -> Int? {
    let literal = literal(from: rest)
    let limit = key[begin...].firstIndex(of: UInt8(ascii: ":")) ?? key.count
    if literal.isEmpty { return limit > begin ? limit : nil }
    guard begin < limit else { return nil }
    return (begin + 1...limit).first { key[$0...].starts(with: literal) }
  }

  private func literal(from begin: Int) -> [UInt8] {
    var result: [UInt8] = []
    var p = begin
    while p < pattern.count, !"*?[".utf8.contains(pattern[p]) {
      if pattern[p] == UInt8(ascii: "\\") { p += 1 }
      result.append(pattern[p])
      p += 1
    }
    return result
  }

  private func members(from begin: Int) -> (Set<UInt8>, end: Int) {
    var members: Set<UInt8> = []
    var p = begin
    let isNegated = pattern[p] == UInt8(ascii: "^")
    if isNegated { p += 1 }
    while pattern[p] != UInt8(ascii: "]") {
      if pattern[p] == UInt8(ascii: "\\") {
        members.insert(pattern[p + 1])
        p += 2
      } else if pattern[p + 1] == UInt8(ascii: "-") && p + 2 < pattern.count {
        members.formUnion(min(pattern[p], pattern[p + 2])...max(pattern[p], pattern[p + 2]))
        p += 3
      } else {
        members.insert(pattern[p])
        p += 1
      }
    }
    return (isNegated ? Set(0...255).subtracting(members) : members, p + 1)
  }
}
