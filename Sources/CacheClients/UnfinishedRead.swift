import NIOCore

/// What is left of a connection's reads when every whole message was taken out of them.
struct UnfinishedRead {
  private var rest: ByteBuffer?

  /// What was left, and `read` behind it.
  mutating func joined(with read: ByteBuffer) -> ByteBuffer {
    guard var whole = rest else { return read }
    // So that it is held once, and grows where it is.
    rest = nil
    var read = read
    whole.writeBuffer(&read)
    return whole
  }

  /// Keeps a copy of what `buffer` still has: a few bytes must not keep a whole read alive.
  mutating func keep(_ buffer: ByteBuffer, _ allocator: ByteBufferAllocator) {
    guard buffer.readableBytes > 0 else { return }
    var buffer = buffer
    var kept = allocator.buffer(capacity: buffer.readableBytes)
    kept.writeBuffer(&buffer)
    rest = kept
  }
}

extension ChannelHandlerContext {
  /// Leaves parts of a buffer, counted from its first readable byte, to the next handler.
  func leave(_ parts: [Range<Int>], of buffer: ByteBuffer) {
    for part in parts {
      guard let slice = buffer.getSlice(at: buffer.readerIndex + part.lowerBound, length: part.count) else {
        preconditionFailure("parts are ranges of what was read")
      }
      fireChannelRead(NIOAny(slice))
    }
  }
}
