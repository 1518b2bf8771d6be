import CNanopb

/// A protobuf message under construction; nanopb writes it, field by field, so that no code is generated for the four small messages
/// of remote write.
struct ProtobufMessage {
  private(set) var bytes: [UInt8] = []

  /// What a field's number and kind, or a length, take at most.
  private static let mostOfVarint = 10

  mutating func removeAll() { bytes.removeAll(keepingCapacity: true) }

  /// A string, UTF-8.
  mutating func append(_ text: String, field: UInt32) {
    var text = text
    text.withUTF8 { text in unsafe append(UnsafeRawBufferPointer(text), field: field) }
  }

  /// A message within this one.
  mutating func append(_ message: ProtobufMessage, field: UInt32) {
    unsafe message.bytes.withUnsafeBytes { unsafe append($0, field: field) }
  }

  /// A `double`, whatever its bits are.
  mutating func append(_ value: Double, field: UInt32) {
    unsafe write(atMost: Self.mostOfVarint + 8) { stream in
      var bits = value.bitPattern.littleEndian
      return unsafe pb_encode_tag(stream, PB_WT_64BIT, field) && pb_encode_fixed64(stream, &bits)
    }
  }

  /// An `int64`.
  mutating func append(_ value: Int64, field: UInt32) {
    unsafe write(atMost: 2 * Self.mostOfVarint) { stream in
      unsafe pb_encode_tag(stream, PB_WT_VARINT, field) && pb_encode_varint(stream, UInt64(bitPattern: value))
    }
  }

  private mutating func append(_ content: UnsafeRawBufferPointer, field: UInt32) {
    unsafe write(atMost: 2 * Self.mostOfVarint + content.count) { stream in
      unsafe pb_encode_tag(stream, PB_WT_STRING, field)
        && pb_encode_string(stream, content.bindMemory(to: UInt8.self).baseAddress, content.count)
    }
  }

  /// Lends nanopb so many bytes behind those that there are.
  private mutating func write(atMost count: Int, _ body: (UnsafeMutablePointer<pb_ostream_t>) -> Bool) {
    let used = bytes.count
    bytes.append(contentsOf: repeatElement(0, count: count))
    let written = unsafe bytes.withUnsafeMutableBufferPointer { buffer in
      let room = unsafe UnsafeMutableBufferPointer(rebasing: buffer[used...])
      var stream = unsafe pb_ostream_from_buffer(room.baseAddress, count)
      guard unsafe body(&stream) else { preconditionFailure("there is room for the field, so nothing can fail") }
      return unsafe stream.bytes_written
    }
    bytes.removeLast(count - written)
  }
}
