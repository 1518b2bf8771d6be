/// A regular expression as a tree.
indirect enum PatternNode {
  case empty
  case characters(RegularExpression.Characters)
  case start
  case end
  case sequence([PatternNode])
  case alternatives([PatternNode])
  case repeated(PatternNode, Int, Int?)
}

/// Reads a regular expression; errors carry the column, in bytes from 1.
struct PatternParser {
  private let scalars: [Unicode.Scalar]
  private var position = 0
  private var depth = 0
  private(set) var ignoresCase = false

  init(_ pattern: String) { scalars = Array(pattern.unicodeScalars) }

  mutating func parse() throws(QueryError) -> PatternNode {
    if scalars.starts(with: "(?i)".unicodeScalars) {
      ignoresCase = true
      position = 4
    }
    let node = try alternatives()
    guard position == scalars.count else { throw fault("the regular expression has a ')' without '('") }
    return node
  }

  private var peek: Unicode.Scalar? { position < scalars.count ? scalars[position] : nil }

  private mutating func take(_ scalar: Unicode.Scalar) -> Bool {
    guard peek == scalar else { return false }
    position += 1
    return true
  }

  private func fault(_ message: String, _ code: QueryError.Code = .syntax) -> QueryError {
    QueryError(code, column: scalars[..<position].reduce(1) { $0 + UTF8.width($1) }, message)
  }

  private mutating func alternatives() throws(QueryError) -> PatternNode {
    depth += 1
    defer { depth -= 1 }
    guard depth <= 50 else {
      throw fault("the regular expression is nested too deeply: at most 50 groups", .refused)
    }
    var nodes = [try sequence()]
    while take("|") { nodes.append(try sequence()) }
    return nodes.count == 1 ? nodes[0] : .alternatives(nodes)
  }

  private mutating func sequence() throws(QueryError) -> PatternNode {
    var nodes: [PatternNode] = []
    while let scalar = peek, scalar != "|", scalar != ")" {
      let node = try atom()
      nodes.append(try quantified(node))
    }
    return nodes.count == 1 ? nodes[0] : .sequence(nodes)
  }

  private mutating func atom() throws(QueryError) -> PatternNode {
    guard let scalar = peek else { return .empty }
    switch scalar {
    case "*", "+", "?": throw fault("'\(scalar)' has nothing to repeat in the regular expression")
    case "(": return try group()
    case "[": return .characters(try bracket())
    case "\\": return .characters(try escape())
    default: break
    }
    position += 1
    switch scalar {
    case ".": return .characters(.init(ranges: [0...0x10FFFF]))
    case "^": return .start
    case "$": return .end
    default: return .characters(.init(ranges: [scalar.value...scalar.value]))
    }
  }

  private mutating func group() throws(QueryError) -> PatternNode {
    let start = position
    position += 1
    if take("?") {
      if take("P"), take("<") {
        while let scalar = peek, scalar != ">" { position += 1 }
        guard take(">") else { throw fault("the regular expression has a group's name without '>'") }
      } else if !take(":") {
        position = start
        throw fault(refusal(scalars.dropFirst(start + 2)), .unsupported)
      }
    }
    let node = try alternatives()
    guard take(")") else {
      position = start
      throw fault("the regular expression has a '(' without ')'")
    }
    return node
  }

  private func refusal(_ rest: ArraySlice<Unicode.Scalar>) -> String {
    switch (rest.first, rest.dropFirst().first) {
    case ("=", _), ("!", _): "look-ahead is not supported in regular expressions"
    case ("<", "="), ("<", "!"): "look-behind is not supported in regular expressions"
    default: "flags are not supported in regular expressions, except (?i) at the start"
    }
  }

  private mutating func quantified(_ node: PatternNode) throws(QueryError) -> PatternNode {
    let repeated: PatternNode
    if take("*") {
      repeated = .repeated(node, 0, nil)
    } else if take("+") {
      repeated = .repeated(node, 1, nil)
    } else if take("?") {
      repeated = .repeated(node, 0, 1)
    } else if peek == "{", let (least, most) = try counts() {
      repeated = .repeated(node, least, most)
    } else {
      return node
    }
    // Lazy or greedy makes no difference where the whole text must match.
    _ = take("?")
    if let scalar = peek, "*+?".unicodeScalars.contains(scalar) {
      throw fault("'\(scalar)' repeats a repetition in the regular expression")
    }
    return repeated
  }

