/// Finds the namespaces of a cache from a sample of its keys.
///
/// Keys are cut at separators into a tree. Parts that name something (few, and many keys share each) stay; parts that tell keys
/// apart (numbers, identifiers, or too many different ones) become `*`. Each way from the root to a leaf is a pattern then. The
/// answer depends on the set of keys only, not on their order. Memory is bounded by the number of keys taken.
public struct KeyShapes: Sendable {
  /// A namespace that was found.
  public struct Found: Sendable, Hashable {
    /// A name for it, unique among those found.
    public var name: String
    /// A glob over its keys.
    public var pattern: String
    /// The part of the sampled keys that is its, in 0…1.
    public var share: Double
  }

  /// Keys beyond so many are not taken.
  public static let maximumKeys = 50_000
  /// The most namespaces that are found.
  public static let maximumFound = 24
  private static let maximumDepth = 6

  private final class Node {
    var count = 0
    var ends = 0
    var children: [Part: Node] = [:]
  }

  /// A part of a key with the separator before it; `text` is nil where keys differ.
  private struct Part: Hashable {
    var separator: UInt8
    var text: [UInt8]?
    /// Whether digits follow the text.
    var isCut = false
  }

  private var keys: [[Part]] = []

  /// No keys yet.
  public init() {}

  /// How many keys were taken.
  public var count: Int { keys.count }

  /// Takes a key.
  public mutating func add(_ key: Span<UInt8>) {
    guard keys.count < Self.maximumKeys, key.count > 0 else { return }
    let strong: [UInt8] = [0x3A, 0x2F, 0x7C, 0x23, 0x2E]  // : / | # .
    let weak: [UInt8] = [0x2D, 0x5F]  // - _
    let separators = key.indices.contains { strong.contains(key[$0]) } ? strong : weak
    var parts: [Part] = []
    var part = Part(separator: 0, text: [])
    for index in key.indices {
      if separators.contains(key[index]), parts.count < Self.maximumDepth - 1 {
        parts.append(part)
        part = Part(separator: key[index], text: [])
      } else {
        part.text?.append(key[index])
      }
    }
    parts.append(part)
    keys.append(parts.map { Self.isIdentifier($0.text ?? []) ? Part(separator: $0.separator, text: nil) : $0 })
    // `user123` is a user.
    if let first = parts[0].text, keys[keys.count - 1][0].text == nil {
      let word = first.prefix { !Self.isDigit($0) }
      if word.count >= 2, word.count <= 24, first.dropFirst(word.count).allSatisfy(Self.isDigit),
        !word.contains(where: Self.isControl), String(validating: word, as: UTF8.self) != nil
      {
        keys[keys.count - 1][0] = Part(separator: 0, text: Array(word), isCut: true)
      }
    }
  }

  private static func isDigit(_ byte: UInt8) -> Bool { byte >= 0x30 && byte <= 0x39 }

  private static func isControl(_ byte: UInt8) -> Bool { byte < 0x20 || byte == 0x7F }

  /// The namespaces, largest first; those with less than a part in two hundred of the keys are left out.
  public var found: [Found] {
    let root = Node()
    for key in keys { insert(key[...], into: root) }
    var patterns: [(pattern: [Part], count: Int)] = []
    collect(root, [], &patterns)
    // Shorter and longer ways may come to the same glob.
    patterns = Dictionary(grouping: patterns) { Self.text($0.pattern) }.values.map { same in
      (same[0].pattern, same.reduce(0) { $0 + $1.count })
    }
    let least = max(2, keys.count / 200)
    var names: Set<String> = ["other"]
    return patterns.filter { $0.count >= least && $0.pattern.contains { $0.text != nil } }
      .sorted { ($1.count, Self.text($0.pattern)) < ($0.count, Self.text($1.pattern)) }
      .prefix(Self.maximumFound)
      .map { pattern, count in
        let name = Self.name(pattern, &names)
        return Found(name: name, pattern: Self.text(pattern), share: Double(count) / Double(keys.count))
      }
  }

  private func insert(_ parts: ArraySlice<Part>, into node: Node) {
    node.count += 1
    guard let part = parts.first else {
      node.ends += 1
      return
    }
    let child = node.children[part] ?? Node()
    node.children[part] = child
    insert(parts.dropFirst(), into: child)
  }

  /// Depth first: children that don't repeat enough are one.
  private func collect(_ node: Node, _ path: [Part], _ patterns: inout [(pattern: [Part], count: Int)]) {
    if node.ends > 0, !path.isEmpty { patterns.append((path, node.ends)) }
    for separator in Set(node.children.keys.map(\.separator)).sorted() {
      let group = node.children.filter { $0.key.separator == separator }
      var rest = Node()
      for (part, child) in group {
        // A word names something when many keys share it, and it is one of few.
        let isName = part.text != nil && child.count >= 3 && child.count * 100 >= node.count
        if isName { collect(child, path + [part], &patterns) } else { rest = merged(rest, child) }
      }
      guard rest.count > 0 else { continue }
      // What follows an identifier is a namespace of its own only where it is a word that many of them share.
      collect(rest, path + [Part(separator: separator, text: nil)], &patterns)
    }
  }

  private func merged(_ left: Node, _ right: Node) -> Node {
    left.count += right.count
    left.ends += right.ends
    for (part, child) in right.children { left.children[part] = merged(left.children[part] ?? Node(), child) }
    return left
  }

  /// Whether a part tells keys apart rather than names what they are: it has a digit in the midst of its letters or consists of
  /// digits, or is long.
  private static func isIdentifier(_ text: [UInt8]) -> Bool {
    guard !text.isEmpty else { return false }
    let digits = text.count(where: isDigit)
    if digits == text.count || text.count > 24 || text.contains(where: isControl)
      || String(validating: text, as: UTF8.self) == nil
    {
      return true
    }
    // `v2` and `oauth2` are names.
    let isVersion = digits <= 2 && !text.dropLast(digits).contains(where: isDigit)
    return digits > 0 && !isVersion
  }

  /// A glob; wildcards at its end are one.
  private static func text(_ parts: [Part]) -> String {
    var bytes: [UInt8] = []
    var kept = parts[...]
    while kept.count > 1, kept.last?.text == nil, kept.dropLast().last?.text == nil { kept = kept.dropLast() }
    if kept.count == 2, kept.last?.text == nil, kept.first?.isCut == true { kept = kept.dropLast() }
    for part in kept {
      if part.separator != 0 { bytes.append(part.separator) }
      guard let text = part.text else {
        bytes.append(UInt8(ascii: "*"))
        continue
      }
      for byte in text {
        if [0x2A, 0x3F, 0x5B, 0x5D, 0x5C, 0x7B].contains(byte) { bytes.append(UInt8(ascii: "\\")) }
        bytes.append(byte)
      }
      if part.isCut { bytes.append(UInt8(ascii: "*")) }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  private static func name(_ parts: [Part], _ taken: inout Set<String>) -> String {
    let words = parts.compactMap(\.text).map { text in
      String(decoding: text.map { isWord($0) ? $0 : UInt8(ascii: "_") }, as: UTF8.self).lowercased()
    }
    let base = words.filter { $0.contains { $0 != "_" } }.joined(separator: "_")
    var name = base
    var number = 2
    while taken.contains(name) || name.isEmpty {
      name = "\(base.isEmpty ? "keys" : base)_\(number)"
      number += 1
    }
    taken.insert(name)
    return name
  }

  private static func isWord(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x5F: true
    default: false
    }
  }
}
