import CacheModel
import Randomness
import Testing
import TimeSeries

@testable import Exposition

@Suite struct SpellingTests {
  @Test(arguments: [
    (0, "1970-01-01T00:00:00.000Z"), (951_782_400_000, "2000-02-29T00:00:00.000Z"),
    (1_709_251_199_999, "2024-02-29T23:59:59.999Z"), (1_709_251_200_000, "2024-03-01T00:00:00.000Z"),
    (4_107_542_400_001, "2100-03-01T00:00:00.001Z"), (-1, "1969-12-31T23:59:59.999Z"),
    (-62_135_596_800_000, "0001-01-01T00:00:00.000Z"), (253_402_300_799_999, "9999-12-31T23:59:59.999Z"),
    (Int.max, "9999-12-31T23:59:59.999Z"), (Int.min, "0001-01-01T00:00:00.000Z"),
  ])
  func `instants are RFC 3339 in UTC`(_ milliseconds: Int, _ text: String) {
    #expect(UnixTime(milliseconds: Int64(milliseconds)).rfc3339 == text)
  }

  @Test(arguments: [
    (0, "0B"), (1023, "1023B"), (1024, "1.00K"), (1_572_864, "1.50M"), (868_504, "848.15K"),
    (1_048_575, "1024.00K"),
    (1 << 30, "1.00G"), (1 << 40, "1.00T"), (Int64.max, "8.00E"),
  ])
  func `sizes are as Redis writes them`(_ bytes: Int64, _ text: String) {
    #expect(humanSize(bytes) == text)
  }

  @Test func `exact numbers are written as they describe themselves`() {
    var generator = SeededRandom(seed: 7)
    let edges: [Int64] = [0, 1, -1, 10, -100, .max, .min, 1_000_000]
    let mantissas = edges + (0..<500).map { Int64(bitPattern: generator.next()) >> ($0 % 60) }
    for mantissa in mantissas {
      for digits in [0, 1, 2, 6, 17, 18, 19, 20, 40] as [UInt8] {
        var text = ByteText()
        text.append(FixedPoint(mantissa, digits: digits))
        #expect(text.bytes.text == FixedPoint(mantissa, digits: digits).description)
      }
    }
  }

  @Test(arguments: [
    (0.1, "0.1"), (-0.0, "0"), (2, "2"), (1e15, "1000000000000000"), (1e300, "1e+300"),
    (.infinity, "+Inf"), (-.infinity, "-Inf"), (.nan, "NaN"), (.leastNonzeroMagnitude, "5e-324"),
    (0.8333333333333334, "0.8333333333333334"),
  ])
  func `doubles are as short as round trips allow, and spelled as Prometheus does`(_ value: Double, _ text: String)
  {
    var written = ByteText()
    written.append(value)
    #expect(written.bytes.text == text)
  }

  @Test func `every double reads back as it was written`() {
    var generator = SeededRandom(seed: 11)
    for _ in 0..<2000 {
      let value = Double(bitPattern: generator.next())
      guard value.isFinite else { continue }
      var text = ByteText()
      text.append(value)
      #expect(Double(text.bytes.text) == value)
    }
  }

  @Test(arguments: [
    ("1", "1.0"), ("0", "0.0"), ("999999", "999999.0"), ("1000000", "1e+06"), ("1048576", "1.048576e+06"),
    ("0.5", "0.5"), ("+Inf", "+Inf"), ("", ""), ("12345678901", "1.2345678901e+10"),
  ])
  func `bounds are canonical in OpenMetrics`(_ text: String, _ canonical: String) {
    #expect(MetricName.canonicalBound(text) == canonical)
  }

  @Test(arguments: [
    (0.0000007, "0.7 µs"), (0.00073, "730 µs"), (0.0453, "45.3 ms"), (1, "1 s"), (90, "1.5 min"), (3600, "1 h"),
    (259_200, "3 d"), (0, "0 s"),
  ])
  func `durations are in the largest unit that fits`(_ seconds: Double, _ text: String) {
    #expect(Spoken.duration(seconds) == text)
  }

  @Test(arguments: [(nil, "-"), (0, "0"), (999, "999"), (1000, "1 000"), (-1_234_567, "-1 234 567")])
  func `counts are grouped by threes`(_ count: Int64?, _ text: String) {
    #expect(Spoken.count(count) == text)
  }

  @Test(arguments: [("menu", "menu"), ("AI-cache", "ai_cache"), ("é", "_"), ("", "_"), ("a b\n", "a_b_")])
  func `names become keys of letters, digits and underscores`(_ name: String, _ key: String) {
    #expect(MetricName.sanitized(name) == key)
  }
}
