import Randomness
import Testing

@testable import TimeSeries

/// A sample of some rank is the one that sorting would find.
@Suite struct RankWindowTests {
  /// Walks, few distinct values, clusters far apart, extremes, and one value.
  private static func values(_ kind: Int, _ count: Int, _ random: inout SeededRandom) -> [Int64] {
    var walk: Int64 = 1 << 40
    return (0..<count).map { _ in
      switch kind {
      case 0:
        walk += Int64.random(in: -50...50, using: &random)
        return walk
      case 1: return Int64.random(in: 0...3, using: &random)
      case 2: return Int64.random(in: 0...5, using: &random) + (Bool.random(using: &random) ? 1 << 28 : 0)
      case 3: return [Int64.min, .max, 0, -1][Int.random(in: 0..<4, using: &random)]
      case 4: return 7
      // Powers lie on no line: only halving finds them.
      default: return -(1 << Int64.random(in: 0...28, using: &random))
      }
    }
  }

  @Test(arguments: 0..<6, [1, 2, 7, 8, 9, 60, 601])
  func `neighbours of any rank are those that sorting finds`(_ kind: Int, _ count: Int) {
    var random = SeededRandom(seed: UInt64(kind * 1000 + count))
    var selection = Selection()
    for _ in 0..<8 {
      let values = Self.values(kind, count, &random)
      let sorted = values.sorted()
      for place in stride(from: 0, to: count, by: max(1, count / 40)) {
        guard let pair = selection.pair(at: place, of: values) else {
          let range = sorted[count - 1].subtractingReportingOverflow(sorted[0])
          #expect(range.overflow || range.partialValue >= 1 << 29)
          continue
        }
        #expect(pair.0 == sorted[place] && pair.1 == sorted[min(place + 1, count - 1)])
      }
    }
  }

  @Test func `a counter's samples are taken as sorted only where they are`() {
    var window = RankWindow()
    for values in [[1, 5, 9, 20], [7, 8, 3, 4], [9], [9, 9, 10, 2]] as [[Int64]] {
      let column = Column(capacity: 8)
      column.reset(rows: values.count)
      for (row, value) in values.enumerated() { column[row] = value }
      window.removeAll()
      // In two parts, of which the second may fall below the first.
      window.add(column, 0..<(values.count / 2), scale: 0, mayRise: true)
      window.add(column, (values.count / 2)..<values.count, scale: 0, mayRise: true)
      let sorted = values.sorted()
      let count = Double(max(1, values.count - 1))
      #expect(values.indices.map { window.quantile(Double($0) / count) } == sorted.map { Double($0) })
    }
  }

  @Test func `samples with different digits are ranked as numbers`() {
    var window = RankWindow()
    let parts: [([Int64], UInt8)] = [([15, 25], 1), ([2, 1], 0), ([175, 300], 2), ([999], 2)]
    for (values, digits) in parts {
      let column = Column(capacity: 8)
      column.reset(rows: values.count)
      for (row, value) in values.enumerated() { column[row] = value }
      window.add(column, 0..<values.count, scale: digits)
    }
    // 1, 1.5, 1.75, 2, 2.5, 3, 9.99
    let places = [0, 0.25, 0.5, 1].map { window.quantile($0) }
    #expect(places == [1, 1.625, 2, 9.99])
    window.removeAll()
    let column = Column(capacity: 8)
    column.reset(rows: 1)
    column[0] = 40
    window.add(column, 0..<1, scale: 1)
    let only = window.quantile(0.3)
    #expect(only == 4)
  }
}
