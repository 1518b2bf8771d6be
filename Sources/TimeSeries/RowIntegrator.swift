/// Turns the residuals of a level or delta encoding into the values of some rows only.
///
/// What a value needs of the residuals before it are sums, and of a moving average, sums with weights: both are added up eight
/// lanes at a time, and brought together where a row is asked for. Costs about half of what all rows cost.
@safe struct RowIntegrator: RiceTaker {
  private let isZigzag: Bool
  private let isDelta: Bool
  private let shift: Int64?
  /// As in `Integrator`: what residuals of levels are added to, or the value before; and what a moving average predicts.
  private var value: Int64
  private var state: Int64
  private let out: UnsafeMutablePointer<Int64>
  private var wanted: WantedRows
  /// The row of the next code.
  private var row = 1

  /// The values of the wanted rows are written to `out`, which begins at row 0.
  init(
    _ encoding: Encoding, first: Int64, parameter: Int64, _ wanted: WantedRows,
    into out: UnsafeMutablePointer<Int64>
  ) {
    isZigzag = encoding != .offsetLevel && encoding != .offsetDelta
    isDelta = encoding.isDelta
    shift = encoding.shift
    self.wanted = wanted
    unsafe self.out = unsafe out
    if encoding.isDelta {
      value = first
      state = parameter
    } else {
      value = first &+ parameter
      state = first
    }
  }

  /// Instead of the values of a level encoding, or of plain differences from 0, the sums of all values up to the wanted rows.
  init(
    sumsOf encoding: Encoding, first: Int64, parameter: Int64, _ wanted: WantedRows,
    into out: UnsafeMutablePointer<Int64>
  ) {
    isZigzag = encoding != .offsetLevel
    isDelta = true
    shift = encoding.isDelta ? 0 : encoding.shift
    self.wanted = wanted
    unsafe self.out = unsafe out
    value = first
    state = encoding == .level || encoding == .offsetLevel ? first &+ parameter : first
  }

  mutating func take(_ codes: UnsafeMutablePointer<UInt16>, _ count: Int) {
    unsafe sum(ShortCodes(codes, isZigzag, shift ?? 0), count)
    row &+= count
  }

  mutating func take(_ codes: UnsafeMutablePointer<UInt32>, _ count: Int) {
    let groups = unsafe NarrowCodes(codes, isZigzag, shift ?? 0)
    if groups.union(count) < NarrowCodes.limit {
      sum(groups, count)
    } else {
      one(count) { unsafe UInt64(codes[$0]) }
    }
    row &+= count
  }

  mutating func take(_ codes: UnsafeMutablePointer<UInt64>, _ count: Int) {
    one(count) { unsafe codes[$0] }
    row &+= count
  }

  // MARK: Sums

  @inline(__always)
  private mutating func sum(_ codes: some GroupedCodes, _ count: Int) {
    switch (shift != nil, isDelta) {
    case (false, false): levels(codes, count)
    case (false, true): deltas(codes, count)
    case (true, false): averagedLevels(codes, count)
    case (true, true): averagedDeltas(codes, count)
    }
  }

  /// The sum of all lanes, which fits in 32 bits.
  @inline(__always)
  private static func sum(_ lanes: SIMD8<Int32>) -> Int64 { Int64((lanes.lowHalf &+ lanes.highHalf).wrappedSum()) }

  /// Residuals from a constant level.
  @inline(__always)
  private mutating func levels<Codes: GroupedCodes>(_ codes: Codes, _ count: Int) {
    while let at = wanted.take(before: row &+ count) {
      let place = at &- row
      unsafe out[at] = value &+ Int64(codes.residuals(place &>> 3)[Codes.lane(of: place & 7)])
    }
  }

  /// Residuals from a constant difference.
  @inline(__always)
  private mutating func deltas<Codes: GroupedCodes>(_ codes: Codes, _ count: Int) {
    var sums = SIMD8<Int32>.zero
    var group = 0
    while let at = wanted.take(before: row &+ count) {
      let place = at &- row
      while group < place &>> 3 {
        sums &+= codes.residuals(group)
        group &+= 1
      }
      let own = sums &+ codes.residuals(group) & Codes.before(place & 7 &+ 1)
      unsafe out[at] = value &+ Self.sum(own) &+ state &* Int64(place &+ 1)
    }
    while group < (count &+ 7) &>> 3 {
      sums &+= codes.residuals(group)
      group &+= 1
    }
    value &+= Self.sum(sums) &+ state &* Int64(count)
  }

