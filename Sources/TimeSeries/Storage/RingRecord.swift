/// One piece of a ring as bytes, to be kept outside memory. Layouts: `docs/ring.md`, "Records".
///
/// A record carries no length and no checksum: whoever keeps it adds both.
public struct RingRecord: Sendable, Equatable {
  /// What a record says.
  public enum Kind: UInt8, Sendable {
    /// All series and their values before the first row of a block.
    case state = 1
    /// A series registered since.
    case series = 2
    /// One poll: what differs from the row before.
    case row = 3
    /// A sealed block, with the values from before it.
    case block = 4
    /// A rollup row, likewise.
    case rollup = 5
  }

  /// What the bytes are.
  public let kind: Kind
  /// The record itself.
  public let bytes: [UInt8]

  /// Any bytes are taken; they are checked when they are read.
  public init(_ kind: Kind, _ bytes: [UInt8]) {
    self.kind = kind
    self.bytes = bytes
  }

  /// Gives `body` a reader over the bytes.
  func read<T>(_ body: (inout ByteReader) throws(RingCorruption) -> T) throws(RingCorruption) -> T {
    let result: Result<T, RingCorruption> = unsafe bytes.withUnsafeBytes { raw in
      var reader = unsafe ByteReader(raw, at: 0)
      do throws(RingCorruption) { return .success(try body(&reader)) } catch { return .failure(error) }
    }
    return try result.get()
  }
}

extension ByteWriter {
  mutating func text(_ text: String) {
    varint(UInt64(text.utf8.count))
    bytes.append(contentsOf: text.utf8)
  }
}

extension ByteReader {
  mutating func text() throws(RingCorruption) -> String {
    let length = try count(upTo: 1 << 16)
    let start = position
    try skip(length)
    return unsafe String(decoding: base[start..<position], as: UTF8.self)
  }

  /// Succeeds at the end only.
  func finish() throws(RingCorruption) {
    guard unsafe position == base.count else { throw failure(.badCount) }
  }
}
