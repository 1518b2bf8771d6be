/// Working memory of one thread for decoding Rice streams of up to `capacity` values.
@safe final class RiceScratch {
  let capacity: Int
  /// One for each value that has bits.
  let quotients: UnsafeMutablePointer<UInt8>
  /// The low bits of a mini-block.
  let low: UnsafeMutablePointer<UInt16>
  /// The values of a mini-block, and room for as many again, which is the taker's.
  let narrow: UnsafeMutablePointer<UInt32>
  /// Values of more than 32 bits, or all values of a stream with patches.
  let wide: UnsafeMutablePointer<UInt64>

  /// Eight values are handled at a time, so that what lies behind the last one is read and written, too.
  init(capacity: Int) {
    self.capacity = max(RiceStream.mini, capacity)
    unsafe quotients = .allocate(capacity: self.capacity + UnaryDecoder.overrun)
    unsafe quotients.initialize(repeating: 0, count: self.capacity + UnaryDecoder.overrun)
    unsafe low = .allocate(capacity: RiceStream.mini)
    unsafe low.initialize(repeating: 0, count: RiceStream.mini)
    unsafe narrow = .allocate(capacity: 2 * RiceStream.mini)
    unsafe narrow.initialize(repeating: 0, count: 2 * RiceStream.mini)
    unsafe wide = .allocate(capacity: self.capacity)
  }

  deinit {
    unsafe quotients.deallocate()
    unsafe low.deallocate()
    unsafe narrow.deallocate()
    unsafe wide.deallocate()
  }
}