  /// Residuals of levels from a moving average, and how far each moves it.
  @inline(__always)
  private mutating func averagedLevels<Codes: GroupedCodes>(_ codes: Codes, _ count: Int) {
    var moves = SIMD8<Int32>.zero
    var group = 0
    while let at = wanted.take(before: row &+ count) {
      let place = at &- row
      while group < place &>> 3 {
        moves &+= codes.parts(group).steps
        group &+= 1
      }
      let (residuals, steps) = codes.parts(group)
      let before = moves &+ steps & Codes.before(place & 7)
      unsafe out[at] = state &+ Self.sum(before) &+ Int64(residuals[Codes.lane(of: place & 7)])
    }
    while group < (count &+ 7) &>> 3 {
      moves &+= codes.parts(group).steps
      group &+= 1
    }
    state &+= Self.sum(moves)
  }

  /// Residuals of differences from a moving average, and how far each moves it.
  @inline(__always)
  private mutating func averagedDeltas<Codes: GroupedCodes>(_ codes: Codes, _ count: Int) {
    var moments = Moments<Codes>()
    var group = 0
    while let at = wanted.take(before: row &+ count) {
      let place = at &- row
      while group < place &>> 3 {
        moments.add(codes.parts(group))
        group &+= 1
      }
      let (residuals, steps) = codes.parts(group)
      let own = place & 7
      let sum = moments.sum(residuals & Codes.before(own &+ 1), steps & Codes.before(own), own)
      unsafe out[at] = value &+ state &* Int64(place &+ 1) &+ sum
    }
    while group < (count &+ 7) &>> 3 {
      moments.add(codes.parts(group))
      group &+= 1
    }
    value &+= state &* Int64(count) &+ moments.sum(.zero, .zero, -1)
    state &+= moments.drift
  }

  /// Sums over whole groups of eight rows, lane by lane.
  private struct Moments<Codes: GroupedCodes> {
    private var residuals = SIMD8<Int32>.zero
    /// Of the steps; and of these sums up to and with each group.
    private var steps = SIMD8<Int32>.zero
    private var running = SIMD8<Int32>.zero

    @inline(__always)
    mutating func add(_ parts: (residuals: SIMD8<Int32>, steps: SIMD8<Int32>)) {
      residuals &+= parts.residuals
      steps &+= parts.steps
      running &+= steps
    }

    /// How far the moving average has moved.
    @inline(__always)
    var drift: Int64 { RowIntegrator.sum(steps) }

    /// What residuals, and the average's moves, have added by a row of the group behind the whole ones, of which `part` and `moves`
    /// are the beginning: a move counts in each row after its own. Row -1 is the last whole group's.
    @inline(__always)
    func sum(_ part: SIMD8<Int32>, _ moves: SIMD8<Int32>, _ row: Int) -> Int64 {
      let moved = steps &+ moves
      let running = running &<< SIMD8(repeating: 3)
      return RowIntegrator.sum(residuals &+ part &- moved &* Codes.rows &+ running)
        &+ Int64(row) &* RowIntegrator.sum(moved)
    }
  }

  // MARK: One by one

  /// Codes of any size.
  @inline(__always)
  private mutating func one(_ count: Int, _ code: (Int) -> UInt64) {
    let half = roundingHalf(shift ?? 0)
    for at in 0..<count {
      let residual = isZigzag ? unzigzag(code(at)) : Int64(bitPattern: code(at))
      let predicted = shift == nil && !isDelta ? value : state
      let result = isDelta ? value &+ predicted &+ residual : predicted &+ residual
      if isDelta { value = result }
      if let shift { state &+= adaptation(residual, shift, half) }
      if wanted.take(before: row &+ at &+ 1) != nil { unsafe out[row &+ at] = result }
    }
  }
}
