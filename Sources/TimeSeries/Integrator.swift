/// Turns the residuals of a level or delta encoding into values.
///
/// Residuals come a mini-block at a time: what each needs by itself is done in vectors, in place; only the sums go from value to
/// value.
@safe struct Integrator: RiceTaker {
  private let isZigzag: Bool
  private let isDelta: Bool
  /// How the prediction adapts; nil where it is constant.
  private let shift: Int64?
  /// Of a level encoding, the constant that residuals are added to; of a delta encoding, the value before.
  private var value: Int64
  /// What a moving average predicts: the next value, or the next difference.
  private var state: Int64
  private var out: UnsafeMutablePointer<Int64>

  /// Values are written to `out` from row 1 on; `first` is that of row 0, `parameter` the encoding's.
  init(_ encoding: Encoding, first: Int64, parameter: Int64, into out: UnsafeMutablePointer<Int64>) {
    isZigzag = encoding != .offsetLevel && encoding != .offsetDelta
    isDelta = encoding.isDelta
    shift = encoding.shift
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
    let residuals = unsafe UnsafeMutableRawPointer(codes).assumingMemoryBound(to: Int16.self)
    let groups = (count + 7) / 8
    if let shift {
      let steps = unsafe residuals + RiceStream.mini
      unsafe Self.prepare(codes, residuals, steps, groups, Int16(truncatingIfNeeded: shift))
      average(count, { unsafe Int64(residuals[$0]) }, { unsafe Int64(steps[$0]) })
    } else if isZigzag {
      unsafe Self.unzigzag(codes, groups)
      plain(count) { unsafe Int64(residuals[$0]) }
    } else {
      plain(count) { unsafe Int64(codes[$0]) }
    }
    unsafe out += count
  }

  mutating func take(_ codes: UnsafeMutablePointer<UInt32>, _ count: Int) {
    let residuals = unsafe UnsafeMutableRawPointer(codes).assumingMemoryBound(to: Int32.self)
    let groups = (count + 7) / 8
    if let shift {
      let steps = unsafe residuals + RiceStream.mini
      unsafe Self.prepare(codes, residuals, steps, groups, Int32(truncatingIfNeeded: shift))
      average(count, { unsafe Int64(residuals[$0]) }, { unsafe Int64(steps[$0]) })
    } else if isZigzag {
      unsafe Self.unzigzag(codes, groups)
      plain(count) { unsafe Int64(residuals[$0]) }
    } else {
      // An offset may take all 32 bits.
      plain(count) { unsafe Int64(codes[$0]) }
    }
    unsafe out += count
  }

  mutating func take(_ codes: UnsafeMutablePointer<UInt64>, _ count: Int) {
    if let shift {
      let half = roundingHalf(shift)
      average(
        count, { unsafe TimeSeries.unzigzag(codes[$0]) },
        { unsafe adaptation(TimeSeries.unzigzag(codes[$0]), shift, half) })
    } else if isZigzag {
      plain(count) { unsafe TimeSeries.unzigzag(codes[$0]) }
    } else {
      plain(count) { unsafe Int64(bitPattern: codes[$0]) }
    }
    unsafe out += count
  }

  // MARK: Sums

  /// Residuals from a constant level or difference.
  @inline(__always)
  private mutating func plain(_ count: Int, _ residual: (Int) -> Int64) {
    let out = unsafe out
    if !isDelta {
      for at in 0..<count { unsafe out[at] = value &+ residual(at) }
      return
    }
    var sum = value
    let center = state
    for at in 0..<count {
      sum &+= residual(at) &+ center
      unsafe out[at] = sum
    }
    value = sum
  }

  /// Residuals from a moving average, and how far each moves it.
  @inline(__always)
  private mutating func average(_ count: Int, _ residual: (Int) -> Int64, _ step: (Int) -> Int64) {
    let out = unsafe out
    var state = state
    if isDelta {
      var sum = value
      for at in 0..<count {
        sum &+= state &+ residual(at)
        unsafe out[at] = sum
        state &+= step(at)
      }
      value = sum
    } else {
      for at in 0..<count {
        unsafe out[at] = state &+ residual(at)
        state &+= step(at)
      }
    }
    self.state = state
  }

