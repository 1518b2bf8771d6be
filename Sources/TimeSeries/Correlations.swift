/// Correlations of the differences of many columns, outliers clipped.
struct Correlations {
  private let stride: Int
  private var count = 0
  /// Differences less their mean, divided by their norm; one run of `stride` floats for each column.
  private var unit: [SIMD8<Float>] = []
  private var norms: [Float] = []
  private var matrix: [Float] = []

  init(capacity: Int) { stride = (max(1, capacity) + 7) / 8 }

  subscript(left: Int, right: Int) -> Float { matrix[left * count + right] }

  mutating func measure(_ columns: [Column]) {
    count = columns.count
    let used = (columns[0].rows + 7) / 8
    if unit.count < count * stride { unit = Array(repeating: .zero, count: count * stride) }
    norms = columns.indices.map { normalize(columns[$0], $0, used) }
    matrix = Array(repeating: 1, count: count * count)
    for left in 0..<count {
      for right in 0..<left {
        let product = dot(left, right, used)
        matrix[left * count + right] = product
        matrix[right * count + left] = product
      }
    }
  }

  private func dot(_ left: Int, _ right: Int, _ used: Int) -> Float {
    unsafe unit.withUnsafeBufferPointer { unit in
      var first = SIMD8<Float>.zero
      var second = SIMD8<Float>.zero
      var (a, b) = (left * stride, right * stride)
      let end = a + used
      while a + 1 < end {
        unsafe first += unit[a] * unit[b]
        unsafe second += unit[a + 1] * unit[b + 1]
        a += 2
        b += 2
      }
      if a < end { unsafe first += unit[a] * unit[b] }
      return (first + second).sum()
    }
  }

  /// Fills a column's run and returns its norm; 0 for a column without variance.
  private mutating func normalize(_ column: Column, _ index: Int, _ used: Int) -> Float {
    let center = sampleMedian(column.rows) { unsafe column.values[$0] &- column.values[$0 - 1] }
    let start = index * stride
    for at in start..<(start + used) { unit[at] = .zero }
    var spread: Float = 0
    for row in 1..<max(1, column.rows) {
      let value = Float(column[row] &- column[row - 1] &- center)
      unit[start + row >> 3][row & 7] = value
      spread += value.magnitude
    }
    let bound = 6 * spread / Float(max(1, column.rows - 1))
    var sum: Float = 0
    for at in start..<(start + used) {
      unit[at].clamp(lowerBound: SIMD8(repeating: -bound), upperBound: SIMD8(repeating: bound))
      sum += unit[at].sum()
    }
    let mean = sum / Float(max(1, column.rows - 1))
    var square: Float = 0
    for row in 1..<max(1, column.rows) { unit[start + row >> 3][row & 7] -= mean }
    for at in start..<(start + used) { square += (unit[at] * unit[at]).sum() }
    let norm = square.squareRoot()
    if norm > 0, norm.isFinite {
      for at in start..<(start + used) { unit[at] /= norm }
      return norm
    }
    for at in start..<(start + used) { unit[at] = .zero }
    return 0
  }

  // MARK: Least squares

  /// The share of a column's variance that another explains.
  @inline(__always)
  func explained(_ index: Int, by other: Int) -> Float {
    norms[other] > 0 ? self[index, other] * self[index, other] : 0
  }

  /// The factor of another's differences that predicts a column's best.
  func slope(_ index: Int, on other: Int) -> Float {
    norms[other] > 0 ? self[index, other] * norms[index] / norms[other] : 0
  }
}
