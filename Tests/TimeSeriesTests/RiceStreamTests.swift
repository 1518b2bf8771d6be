import Randomness
import Testing

@testable import TimeSeries

/// Streams of every width come back, whole or from the beginning to any value.
@Suite struct RiceStreamTests {
  private struct Collector: RiceTaker {
    var values: [UInt64] = []

    mutating func take(_ part: UnsafeMutablePointer<UInt16>, _ count: Int) {
      for at in 0..<count { unsafe values.append(UInt64(part[at])) }
    }

    mutating func take(_ part: UnsafeMutablePointer<UInt32>, _ count: Int) {
      for at in 0..<count { unsafe values.append(UInt64(part[at])) }
    }

    mutating func take(_ part: UnsafeMutablePointer<UInt64>, _ count: Int) {
      for at in 0..<count { unsafe values.append(part[at]) }
    }
  }

  /// Values of about `width` bits; with `outliers` some of any size; stretches of zeros.
  private static func values(_ count: Int, _ width: Int, outliers: Bool, _ random: inout SeededRandom) -> [UInt64] {
    (0..<count).map { at in
      if count > 200, (128..<192).contains(at) { return 0 }
      if outliers, Int.random(in: 0..<90, using: &random) == 0 {
        return UInt64.random(in: 0 ... .max, using: &random)
      }
      return UInt64.random(in: 0...((1 &<< UInt64(width)) &- 1), using: &random)
    }
  }

  /// The bytes of a stream, and eight that may be read behind it.
  private static func encode(_ values: [UInt64]) -> [UInt8] {
    var writer = ByteWriter()
    unsafe values.withUnsafeBufferPointer { buffer in
      guard let base = buffer.baseAddress else { return }
      unsafe RiceStream.encode(base, values.count, into: &writer)
    }
    return writer.bytes + [UInt8](repeating: 0xFF, count: 8)
  }

  private static func decode(_ bytes: [UInt8], _ count: Int, wanted: Int) throws -> (
    values: [UInt64], position: Int
  ) {
    try unsafe bytes.withUnsafeBytes { raw in
      var reader = unsafe ByteReader(raw)
      var collector = Collector()
      let read = try RiceStream.decode(
        &reader, end: bytes.count - 8, count: count, wanted: wanted, RiceScratch(capacity: 1024), into: &collector)
      #expect(read == collector.values.count)
      return (collector.values, reader.position)
    }
  }

  @Test(arguments: 0..<64, [false, true])
  func `values of any width come back`(_ width: Int, _ outliers: Bool) throws {
    var random = SeededRandom(seed: UInt64(width))
    for count in [1, 3, 5, 63, 64, 65, 68, 600] {
      let values = Self.values(count, width, outliers: outliers, &random)
      let bytes = Self.encode(values)
      let whole = try Self.decode(bytes, count, wanted: .max)
      #expect(whole.values == values)
      #expect(whole.position == bytes.count - 8)
      for wanted in [0, 1, count / 3, count - 1] {
        let part = try Self.decode(bytes, count, wanted: wanted).values
        #expect(part.count >= wanted && part.count < wanted + 64)
        #expect(part == Array(values.prefix(part.count)))
      }
    }
  }
}
