/// How much of a ring's share its series' state takes, and may take: a quarter, so that the rest is left for rows.
public struct SeriesRoom: Sendable, Hashable {
  /// Bytes of the budget for samples and per-series state of all rings.
  public let budget: Int
  /// Bytes of it that the ring has.
  public let share: Int
  /// Bytes that the state of registered series takes.
  public let used: Int
  /// Registered series.
  public let series: Int
  /// The most series, whatever the share.
  public let maximumSeries: Int

  /// Bytes left for further series; 0 where no further one is taken.
  public var free: Int { series >= maximumSeries ? 0 : max(0, share / Self.part - used) }

  /// The state of all series takes at most one of so many parts of the share.
  public static let part = 4

  /// Bytes that the state of a series of this name takes: 288 and twice its UTF-8.
  public static func bytes(ofSeriesNamed name: String) -> Int {
    RingState.bytesPerSeries + RingState.bytes(ofName: name)
  }
}