  // MARK: Vectors

  @inline(__always)
  static func unzigzag(_ code: SIMD8<UInt32>) -> SIMD8<Int32> {
    let one = SIMD8<UInt32>(repeating: 1)
    return SIMD8<Int32>(truncatingIfNeeded: code &>> one ^ (SIMD8<UInt32>(repeating: 0) &- (code & one)))
  }

  @inline(__always)
  private static func unzigzag(_ codes: UnsafeMutablePointer<UInt32>, _ groups: Int) {
    let bytes = UnsafeMutableRawPointer(codes)
    for group in 0..<groups {
      let code = unsafe bytes.loadUnaligned(fromByteOffset: 32 &* group, as: SIMD8<UInt32>.self)
      unsafe bytes.storeBytes(of: unzigzag(code), toByteOffset: 32 &* group, as: SIMD8<Int32>.self)
    }
  }

  /// Residuals in place of their codes, and how far each moves a moving average.
  @inline(__always)
  private static func prepare(
    _ codes: UnsafeMutablePointer<UInt32>, _ residuals: UnsafeMutablePointer<Int32>,
    _ steps: UnsafeMutablePointer<Int32>, _ groups: Int, _ shift: Int32
  ) {
    let half = SIMD8<Int32>(repeating: Int32(truncatingIfNeeded: roundingHalf(Int64(shift))))
    let right = SIMD8<Int32>(repeating: shift)
    let bytes = UnsafeMutableRawPointer(codes)
    for group in 0..<groups {
      let residual = unsafe unzigzag(bytes.loadUnaligned(fromByteOffset: 32 &* group, as: SIMD8<UInt32>.self))
      unsafe bytes.storeBytes(of: residual, toByteOffset: 32 &* group, as: SIMD8<Int32>.self)
      unsafe UnsafeMutableRawPointer(steps).storeBytes(
        of: (residual &+ half) &>> right, toByteOffset: 32 &* group, as: SIMD8<Int32>.self)
    }
  }

  @inline(__always)
  static func unzigzag(_ code: SIMD8<UInt16>) -> SIMD8<Int16> {
    let one = SIMD8<UInt16>(repeating: 1)
    return SIMD8<Int16>(truncatingIfNeeded: code &>> one ^ (SIMD8<UInt16>(repeating: 0) &- (code & one)))
  }

  @inline(__always)
  private static func unzigzag(_ codes: UnsafeMutablePointer<UInt16>, _ groups: Int) {
    let bytes = UnsafeMutableRawPointer(codes)
    for group in 0..<groups {
      let code = unsafe bytes.loadUnaligned(fromByteOffset: 16 &* group, as: SIMD8<UInt16>.self)
      unsafe bytes.storeBytes(of: unzigzag(code), toByteOffset: 16 &* group, as: SIMD8<Int16>.self)
    }
  }

  /// Residuals in place of their codes, and how far each moves a moving average.
  @inline(__always)
  private static func prepare(
    _ codes: UnsafeMutablePointer<UInt16>, _ residuals: UnsafeMutablePointer<Int16>,
    _ steps: UnsafeMutablePointer<Int16>, _ groups: Int, _ shift: Int16
  ) {
    let half = SIMD8<Int16>(repeating: Int16(truncatingIfNeeded: roundingHalf(Int64(shift))))
    let right = SIMD8<Int16>(repeating: shift)
    let bytes = UnsafeMutableRawPointer(codes)
    for group in 0..<groups {
      let residual = unsafe unzigzag(bytes.loadUnaligned(fromByteOffset: 16 &* group, as: SIMD8<UInt16>.self))
      unsafe bytes.storeBytes(of: residual, toByteOffset: 16 &* group, as: SIMD8<Int16>.self)
      unsafe UnsafeMutableRawPointer(steps).storeBytes(
        of: (residual &+ half) &>> right, toByteOffset: 16 &* group, as: SIMD8<Int16>.self)
    }
  }
}
