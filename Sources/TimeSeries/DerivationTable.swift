/// How derived columns follow from others; shared between blocks for as long as it doesn't change. A changed table
/// holds only what is new and refers to the one before.
final class DerivationTable: Sendable {
  static let empty = DerivationTable([:], after: nil)
  /// Tables that a look-up may have to pass.
  private static let depthLimit = 16

  private let own: [Int: Derivation]
  private let parent: DerivationTable?
  private let depth: Int

  private init(_ own: [Int: Derivation], after parent: DerivationTable?) {
    self.own = own
    self.parent = parent
    depth = (parent?.depth ?? 0) + 1
  }

  /// How a series follows from others.
  subscript(series: Int) -> Derivation? { own[series] ?? parent?[series] }

  var isEmpty: Bool { own.isEmpty && (parent?.isEmpty ?? true) }

  /// All entries, the newest of each series.
  var all: [Int: Derivation] { (parent?.all ?? [:]).merging(own) { _, new in new } }

  /// Memory held beside the table before.
  var bytesUsed: Int { own.values.reduce(96) { $0 + 120 + $1.sources.count * 16 } }

  /// A table with the entries of `other` over its own; this one if that changes nothing.
  func merging(_ other: [Int: Derivation]) -> DerivationTable {
    let new = other.filter { self[$0.key] != $0.value }
    if new.isEmpty { return self }
    if depth < Self.depthLimit { return DerivationTable(new, after: isEmpty ? nil : self) }
    return DerivationTable(all.merging(new) { _, new in new }, after: nil)
  }
}

/// An exact formula over series ids.
enum Derivation: Hashable, Sendable {
  /// Σ coefficient × value, offset so that row 0 is the record's first value where there is a record. Absent cells
  /// count 0.
  case linear([Term])
  /// numerator × factor / denominator in single precision, rounded to the series' digits.
  case ratio([Term], [Term], Float)

  struct Term: Hashable, Sendable {
    var series: Int
    var coefficient: Int64
  }

  var sources: [Int] {
    switch self {
    case .linear(let terms): terms.map(\.series)
    case .ratio(let numerator, let denominator, _): numerator.map(\.series) + denominator.map(\.series)
    }
  }

  /// How many sources there are, and one of them, in the order of `sources`.
  var sourceCount: Int {
    switch self {
    case .linear(let terms): terms.count
    case .ratio(let numerator, let denominator, _): numerator.count + denominator.count
    }
  }

  func source(_ index: Int) -> Int {
    switch self {
    case .linear(let terms): terms[index].series
    case .ratio(let numerator, let denominator, _):
      index < numerator.count ? numerator[index].series : denominator[index - numerator.count].series
    }
  }

  /// The value of a row, given the values of the sources in the order of `sources`. Wraps on overflow.
  @inline(__always)
  func value(digits: UInt8, _ source: (Int) -> Int64) -> Int64 {
    switch self {
    case .linear(let terms):
      var sum: Int64 = 0
      for index in terms.indices { sum &+= terms[index].coefficient &* source(index) }
      return sum
    case .ratio(let numerator, let denominator, let factor):
      var above: Int64 = 0
      var below: Int64 = 0
      for index in numerator.indices { above &+= numerator[index].coefficient &* source(index) }
      for index in denominator.indices {
        below &+= denominator[index].coefficient &* source(numerator.count + index)
      }
      return Self.quotient(above, below, factor, FixedPoint.powerOfTen(digits))
    }
  }

  /// above × factor / below in single precision, rounded half to even at the digit that `power` shifts to.
  @inline(__always)
  static func quotient(_ above: Int64, _ below: Int64, _ factor: Float, _ power: Double) -> Int64 {
    if below == 0 { return 0 }
    let quotient = Float(above) * factor / Float(below)
    let scaled = Double(quotient) * power
    // Adding 1.5 × 2^52 leaves no bits for the fraction: the processor rounds.
    if scaled.magnitude < 0x1p51 { return Int64((scaled + 0x1.8p52) - 0x1.8p52) }
    return Int64(exactly: scaled.rounded(.toNearestOrEven)) ?? 0
  }
}
