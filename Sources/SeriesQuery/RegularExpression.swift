/// A regular expression that must match the whole of a text, in time linear in its length.
///
/// RE2's syntax without what can't be had or isn't needed in label matchers: look-around and back-references (RE2 has none
/// either), word boundaries, Unicode classes, and flags other than `(?i)` at the start; each is refused by its name. `.` is any
/// character. Matching follows all paths at once (Thompson), so that no pattern is slow.
struct RegularExpression: Sendable {
  /// One step of the program; a text matches when some path reaches the end of both.
  enum Step: Sendable {
    case characters(Characters)
    case split(Int, Int)
    case jump(Int)
    case start
    case end
    case match
  }

  /// A set of characters.
  struct Characters: Sendable {
    var ranges: [ClosedRange<UInt32>] = []
    var isNegated = false

    func contains(_ scalar: UInt32) -> Bool { ranges.contains { $0.contains(scalar) } != isNegated }
  }

  /// The most steps of a program; a larger one is refused.
  static let maximumSteps = 1000

  private let steps: [Step]
  private let ignoresCase: Bool
  /// The alternatives of a pattern without operators, `a|b|c`: compared as they are.
  private let literals: Set<String>?

  /// Compiles `pattern`. Errors carry a column in it.
  init(_ pattern: String) throws(QueryError) {
    if !pattern.utf8.contains(where: { Self.operators.contains($0) }) {
      literals = Set(pattern.split(separator: "|", omittingEmptySubsequences: false).map(String.init))
      steps = []
      ignoresCase = false
      return
    }
    var parser = PatternParser(pattern)
    let node = try parser.parse()
    var compiler = PatternCompiler()
    try compiler.emit(node)
    literals = nil
    ignoresCase = parser.ignoresCase
    steps = compiler.steps + [.match]
  }

  private static let operators = Set(#"\.+*?()[]{}^$"#.utf8)

  /// Whether the whole of `text` matches. Costs at most the product of the lengths of text and program.
  func matches(_ text: String) -> Bool {
    if let literals { return literals.contains(text) }
    var paths = Paths(count: steps.count)
    var next = Paths(count: steps.count)
    let scalars = Array(text.unicodeScalars)
    follow(0, isStart: true, isEnd: scalars.isEmpty, into: &paths)
    for (position, scalar) in scalars.enumerated() {
      next.removeAll()
      for step in paths.active {
        guard case .characters(let set) = steps[step], accepts(set, scalar) else { continue }
        follow(step + 1, isStart: false, isEnd: position == scalars.count - 1, into: &next)
      }
      if next.active.isEmpty { return false }
      swap(&paths, &next)
    }
    return paths.contains(steps.count - 1)
  }

  private func accepts(_ set: Characters, _ scalar: Unicode.Scalar) -> Bool {
    guard ignoresCase else { return set.contains(scalar.value) }
    let properties = scalar.properties
    let spellings =
      [properties.lowercaseMapping, properties.uppercaseMapping].map(\.unicodeScalars)
      .filter { $0.count == 1 }.compactMap(\.first?.value) + [scalar.value]
    let plain = Characters(ranges: set.ranges)
    return spellings.contains { plain.contains($0) } != set.isNegated
  }

  /// Adds every step that waits for a character and can be reached from `step` without one.
  private func follow(_ step: Int, isStart: Bool, isEnd: Bool, into paths: inout Paths) {
    var pending = [step]
    while let step = pending.popLast() {
      guard paths.insert(step) else { continue }
      switch steps[step] {
      case .split(let first, let second): pending += [second, first]
      case .jump(let target): pending.append(target)
      case .start: if isStart { pending.append(step + 1) }
      case .end: if isEnd { pending.append(step + 1) }
      case .characters, .match: break
      }
    }
  }

  /// The steps that were reached, each once.
  private struct Paths {
    private(set) var active: [Int] = []
    private var isReached: [Bool]

    init(count: Int) { isReached = Array(repeating: false, count: count) }

    func contains(_ step: Int) -> Bool { isReached[step] }

    mutating func insert(_ step: Int) -> Bool {
      if isReached[step] { return false }
      isReached[step] = true
      active.append(step)
      return true
    }

    mutating func removeAll() {
      for step in active { isReached[step] = false }
      active.removeAll(keepingCapacity: true)
    }
  }
}

/// Turns a pattern's tree into steps.
private struct PatternCompiler {
  private(set) var steps: [RegularExpression.Step] = []

  mutating func emit(_ node: PatternNode) throws(QueryError) {
    guard steps.count < RegularExpression.maximumSteps else {
      throw QueryError(
        .refused, "the regular expression is too large: at most \(RegularExpression.maximumSteps) steps")
    }
    switch node {
    case .empty: break
    case .characters(let set): steps.append(.characters(set))
    case .start: steps.append(.start)
    case .end: steps.append(.end)
    case .sequence(let nodes): for node in nodes { try emit(node) }
    case .alternatives(let nodes): try emit(alternatives: nodes[...])
    case .repeated(let node, let least, let most): try emit(node, least, most)
    }
  }

  private mutating func emit(alternatives nodes: ArraySlice<PatternNode>) throws(QueryError) {
    var ends: [Int] = []
    for (index, node) in nodes.enumerated() {
      let split = steps.count
      if index < nodes.count - 1 { steps.append(.split(0, 0)) }
      try emit(node)
      if index < nodes.count - 1 {
        ends.append(steps.count)
        steps.append(.jump(0))
        steps[split] = .split(split + 1, steps.count)
      }
    }
    for end in ends { steps[end] = .jump(steps.count) }
  }

  private mutating func emit(_ node: PatternNode, _ least: Int, _ most: Int?) throws(QueryError) {
    for _ in 0..<least {
      let before = steps.count
      try emit(node)
      // Nothing, repeated, is nothing.
      if steps.count == before { break }
    }
    guard let most else {
      let split = steps.count
      steps.append(.split(0, 0))
      try emit(node)
      steps.append(.jump(split))
      steps[split] = .split(split + 1, steps.count)
      return
    }
    var splits: [Int] = []
    for _ in least..<max(least, most) {
      splits.append(steps.count)
      steps.append(.split(0, 0))
      try emit(node)
    }
    for split in splits { steps[split] = .split(split + 1, steps.count) }
  }
}
