/// Finds, for each dear column, a few others that predict it linearly.
///
/// Columns that serve as references are chosen first (hubs); they are coded on their own, so that no prediction needs
/// more than one step. All others take the hubs that explain them best, if the exact trial confirms the estimate.
final class ReferenceSearch {
  private let pool: ColumnPool
  private let encoder: ColumnEncoder
  private var correlations: Correlations

  /// Cheaper streams gain nothing.
  private static let worthwhile = 40
  private static let columnLimit = 192
  private static let hubLimit = 32
  /// Estimated bytes that a prediction's term costs in the record's head.
  private static let termCost: Float = 5
  /// What a second term must save: it is another column to be decoded before this one.
  private static let secondCost: Float = 80
  /// A hub must be estimated to save this many bytes over all its users.
  private static let hubGain: Float = 12

  init(pool: ColumnPool, encoder: ColumnEncoder, capacity: Int) {
    self.pool = pool
    self.encoder = encoder
    correlations = Correlations(capacity: capacity)
  }

  func run(_ drafts: inout [Draft]) {
    let places = drafts.indices.filter { drafts[$0].derivation == nil && drafts[$0].bytes >= Self.worthwhile }
      .sorted { drafts[$0].bytes > drafts[$1].bytes }
      .prefix(Self.columnLimit)
    if places.count < 2 { return }
    let columns = places.map { drafts[$0].column }
    correlations.measure(columns)
    let hubs = chooseHubs(columns.count, columns[0].rows)
    for (index, place) in places.enumerated() where !hubs.contains(index) {
      var chosen = explain(index, hubs, columns[0].rows)
      while !chosen.isEmpty && !attempt(index, place, chosen, Array(places), &drafts) { chosen.removeLast() }
    }
  }

  /// Estimated bytes saved by explaining a share of a column's variance.
  private func gain(_ explained: Float, _ rows: Int) -> Float {
    let left = max(1 - explained, 1e-4)
    return -0.5 * Float(rows) * log2Estimate(left) / 8
  }

  // MARK: Hubs

  /// Greedy: the column that would save most as a reference for all others, again and again.
  private func chooseHubs(_ count: Int, _ rows: Int) -> [Int] {
    var gains = [Float](repeating: 0, count: count * count)
    for left in 0..<count {
      for right in 0..<count where right != left {
        let r = correlations[left, right]
        gains[left * count + right] = max(0, gain(r * r, rows) - Self.termCost)
      }
    }
    var best = [Float](repeating: 0, count: count)
    var hubs: [Int] = []
    while hubs.count < Self.hubLimit {
      var pick = -1
      var most = Self.hubGain
      for hub in 0..<count where !hubs.contains(hub) {
        var total = -best[hub]
        for user in 0..<count where user != hub && best[user] < .infinity {
          total += max(0, gains[user * count + hub] - best[user])
        }
        if total > most {
          most = total
          pick = hub
        }
      }
      if pick < 0 { break }
      hubs.append(pick)
      best[pick] = .infinity
      for user in 0..<count { best[user] = max(best[user], gains[user * count + pick]) }
    }
    return hubs
  }

  // MARK: Users

  private struct Term {
    var hub: Int
    var slope: Float
  }

  /// Hubs that explain a column, the best first, with the slopes of all of them together.
  private func explain(_ index: Int, _ hubs: [Int], _ rows: Int) -> [Term] {
    var chosen: [Int] = []
    var explained: Float = 0
    while chosen.count < RecordHead.termLimit {
      var pick = -1
      var most = explained
      for hub in hubs where !chosen.contains(hub) {
        let share = correlations.explained(index, by: hub, chosen.first)
        if share > most {
          most = share
          pick = hub
        }
      }
      let cost = chosen.isEmpty ? Self.termCost : Self.secondCost
      if pick < 0 || gain(most, rows) - gain(explained, rows) < cost { break }
      chosen.append(pick)
      explained = most
    }
    return zip(chosen, correlations.slopes(index, on: chosen)).map { Term(hub: $0, slope: $1) }
  }

  /// Codes the column with the prediction; keeps it if it is smaller.
  private func attempt(_ index: Int, _ place: Int, _ terms: [Term], _ places: [Int], _ drafts: inout [Draft])
    -> Bool
  {
    let slopes = terms.count == 1 ? correlations.slopes(index, on: [terms[0].hub]) : terms.map(\.slope)
    guard let prediction = Self.prediction(terms, slopes, places, drafts) else { return false }
    let column = drafts[place].column
    let sum = pool.take()
    defer { pool.give(sum) }
    sum.reset(rows: column.rows)
    for at in 0..<prediction.count {
      let term = prediction.terms[at]
      let source = drafts[places[terms[at].hub]].column
      unsafe term.accumulate(source.values, into: sum.values, count: column.rows, isFirst: at == 0)
    }
    let residual = pool.take()
    residual.copy(column)
    unsafe prediction.subtract(sum.values, from: residual.values, count: column.rows)
    let choice = unsafe encoder.choose(residual.values, column.rows)
    let bytes = choice.bytes + 1 + 3 * terms.count
    if bytes * 100 >= drafts[place].bytes * 100 {
      pool.give(residual)
      return false
    }
    drafts[place].residual = residual
    // A constant encoding would leave out the last value.
    drafts[place].head.encoding = choice.encoding == .constant ? .linear : choice.encoding
    drafts[place].prediction = prediction
    drafts[place].bytes = bytes
    return true
  }

  /// Slopes as integers over a power of two, the smallest with seven bits.
  private static func prediction(_ terms: [Term], _ slopes: [Float], _ places: [Int], _ drafts: [Draft])
    -> RecordHead.Prediction?
  {
    guard let least = slopes.map(\.magnitude).min(), least > 1e-9, least < 1e12 else { return nil }
    let shift = max(0, min(40, 6 - Int(least.exponent)))
    var result = RecordHead.Prediction(shift: UInt8(shift))
    for (term, slope) in zip(terms, slopes) {
      let scaled = (Double(slope) * Double(UInt64(1) << UInt64(shift))).rounded()
      guard let multiplier = Int64(exactly: scaled), multiplier != 0 else { return nil }
      result.append(
        RecordHead.Prediction.Term(series: drafts[places[term.hub]].series, multiplier: multiplier))
    }
    return result
  }
}

/// The logarithm to base 2 from the exponent and a quadratic of the significand; good to 0.01.
func log2Estimate(_ value: Float) -> Float {
  let m = value.significand
  return Float(value.exponent) + ((-0.344_845 * m + 2.024_66) * m - 1.674_87)
}
