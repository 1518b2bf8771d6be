/// Finds, for each dear column, another that predicts it linearly.
///
/// Columns that serve as references are chosen first (hubs); they are coded on their own, so that no prediction needs
/// more than one step. All others take the hub that explains them best, if the exact trial confirms the estimate. Two hubs at
/// once would save another 0.3 % and make look-ups half as dear again.
final class ReferenceSearch {
  private let pool: ColumnPool
  private let encoder: ColumnEncoder
  private var correlations: Correlations
  private var reach = Reach()

  /// Cheaper streams gain nothing.
  private static let worthwhile = 40
  /// The time grows with the square of the columns: at this many it is about a third of a block's sealing.
  private static let columnLimit = 448
  private static let hubLimit = 32
  /// Estimated bytes that a prediction costs in the record's head.
  private static let headCost: Float = 5
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
    reach = Reach(drafts)
    let hubs = chooseHubs(columns.count, columns[0].rows)
    for (index, place) in places.enumerated() where !hubs.contains(index) {
      let series = drafts[place].series
      let near = hubs.filter { reach.allows(series, drafts[places[$0]].series) }
      guard let hub = bestHub(for: index, near, columns[0].rows) else { continue }
      attempt(place, drafts[places[hub]], correlations.slope(index, on: hub), &drafts)
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
    let gains = Gains(count) { left, right in
      let r = correlations[left, right]
      return max(0, gain(r * r, rows) - Self.headCost)
    }
    var best = [SIMD8<Float>](repeating: .zero, count: gains.stride)
    var hubs: [Int] = []
    while hubs.count < Self.hubLimit {
      var pick = -1
      var most = Self.hubGain
      for hub in 0..<count where best[hub >> 3][hub & 7] < .infinity {
        let total = gains.total(hub, over: best) - best[hub >> 3][hub & 7]
        if total > most {
          most = total
          pick = hub
        }
      }
      if pick < 0 { break }
      hubs.append(pick)
      gains.raise(&best, by: pick)
      best[pick >> 3][pick & 7] = .infinity
    }
    return hubs
  }

  /// What each column saves by each other; a column saves by a second as much as the second by it.
  private struct Gains {
    /// Vectors that a column's gains take.
    let stride: Int
    private var values: [SIMD8<Float>]

    init(_ count: Int, _ gain: (Int, Int) -> Float) {
      stride = (count + 7) / 8
      values = Array(repeating: .zero, count: count * stride)
      for left in 0..<count {
        for right in 0..<left {
          let gain = gain(left, right)
          values[left * stride + right >> 3][right & 7] = gain
          values[right * stride + left >> 3][left & 7] = gain
        }
      }
    }

    /// What all columns save by `hub` beyond what they save by those before it; hubs have infinite gains.
    func total(_ hub: Int, over best: [SIMD8<Float>]) -> Float {
      var sum = SIMD8<Float>.zero
      for at in 0..<stride {
        let more = values[hub * stride + at] - best[at]
        sum += more.replacing(with: 0, where: more .< 0)
      }
      return sum.sum()
    }

    func raise(_ best: inout [SIMD8<Float>], by hub: Int) {
      for at in 0..<stride {
        let new = values[hub * stride + at]
        best[at].replace(with: new, where: best[at] .< new)
      }
    }
  }

  // MARK: Users

  /// The hub that explains a column best; nil where it would not pay.
  private func bestHub(for index: Int, _ hubs: [Int], _ rows: Int) -> Int? {
    var best: Int?
    var most: Float = 0
    for hub in hubs {
      let share = correlations.explained(index, by: hub)
      if share > most { (best, most) = (hub, share) }
    }
    return gain(most, rows) >= Self.headCost ? best : nil
  }

  /// Codes the column with the prediction; keeps it if it is smaller.
  private func attempt(_ place: Int, _ hub: Draft, _ slope: Float, _ drafts: inout [Draft]) {
    let column = drafts[place].stream
    let unit = drafts[place].recipe.unit
    guard let prediction = Self.prediction(hub.series, slope / Float(unit)) else { return }
    let residual = pool.take(rows: column.rows)
    residual.copy(column)
    unsafe prediction.subtract(hub.column.values, from: residual.values, count: column.rows)
    let choice = unsafe encoder.choose(residual.values, column.rows)
    let bytes = choice.bytes + (unit == 1 ? 4 : 6)
    if bytes >= drafts[place].bytes {
      pool.give(residual)
      return
    }
    drafts[place].residual = residual
    // A constant encoding would leave out the last value.
    drafts[place].head.encoding = choice.encoding == .constant ? .linear : choice.encoding
    drafts[place].recipe.prediction = prediction
    drafts[place].bytes = bytes
    reach.note(drafts[place].series, hub.series)
  }

  /// The slope as an integer of seven bits over a power of two.
  private static func prediction(_ series: Int, _ slope: Float) -> RecordHead.Prediction? {
    guard slope.magnitude > 1e-9, slope.magnitude < 1e12 else { return nil }
    let shift = max(0, min(40, 6 - Int(slope.exponent)))
    let scaled = (Double(slope) * Double(UInt64(1) << UInt64(shift))).rounded()
    guard let multiplier = Int64(exactly: scaled), multiplier != 0 else { return nil }
    var result = RecordHead.Prediction(shift: UInt8(shift))
    result.append(RecordHead.Prediction.Term(series: series, multiplier: multiplier))
    return result
  }
}

/// The logarithm to base 2 from the exponent and a quadratic of the significand; good to 0.01.
func log2Estimate(_ value: Float) -> Float {
  let m = value.significand
  return Float(value.exponent) + ((-0.344_845 * m + 2.024_66) * m - 1.674_87)
}
