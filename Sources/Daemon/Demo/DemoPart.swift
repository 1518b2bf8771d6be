/// One part of an application's cache: what its keys look like, and who reads them how.
struct DemoPart: Sendable {
  /// The namespace's name in the configuration that fits.
  var name: String
  /// Seconds that a value lives.
  var ttl: Int
  /// Lookups in each 1,000 of the application's.
  var share: Int
  /// How many distinct keys are read.
  var keyCount: Int
  /// Zipf's exponent: 0 reads all keys alike, 1 reads a few most of the time.
  var skew: Double
  /// Bytes of a value.
  var valueBytes: Int
  /// Keys that are written before the first lookup, most popular first.
  var warmed = 0
  /// Keys deleted each second since what they hold has changed.
  var invalidations = 0
  /// The key with this number, 0 the most popular.
  var key: @Sendable (Int) -> String

  /// The hash of this part's own counters, where the application counts.
  var counterKey: String { "stats:\(name)" }
}

/// Twelve hexadecimal digits that look like a hash of what is asked.
func fingerprint(_ number: Int, _ salt: UInt64) -> String {
  var random = SeededGenerator(seed: UInt64(truncatingIfNeeded: number) &* 0x9E37_79B9 ^ salt << 56)
  let digits = String(random.next() >> 16, radix: 16)
  return String(repeating: "0", count: 12 - digits.count) + digits
}
