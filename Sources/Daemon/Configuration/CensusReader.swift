extension ConfigurationReader {
  private static let censusKeys = ["share", "interval", "samples", "ttl_sample"]

  /// `census: true`, or a mapping, which switches it on too.
  mutating func census(_ node: ConfigurationNode, _ path: String) -> CensusConfiguration {
    var census = CensusConfiguration()
    if case .scalar = node.value {
      census.isOn = value(node, path, parseBoolean) ?? false
      return census
    }
    guard let fields = fields(node, path, known: Self.censusKeys) else { return census }
    census.isOn = true
    census.share = value("share", of: fields, path, parseCensusShare) ?? census.share
    census.interval = value("interval", of: fields, path, parseCensusInterval) ?? census.interval
    census.samples =
      value("samples", of: fields, path) { text throws(ValueError) in
        try parseCount(text, in: 0...1_000_000)
      } ?? census.samples
    census.ttlSample =
      value("ttl_sample", of: fields, path) { text throws(ValueError) in
        try parseCount(text, in: 0...200)
      } ?? census.ttlSample
    return census
  }
}

/// A part of the server's time.
func parseCensusShare(_ text: String) throws(ValueError) -> Double {
  let share = try parseRatio(text)
  guard (0.0001...0.2).contains(share) else { throw ValueError("\(quoted(text)) lies outside 0.01%…20%") }
  return share
}

/// A pause between walks.
func parseCensusInterval(_ text: String) throws(ValueError) -> Duration {
  let interval = try parseDuration(text)
  guard (.milliseconds(100) ... .seconds(7 * 86_400)).contains(interval) else {
    throw ValueError("\(quoted(text)) lies outside 100ms…7d")
  }
  return interval
}
