import CZlib

/// One gzip member of `bytes`. The same input and level give the same output: the header has no time and no name.
///
/// `level` is 1 (fastest) … 9 (smallest), clamped. About 25 µs per 10 kB of exposition text at level 6; blocks the
/// caller for that long, so compress where the text is rendered and not in a handler.
public func gzip(_ bytes: [UInt8], level: Int = 6) -> [UInt8] {
  var stream = unsafe z_stream()
  let status = unsafe czlib_gzip_init(&stream, Int32(min(max(level, 1), 9)))
  guard status == Z_OK else { preconditionFailure("zlib refuses a valid level only when memory is exhausted") }
  defer { unsafe deflateEnd(&stream) }
  // zlib counts 32 bits of input at a time; the bound is the whole input's.
  precondition(bytes.count < Int(UInt32.max) / 2, "content beyond 2 GiB is not compressed in one piece")
  let bound = unsafe Int(deflateBound(&stream, UInt(bytes.count)))
  return unsafe [UInt8](unsafeUninitializedCapacity: bound) { output, count in
    var input = bytes
    unsafe input.withUnsafeMutableBufferPointer { input in
      unsafe stream.next_in = input.baseAddress
      unsafe stream.avail_in = UInt32(input.count)
      unsafe stream.next_out = output.baseAddress
      unsafe stream.avail_out = UInt32(bound)
      guard unsafe deflate(&stream, Z_FINISH) == Z_STREAM_END else {
        preconditionFailure("deflateBound is an upper bound, so one call finishes")
      }
    }
    count = unsafe Int(stream.total_out)
  }
}
