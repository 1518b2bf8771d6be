/// Why a burst of MONITOR was not made.
public enum SampleSkip: String, Sendable, Hashable, CaseIterable {
  /// The server has too little memory left below its limit for a monitor's buffer.
  case memory
  /// The server's network or its processor is busy.
  case busy
  /// Notifications are not heard, so that a burst would tell shares only.
  case noEvents = "no_events"
  /// The server did not answer, or refused.
  case failed
}

/// A namespace's hit ratio in a window, estimated from bursts.
public struct SampledRatio: Sendable, Hashable {
  /// In 0…1.
  public var ratio: Double
  /// Bounds of the 95 % interval.
  public var interval: ClosedRange<Double>

  /// A ratio.
  public init(ratio: Double, interval: ClosedRange<Double>) {
    self.ratio = ratio
    self.interval = interval
  }
}

/// Hit ratios of one window.
public struct SampleWindow: Sendable, Hashable {
  /// Its length.
  public var seconds: Int
  /// How much of it is known.
  public var coveredSeconds: Double
  /// Bursts within it.
  public var bursts: Int
  /// In the order of the definitions; nil without a lookup.
  public var ratios: [SampledRatio?]

  /// A window.
  public init(seconds: Int, coveredSeconds: Double, bursts: Int, ratios: [SampledRatio?]) {
    self.seconds = seconds
    self.coveredSeconds = coveredSeconds
    self.bursts = bursts
    self.ratios = ratios
  }
}

/// What sampling with MONITOR has brought.
public struct SampleReport: Sendable, Hashable {
  /// Bursts made.
  public var bursts: Int64
  /// Seconds during which MONITOR was on, in all.
  public var seconds: Double
  /// Bursts that were not made, by reason.
  public var skips: [SampleSkip: Int64]
  /// Estimated hits since sampling began, in the order of the definitions.
  public var hits: [Int64]
  /// Hits of keys that belong to no namespace.
  public var unclassifiedHits: Int64
  /// Whether hits wait since no burst says whose they are: ``hits`` are of a time that is over then, and told to nobody.
  public var isWaiting: Bool
  /// Of which namespaces ``hits`` are known, in their order: not where no burst ever saw a read.
  public var isKnown: [Bool]
  /// Those that are known of most of their length, shortest first.
  public var windows: [SampleWindow]

  /// A report.
  public init(
    bursts: Int64, seconds: Double, skips: [SampleSkip: Int64], hits: [Int64], unclassifiedHits: Int64,
    isWaiting: Bool = false, isKnown: [Bool]? = nil, windows: [SampleWindow]
  ) {
    self.bursts = bursts
    self.seconds = seconds
    self.skips = skips
    self.hits = hits
    self.unclassifiedHits = unclassifiedHits
    self.isWaiting = isWaiting
    self.isKnown = isKnown ?? Array(repeating: true, count: hits.count)
    self.windows = windows
  }
}
