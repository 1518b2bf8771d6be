/// How the rows of one column follow from its first value. The raw values are the format's tags.
///
/// `level*` predict a value from values, `delta*` a difference from differences. The plain forms predict a constant,
/// the numbered ones a moving average whose state takes over 1/2^shift of each residual.
enum Encoding: UInt8, CaseIterable {
  case constant = 0
  case linear = 1
  case sparse = 2
  case level = 3
  case level1 = 4
  case level2 = 5
  case level3 = 6
  case delta = 7
  case delta3 = 8
  case delta2 = 9
  case delta1 = 10
  case delta0 = 11
  case dictionaryLevel = 12
  case dictionaryDelta = 13
  case offsetLevel = 14
  case offsetDelta = 15

  /// The share of a residual that moves the prediction, as a right shift; nil for a constant prediction.
  var shift: Int64? {
    switch self {
    case .delta0: 0
    case .level1, .delta1: 1
    case .level2, .delta2: 2
    case .level3, .delta3: 3
    default: nil
    }
  }

  /// Whether the residuals are of differences.
  var isDelta: Bool {
    switch self {
    case .delta, .delta0, .delta1, .delta2, .delta3, .dictionaryDelta, .offsetDelta: true
    default: false
    }
  }
}

/// The part of a residual that moves a moving average: divided by 2^`shift`, rounded to the nearest.
@inline(__always)
func adaptation(_ residual: Int64, _ shift: Int64, _ half: Int64) -> Int64 { (residual &+ half) &>> shift }

@inline(__always)
func roundingHalf(_ shift: Int64) -> Int64 { shift == 0 ? 0 : 1 &<< (shift &- 1) }
