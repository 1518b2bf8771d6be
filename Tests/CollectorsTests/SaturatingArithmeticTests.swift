import CacheModel
import Testing
import TimeSeries

@Suite struct `Arithmetic with what a server says` {
  private static let ends: [Int64] = [.min, .min + 1, -1, 0, 1, 1 << 62, .max - 1, .max]

  @Test func `is exact between the ends of integers, and stops there`() {
    for one in Self.ends {
      for other in Self.ends {
        let (a, b) = (Int128(one), Int128(other))
        #expect(one.saturatingSum(other) == Int64(clamping: a + b))
        #expect(one.saturatingDifference(other) == Int64(clamping: a - b))
      }
    }
    #expect([Int64]().saturatingSum == 0)
    #expect([.max, .max, 1].saturatingSum == Int64.max)
    #expect([.min, -1, .min].saturatingSum == Int64.min)
  }

  @Test(
    arguments: [
      (0, 0), (-0.0, 0), (2.9, 2), (-2.9, -2), (0x1p53, 1 << 53), (0x1p63, .max), (-0x1p63, .min), (1e308, .max),
      (-1e308, .min), (.infinity, .max), (-.infinity, .min), (.nan, 0), (.leastNonzeroMagnitude, 0),
    ] as [(Double, Int64)])
  func `takes the whole part of a number, as far as there is one`(number: Double, whole: Int64) {
    #expect(Int64(saturating: number) == whole)
  }

  @Test(
    arguments: [
      (0, 0, 0), (15, 1, 1), (-15, 1, -1), (.max, 0, .max), (.min, 0, .min), (.max, 6, 9_223_372_036_854),
      (.min, 18, -9), (.max, 19, 0), (.min, 24, 0), (.max, 255, 0),
    ] as [(Int64, UInt8, Int64)])
  func `takes the whole part of a decimal exactly`(mantissa: Int64, digits: UInt8, whole: Int64) {
    #expect(FixedPoint(mantissa, digits: digits).whole == whole)
  }
}
