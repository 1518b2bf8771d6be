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

  /// Of codes below this the sums of a mini-block fit in 32 bits, with their weights.
  private static let codeLimit: UInt32 = 1 << 23

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

  mutating func take(_ codes: UnsafeMutablePointer<UInt16>, _ count: Int) {
    unsafe sum(ShortCodes(codes, isZigzag, shift ?? 0), count)
    row &+= count
  }

  mutating func take(_ codes: UnsafeMutablePointer<UInt32>, _ count: Int) {
    let groups = unsafe NarrowCodes(codes, isZigzag, shift ?? 0)
    if groups.union(count) < Self.codeLimit {
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
    if shift != nil {
      averaged(codes, count)
    } else {
      plain(codes, count)
    }
  }

  private static var lanes: SIMD8<Int32> { SIMD8(0, 1, 2, 3, 4, 5, 6, 7) }

  /// All ones in the lanes below `limit`.
  @inline(__always)
  private static func lanes(before limit: Int32) -> SIMD8<Int32> {
    (lanes &- SIMD8(repeating: limit)) &>> SIMD8(repeating: 31)
  }

  /// Residuals from a constant level or difference.
  @inline(__always)
  private mutating func plain(_ codes: some GroupedCodes, _ count: Int) {
    if !isDelta {
      while let at = wanted.take(before: row &+ count) {
        unsafe out[at] = value &+ Int64(codes.residuals((at &- row) &>> 3)[(at &- row) & 7])
      }
      return
    }
    var sums = SIMD8<Int32>.zero
    var group = 0
    while let at = wanted.take(before: row &+ count) {
      let place = at &- row
      while group < place &>> 3 {
        sums &+= codes.residuals(group)
        group &+= 1
      }
      let own = codes.residuals(group) & Self.lanes(before: Int32(truncatingIfNeeded: place & 7) &+ 1)
      unsafe out[at] = value &+ Int64((sums &+ own).wrappedSum()) &+ state &* Int64(place &+ 1)
    }
    while group < (count &+ 7) &>> 3 {
      sums &+= codes.residuals(group)
      group &+= 1
    }
    value &+= Int64(sums.wrappedSum()) &+ state &* Int64(count)
  }

  /// Residuals from a moving average, and how far each moves it.
  @inline(__always)
  private mutating func averaged(_ codes: some GroupedCodes, _ count: Int) {
    var moments = Moments()
    var group = 0
    while let at = wanted.take(before: row &+ count) {
      let place = at &- row
      while group < place &>> 3 {
        moments.add(codes.parts(group))
        group &+= 1
      }
      let (residuals, steps) = codes.parts(group)
      let lane = Int32(truncatingIfNeeded: place & 7)
      let before = steps & Self.lanes(before: lane)
      if isDelta {
        let own = residuals & Self.lanes(before: lane &+ 1)
        let weighted = before &* (SIMD8(repeating: lane) &- Self.lanes)
        unsafe out[at] =
          value &+ state &* Int64(place &+ 1) &+ moments.sum(Int64(lane)) &+ Int64((own &+ weighted).wrappedSum())
      } else {
        unsafe out[at] = state &+ moments.drift &+ Int64(before.wrappedSum()) &+ Int64(residuals[Int(lane)])
      }
    }
    while group < (count &+ 7) &>> 3 {
      moments.add(codes.parts(group))
      group &+= 1
    }
    if isDelta { value &+= state &* Int64(count) &+ moments.sum(-1) }
    state &+= moments.drift
  }

  /// Sums over whole groups of eight rows, lane by lane.
  private struct Moments {
    private var residuals = SIMD8<Int32>.zero
    /// Of the steps; and of these sums before each group.
    private var steps = SIMD8<Int32>.zero
    private var earlier = SIMD8<Int32>.zero

    @inline(__always)
    mutating func add(_ parts: (residuals: SIMD8<Int32>, steps: SIMD8<Int32>)) {
      residuals &+= parts.residuals
      earlier &+= steps
      steps &+= parts.steps
    }

    /// How far the moving average has moved.
    var drift: Int64 { Int64(steps.wrappedSum()) }

    /// What residuals, and the average's moves, have added by the row `distance` behind the last group: a move counts in each row
    /// after its own.
    @inline(__always)
    func sum(_ distance: Int64) -> Int64 {
      let weighted = Int64((steps &* RowIntegrator.lanes).wrappedSum())
      return Int64(residuals.wrappedSum()) &+ 8 &* Int64(earlier.wrappedSum()) &+ (8 &+ distance) &* drift
        &- weighted
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

/// A mini-block of codes, eight at a time.
private protocol GroupedCodes {
  /// The residuals that eight codes stand for.
  func residuals(_ group: Int) -> SIMD8<Int32>
  /// And how far each moves a moving average.
  func parts(_ group: Int) -> (residuals: SIMD8<Int32>, steps: SIMD8<Int32>)
}

@safe private struct ShortCodes: GroupedCodes {
  private let bytes: UnsafeRawPointer
  private let isZigzag: Bool
  private let half: SIMD8<Int16>
  private let right: SIMD8<Int16>

  @inline(__always)
  init(_ codes: UnsafeMutablePointer<UInt16>, _ isZigzag: Bool, _ shift: Int64) {
    unsafe bytes = UnsafeRawPointer(codes)
    self.isZigzag = isZigzag
    half = SIMD8(repeating: Int16(truncatingIfNeeded: roundingHalf(shift)))
    right = SIMD8(repeating: Int16(truncatingIfNeeded: shift))
  }

  @inline(__always)
  private func codes(_ group: Int) -> SIMD8<UInt16> {
    unsafe bytes.loadUnaligned(fromByteOffset: 16 &* group, as: SIMD8<UInt16>.self)
  }

  @inline(__always)
  func residuals(_ group: Int) -> SIMD8<Int32> {
    isZigzag
      ? SIMD8(truncatingIfNeeded: Integrator.unzigzag(codes(group))) : SIMD8(truncatingIfNeeded: codes(group))
  }

  @inline(__always)
  func parts(_ group: Int) -> (residuals: SIMD8<Int32>, steps: SIMD8<Int32>) {
    let residuals = Integrator.unzigzag(codes(group))
    let steps = (residuals &+ half) &>> right
    return (SIMD8(truncatingIfNeeded: residuals), SIMD8(truncatingIfNeeded: steps))
  }
}

@safe private struct NarrowCodes: GroupedCodes {
  private let bytes: UnsafeRawPointer
  private let isZigzag: Bool
  private let half: SIMD8<Int32>
  private let right: SIMD8<Int32>

  @inline(__always)
  init(_ codes: UnsafeMutablePointer<UInt32>, _ isZigzag: Bool, _ shift: Int64) {
    unsafe bytes = UnsafeRawPointer(codes)
    self.isZigzag = isZigzag
    half = SIMD8(repeating: Int32(truncatingIfNeeded: roundingHalf(shift)))
    right = SIMD8(repeating: Int32(truncatingIfNeeded: shift))
  }

  @inline(__always)
  private func codes(_ group: Int) -> SIMD8<UInt32> {
    unsafe bytes.loadUnaligned(fromByteOffset: 32 &* group, as: SIMD8<UInt32>.self)
  }

  /// The bits of all codes.
  @inline(__always)
  func union(_ count: Int) -> UInt32 {
    var union = SIMD8<UInt32>.zero
    for group in 0..<((count &+ 7) &>> 3) { union |= codes(group) }
    let half = union.lowHalf | union.highHalf
    return half[0] | half[1] | half[2] | half[3]
  }

  @inline(__always)
  func residuals(_ group: Int) -> SIMD8<Int32> {
    isZigzag ? Integrator.unzigzag(codes(group)) : SIMD8(truncatingIfNeeded: codes(group))
  }

  @inline(__always)
  func parts(_ group: Int) -> (residuals: SIMD8<Int32>, steps: SIMD8<Int32>) {
    let residuals = Integrator.unzigzag(codes(group))
    return (residuals, (residuals &+ half) &>> right)
  }
}

/// Rows of a column that are asked for, rising; row 0 is never among them.
@safe struct WantedRows {
  private var next: UnsafePointer<Int>
  private let end: UnsafePointer<Int>

  /// The rows must stay where they are for as long as this is used.
  init(_ rows: UnsafeBufferPointer<Int>) {
    guard let base = rows.baseAddress else { preconditionFailure("some row is always asked for") }
    unsafe next = base
    unsafe end = base + rows.count
    while unsafe next < end, unsafe next.pointee <= 0 { unsafe next += 1 }
  }

  /// The next row, if it is below `limit`.
  @inline(__always)
  mutating func take(before limit: Int) -> Int? {
    guard unsafe next < end, unsafe next.pointee < limit else { return nil }
    let row = unsafe next.pointee
    unsafe next += 1
    return row
  }
}
