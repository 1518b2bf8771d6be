import CacheModel
import Health
import TimeSeries

/// The epoch of history's rows: another one says that the server's counters began again at 0.
///
/// Another process that was started since the target last answered is a restart, also one that happened while cachegauge
/// was down. A process that is older than that, after a failover, has counted on its own: what it gained is not known, and
/// the epoch stays.
struct HistoryEpoch {
  /// As in the newest row; 0 while there is none.
  private var current: UInt64
  /// The process that answered last.
  private var identity: UInt64 = 0
  /// When the target answered last, Unix milliseconds.
  private var lastUp: Int64?

  /// By how much whole seconds of uptime and a planned tick may disagree, milliseconds.
  private static let slack: Int64 = 2000
  /// How far back the last answer is looked for.
  private static let reach: Int64 = 3_600_000

  /// Goes on where the ring's history stops.
  init(_ ring: Ring) {
    current = ring.epoch
    guard let newest = ring.span?.newest else { return }
    let from = newest &- Self.reach
    let answers = ring.id(named: HistorySeries.isUp).map { ring.samples(of: $0, from: from, to: newest) } ?? []
    lastUp = answers.last { $0.value == FixedPoint(1) }?.time ?? from
  }

  /// The epoch of a poll that was answered; `uptime` is the server's, in seconds.
  mutating func of(_ sample: Sample?, uptime: Int64?, at tick: UnixTime) -> UInt64 {
    defer { lastUp = tick.milliseconds }
    guard let found = sample?.epoch, found != 0 else { return current }
    if found != identity, current == 0 || isStartedSince(uptime, tick) { current = found }
    identity = found
    return current
  }

  private func isStartedSince(_ uptime: Int64?, _ tick: UnixTime) -> Bool {
    guard let uptime, let lastUp else { return false }
    let (length, overflow) = uptime.multipliedReportingOverflow(by: 1000)
    return !overflow && tick.milliseconds &- length >= lastUp &- Self.slack
  }
}
