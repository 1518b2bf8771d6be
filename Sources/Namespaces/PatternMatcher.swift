/// Where a pattern's capture lies in a key; empty when the pattern has none.
struct CaptureRange: Sendable {
  var begin = 0
  var end = 0

  var range: Range<Int>? { begin < end ? begin..<end : nil }
}

extension PatternProgram {
  /// Whether the tokens in `range` match all of `key` from `position` on; sets `capture` on the way.
  ///
  /// Between two stars stands a sequence whose earliest match ends earliest, so that only the last star is ever
  /// taken back: the cost is at most the product of both lengths, and mostly their sum.
  func matches(_ range: Range<Int>, _ key: Span<UInt8>, from position: Int, capture: inout CaptureRange) -> Bool {
    let tokens = tokens.span
    var scan = CaptureScan()
    var token = range.lowerBound
    var position = position
    var star = -1
    var starPosition = 0
    while true {
      var holds = false
      if token == range.upperBound {
        if position == key.count { return true }
      } else {
        let step = tokens[token]
        switch step.kind {
        case .literal:
          holds = isLiteral(step, in: key, at: position)
          if holds { position += Int(step.count) }
        case .any:
          holds = position < key.count
          if holds { position += 1 }
        case .set:
          holds = position < key.count && sets.span[Int(step.first)].contains(key[position])
          if holds { position += 1 }
        case .star:
          if step.count >= 0 {
            // What follows has a fixed length: it can only stand at the very end.
            let begin = key.count - Int(step.count)
            guard begin >= position else { return false }
            position = begin
            star = -1
          } else {
            star = token + 1
            starPosition = position
          }
          holds = true
        case .capture:
          if let end = scan.end(of: step, in: key, from: position, program: self) {
            capture = CaptureRange(begin: position, end: end)
            position = end
            holds = true
          }
        }
      }
      if holds {
        token += 1
        continue
      }
      guard star >= 0, starPosition < key.count else { return false }
      starPosition += 1
      position = starPosition
      token = star
    }
  }

  /// Whether the literal `step` stands in `key` at `position`.
  @inline(__always)
  func isLiteral(_ step: Token, in key: Span<UInt8>, at position: Int) -> Bool {
    let count = Int(step.count)
    guard count <= key.count - position else { return false }
    let literals = literals.span
    let first = Int(step.first)
    var offset = 0
    while offset < count {
      if key[position + offset] != literals[first + offset] { return false }
      offset += 1
    }
    return true
  }
}

/// Finds captures' ends. Remembers the last answer, so that a star which tries each position reads a key once.
private struct CaptureScan {
  /// A capture that begins before here, at or after `knownFrom`, ends at `knownEnd`.
  private var knownFrom = 0
  private var knownUntil = 0
  private var knownEnd: Int?

  mutating func end(
    of step: PatternProgram.Token, in key: Span<UInt8>, from begin: Int, program: PatternProgram
  ) -> Int? {
    if begin >= knownFrom && begin < knownUntil { return knownEnd }
    var position = begin
    var found: Int?
    while position < key.count {
      if step.count > 0, position > begin, program.isLiteral(step, in: key, at: position) {
        found = position
        break
      }
      if key[position] == PatternProgram.separator { break }
      position += 1
    }
    if step.count == 0, position > begin { found = position }
    (knownFrom, knownUntil, knownEnd) = (begin, position, found)
    return found
  }
}
