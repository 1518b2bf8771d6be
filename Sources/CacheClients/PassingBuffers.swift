import NIOCore

/// Buffers to receive into that grow and shrink with what comes, and that a connection does not keep between two reads: each of a
/// thousand that are silent most of the time would keep its largest.
struct PassingBuffers: RecvByteBufferAllocator {
  private var adaptive = AdaptiveRecvByteBufferAllocator()

  func buffer(allocator: ByteBufferAllocator) -> ByteBuffer { adaptive.buffer(allocator: allocator) }

  mutating func record(actualReadBytes: Int) -> Bool { adaptive.record(actualReadBytes: actualReadBytes) }
}
