extension ConfigurationReader {
  private static let censusKeys = ["share", "interval", "samples", "ttl_sample", "idle_times"]
  /// From the end of one look at the keys to the begin of the next.
  static var pause: (String) throws(ValueError) -> Duration {
    durations(in: .milliseconds(100) ... .seconds(7 * 86_400))
  }

  /// `census: true`, or a mapping, which switches it on too.
  mutating func census(_ node: ConfigurationNode, _ path: String) -> CensusConfiguration {
    var census = CensusConfiguration()
    if case .scalar = node.value {
      census.isOn = value(node, path, parseBoolean) ?? false
      return census
    }
    guard let fields = fields(node, path, known: Self.censusKeys) else { return census }
    census.isOn = true
    census.share = value("share", of: fields, path, shares(in: 0.0001...0.2)) ?? census.share
    census.interval = value("interval", of: fields, path, Self.pause) ?? census.interval
    census.samples =
      value("samples", of: fields, path, counts(in: 0...1_000_000)) ?? census.samples
    census.ttlSample =
      value("ttl_sample", of: fields, path, counts(in: 0...200)) ?? census.ttlSample
    census.idleTimes = value("idle_times", of: fields, path, parseBoolean) ?? census.idleTimes
    return census
  }
}
