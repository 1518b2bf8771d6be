/// Working memory of one thread for decoding Rice streams of up to `capacity` values.
@safe final class RiceScratch {
  let capacity: Int
  /// One for each value that has bits.
  let quotients: UnsafeMutablePointer<UInt8>
  /// The values of a mini-block of 16 bits each, and room for as many again, which is the taker's.
  let short: UnsafeMutablePointer<UInt16>
  /// The same of up to 32 bits each.
  let narrow: UnsafeMutablePointer<UInt32>
  /// The same of any size.
  let wide: UnsafeMutablePointer<UInt64>

  /// Eight values are handled at a time, so that what lies behind the last one is read and written, too.
  init(capacity: Int) {
    self.capacity = max(RiceStream.mini, capacity)
    unsafe quotients = .allocate(capacity: self.capacity + UnaryDecoder.overrun)
    unsafe quotients.initialize(repeating: 0, count: self.capacity + UnaryDecoder.overrun)
    unsafe short = .allocate(capacity: 2 * RiceStream.mini)
    unsafe short.initialize(repeating: 0, count: 2 * RiceStream.mini)
    unsafe narrow = .allocate(capacity: 2 * RiceStream.mini)
    unsafe narrow.initialize(repeating: 0, count: 2 * RiceStream.mini)
    unsafe wide = .allocate(capacity: RiceStream.mini)
  }

  deinit {
    unsafe quotients.deallocate()
    unsafe short.deallocate()
    unsafe narrow.deallocate()
    unsafe wide.deallocate()
  }
}
