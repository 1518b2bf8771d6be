import Testing
import TimeSeries

@Suite struct FixedPointTests {
  @Test(arguments: [
    ("0", 0, 0), ("-3", -3, 0), ("1.50", 150, 2), ("0.000001", 1, 6), ("-0.5", -5, 1),
    ("9223372036854775807", Int64.max, 0), ("-9223372036854775808", Int64.min, 0),
  ])
  func `a printed decimal keeps its digits`(_ text: String, _ mantissa: Int64, _ digits: UInt8) throws {
    let value = try #require(FixedPoint.parse(text.utf8))
    #expect(value.mantissa == mantissa)
    #expect(value.digits == digits)
  }

  @Test(arguments: [
    "", "-", ".", "1.", ".5", "1e3", "+1", " 1", "1 ", "nan", "9223372036854775808", "1.2.3", "--1",
  ])
  func `anything else is refused`(_ text: String) {
    #expect(FixedPoint.parse(text.utf8) == nil)
    #expect(FixedPoint.parse(Array(text.utf8).span) == nil)
  }

  @Test(arguments: [
    (FixedPoint(150, digits: 2), "1.5"), (FixedPoint(-3), "-3"), (FixedPoint(1, digits: 6), "0.000001"),
    (FixedPoint(-5, digits: 1), "-0.5"), (FixedPoint(0, digits: 4), "0"),
    (FixedPoint(.min, digits: 18), "-9.223372036854775808"), (FixedPoint(1000, digits: 2), "10"),
  ])
  func `it prints the shortest plain decimal`(_ value: FixedPoint, _ text: String) {
    #expect(value.description == text)
  }

  @Test func `values order by number, not by spelling`() {
    let rising = [
      FixedPoint(.min), FixedPoint(.min, digits: 3), FixedPoint(-1), FixedPoint(-1, digits: 30),
      FixedPoint(0, digits: 9),
      FixedPoint(1, digits: 200), FixedPoint(1, digits: 30), FixedPoint(5, digits: 1), FixedPoint(10, digits: 1),
      FixedPoint(101, digits: 2), FixedPoint(.max, digits: 1), FixedPoint(.max),
    ]
    for (index, low) in rising.enumerated() {
      for high in rising[(index + 1)...] {
        #expect(low < high, "\(low) \(high)")
        #expect(!(high < low))
        #expect(low != high)
      }
    }
    #expect(FixedPoint(10, digits: 1) == FixedPoint(1))
    #expect(FixedPoint(10, digits: 1).hashValue == FixedPoint(1).hashValue)
  }

  @Test func `rescaling loses nothing or gives nil`() {
    #expect(FixedPoint(15, digits: 1).rescaled(toDigits: 3)?.mantissa == 1500)
    #expect(FixedPoint(1500, digits: 3).rescaled(toDigits: 1)?.mantissa == 15)
    #expect(FixedPoint(15, digits: 1).rescaled(toDigits: 0) == nil)
    #expect(FixedPoint(.max).rescaled(toDigits: 1) == nil)
    #expect(FixedPoint(25, digits: 2).double == 0.25)
  }
}