  /// `{2}`, `{2,}` or `{2,5}`; nil for a brace that means itself.
  private mutating func counts() throws(QueryError) -> (Int, Int?)? {
    let start = position
    position += 1
    let least = digits()
    var most = least
    if take(",") { most = digits() }
    guard let least, take("}") else {
      position = start
      // As in RE2, a brace that begins no count is a plain character: the next atom.
      return nil
    }
    guard least <= 1000, most ?? 0 <= 1000, most ?? least >= least else {
      position = start
      throw fault("a repetition's count is at most 1000 and rises in the regular expression")
    }
    return (least, most)
  }

  private mutating func digits() -> Int? {
    var value: Int?
    while let scalar = peek, ("0"..."9").contains(scalar), value ?? 0 < 100_000 {
      value = (value ?? 0) * 10 + Int(scalar.value - 48)
      position += 1
    }
    return value
  }
}

// MARK: Characters

extension PatternParser {
  private static let digit: [ClosedRange<UInt32>] = [0x30...0x39]
  private static let word: [ClosedRange<UInt32>] = [0x30...0x39, 0x41...0x5A, 0x5F...0x5F, 0x61...0x7A]
  private static let space: [ClosedRange<UInt32>] = [9...10, 12...13, 32...32]

  /// What stands behind a backslash.
  private mutating func escape() throws(QueryError) -> RegularExpression.Characters {
    let start = position
    position += 1
    guard let scalar = peek else {
      position = start
      throw fault("the regular expression ends in a backslash")
    }
    position += 1
    switch scalar {
    case "d": return .init(ranges: Self.digit)
    case "D": return .init(ranges: Self.digit, isNegated: true)
    case "w": return .init(ranges: Self.word)
    case "W": return .init(ranges: Self.word, isNegated: true)
    case "s": return .init(ranges: Self.space)
    case "S": return .init(ranges: Self.space, isNegated: true)
    case "n": return .init(ranges: [10...10])
    case "r": return .init(ranges: [13...13])
    case "t": return .init(ranges: [9...9])
    case "f": return .init(ranges: [12...12])
    case "v": return .init(ranges: [11...11])
    default: break
    }
    let isPlain = scalar.value < 0x80 && !scalar.properties.isAlphabetic && !("0"..."9").contains(scalar)
    if isPlain { return .init(ranges: [scalar.value...scalar.value]) }
    position = start
    switch scalar {
    case "b", "B": throw fault("word boundaries are not supported in regular expressions", .unsupported)
    case "p", "P": throw fault("Unicode classes are not supported in regular expressions", .unsupported)
    case "1"..."9": throw fault("back-references are not supported in regular expressions", .unsupported)
    default: throw fault("the escape '\\\(scalar)' is not supported in regular expressions", .unsupported)
    }
  }

  private mutating func bracket() throws(QueryError) -> RegularExpression.Characters {
    let start = position
    position += 1
    var set = RegularExpression.Characters()
    set.isNegated = take("^")
    var isFirst = true
    while let scalar = peek, isFirst || scalar != "]" {
      isFirst = false
      if scalar == "[", position + 1 < scalars.count, scalars[position + 1] == ":" {
        throw fault("POSIX classes are not supported in regular expressions", .unsupported)
      }
      let low = try bracketItem()
      guard peek == "-", position + 1 < scalars.count, scalars[position + 1] != "]" else {
        set.ranges += low
        continue
      }
      position += 1
      let high = try bracketItem()
      guard low.count == 1, high.count == 1, low[0].count == 1, high[0].count == 1,
        low[0].lowerBound <= high[0].lowerBound
      else { throw fault("a range of characters falls in the regular expression") }
      set.ranges.append(low[0].lowerBound...high[0].lowerBound)
    }
    guard take("]") else {
      position = start
      throw fault("the regular expression has a '[' without ']'")
    }
    return set
  }

  private mutating func bracketItem() throws(QueryError) -> [ClosedRange<UInt32>] {
    guard let scalar = peek else { return [] }
    guard scalar == "\\" else {
      position += 1
      return [scalar.value...scalar.value]
    }
    let set = try escape()
    return set.isNegated ? Self.complement(set.ranges) : set.ranges
  }

  /// Of ranges that rise and don't touch.
  private static func complement(_ ranges: [ClosedRange<UInt32>]) -> [ClosedRange<UInt32>] {
    var result: [ClosedRange<UInt32>] = []
    var begin: UInt32 = 0
    for range in ranges {
      if range.lowerBound > begin { result.append(begin...(range.lowerBound - 1)) }
      begin = range.upperBound + 1
    }
    result.append(begin...0x10FFFF)
    return result
  }
}
