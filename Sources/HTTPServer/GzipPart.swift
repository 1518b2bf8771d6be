import CZlib

/// Content that is compressed in parts, each by itself, so that several are made at a time: ``header``, the parts' bytes in order
/// and ``trailer(of:)`` are one gzip member.
public struct GzipPart: Sendable {
  /// What a gzip member begins with: no time, no name.
  public static let header: [UInt8] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 4, 3]

  /// Compressed; ends at a whole byte.
  public let bytes: [UInt8]
  private let checksum: UInt
  private let count: Int

  /// Compresses what `next` gives until nil, at `level` 1 (fastest) … 9. Blocks the caller; holds no more than one of the pieces.
  public init(isLast: Bool, level: Int = 1, _ next: () -> [UInt8]?) {
    // zlib wants it to stay where it is. Owned here: freed below.
    let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
    unsafe stream.initialize(to: z_stream())
    defer {
      unsafe deflateEnd(stream)
      unsafe stream.deallocate()
    }
    let status = unsafe czlib_deflate_init(stream, Int32(min(max(level, 1), 9)))
    guard status == Z_OK else { preconditionFailure("zlib refuses a valid level only when memory is exhausted") }
    var (bytes, checksum, count): ([UInt8], UInt, Int) = ([], 0, 0)
    while let piece = next() {
      unsafe checksum = piece.withUnsafeBufferPointer { unsafe crc32_z(checksum, $0.baseAddress, $0.count) }
      count += piece.count
      unsafe Self.deflate(piece, Z_NO_FLUSH, stream, to: &bytes)
    }
    unsafe Self.deflate([], isLast ? Z_FINISH : Z_SYNC_FLUSH, stream, to: &bytes)
    self.bytes = bytes
    self.checksum = checksum
    self.count = count
  }

  /// What a gzip member of these parts ends with.
  public static func trailer(of parts: [GzipPart]) -> [UInt8] {
    var (checksum, count): (UInt, Int) = (0, 0)
    for part in parts {
      checksum = crc32_combine(checksum, part.checksum, part.count)
      count += part.count
    }
    return [checksum, UInt(count)].flatMap { value in (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) } }
  }

  private static func deflate(
    _ input: [UInt8], _ flush: Int32, _ stream: UnsafeMutablePointer<z_stream>, to bytes: inout [UInt8]
  ) {
    let block = 32 * 1024
    var input = input
    unsafe input.withUnsafeMutableBufferPointer { input in
      unsafe stream.pointee.next_in = input.baseAddress
      unsafe stream.pointee.avail_in = UInt32(input.count)
      repeat {
        let made = unsafe [UInt8](unsafeUninitializedCapacity: block) { output, count in
          unsafe stream.pointee.next_out = output.baseAddress
          unsafe stream.pointee.avail_out = UInt32(block)
          let status = unsafe CZlib.deflate(stream, flush)
          precondition(status != Z_STREAM_ERROR, "the stream was initialized, and its pointers are valid")
          count = unsafe block - Int(stream.pointee.avail_out)
        }
        bytes += made
      } while unsafe stream.pointee.avail_out == 0
    }
  }
}
