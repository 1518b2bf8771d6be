import SeriesQuery
import Testing

@Test(arguments: [
  ("0", 0), ("1.5", 1500), ("-1", -1000), ("1795242930.123", 1_795_242_930_123), ("1e3", 1_000_000),
  ("1970-01-01T00:00:00Z", 0), ("2000-02-29T12:30:01.25Z", 951_827_401_250),
  ("2026-11-21T09:33:31.000Z", 1_795_253_611_000), ("2026-11-21t10:33:31+01:00", 1_795_253_611_000),
  ("2026-11-21T08:03:31.0009-01:30", 1_795_253_611_000), ("0001-01-01T00:00:00Z", -62_135_596_800_000),
  ("9999-12-31T23:59:59.999Z", 253_402_300_799_999), ("2016-12-31T23:59:60Z", 1_483_228_800_000),
])
func `a time is read in seconds or as RFC 3339`(text: String, milliseconds: Int64) {
  #expect(parseQueryTime(text) == milliseconds)
}

@Test(arguments: [
  "", "x", "1s", "nan", "inf", "1e300", "0x10", "2026-11-21", "2026-13-01T00:00:00Z", "2025-02-29T00:00:00Z",
  "2026-11-21T24:00:00Z", "2026-11-21T00:60:00Z", "2026-11-21T00:00:00", "2026-11-21T00:00:00.Z",
  "2026-11-21T00:00:00Z ", "2026-11-21T00:00:00+0100", "T", "0000-01-01T00:00:00Z", "20260-1-21T00:00:00Z",
])
func `what is no time is not read as one`(text: String) {
  #expect(parseQueryTime(text) == nil)
}

@Test(arguments: [
  ("5m", 300_000), ("1h30m", 5_400_000), ("100ms", 100), ("1w2d", 777_600_000), ("1y", 31_536_000_000), ("0s", 0),
])
func `a duration is read as PromQL writes it`(text: String, milliseconds: Int64) {
  #expect(parseQueryDuration(text) == milliseconds)
}

@Test(arguments: [
  "", "5", "m", "5x", "5 m", "30m1h", "1h1h", "-5m", "1.5h", "999999999999999999999s", "200y", "5mm",
])
func `what is no duration is not read as one`(text: String) {
  #expect(parseQueryDuration(text) == nil)
}
