import CacheModel
import RESP
import TimeSeries

/// A collector with its record: when it ran, how it did, what it brought.
struct CollectorSlot: Sendable {
  var collector: any RedisCollector
  private var record: CollectorRecord
  private var carried: [(SeriesIndex, FixedPoint)] = []
  /// What it last brought of series that come and go.
  private(set) var passing: [(SeriesDefinition, FixedPoint)] = [] { didSet { passingChanges += 1 } }
  private(set) var passingChanges = 0

  init(_ collector: any RedisCollector) {
    self.collector = collector
    record = CollectorRecord(name: collector.name)
  }

  var status: CollectorStatus { record.status }
  var lastRun: UnixTime? { record.lastRun }

  /// Whether it was ever asked something: a server that is no cluster is not asked about one.
  var hasRun: Bool { record.hasRun }

  /// Whether it is to run at this tick; a refused one only when it is time to try again.
  func isDue(at time: UnixTime, slow: SlowPace) -> Bool {
    record.isDue(at: time, tier: collector.tier, slow: slow)
  }

  /// Hands the replies over and keeps the record. May be called again within a poll when the collector asked more.
  mutating func run(_ replies: [RESPValue], into poll: inout RedisPoll, retryInterval: Double) {
    let clock = ContinuousClock()
    let start = clock.now
    let before = poll.count
    let isFurther = lastRun == poll.time
    do throws(CollectorFailure) {
      try collector.receive(replies, into: &poll)
      record.succeeded(at: poll.time)
      if collector.tier == .slow { carried = poll.values(after: before) }
      let passed = poll.takePassing()
      if !(passed.isEmpty && passing.isEmpty) { passing = (isFurther ? passing : []) + passed }
    } catch {
      _ = poll.takePassing()
      poll.removeValues(after: before)
      carried = []
      if !passing.isEmpty { passing = [] }
      record.failed(error, retryAt: poll.time.adding(seconds: retryInterval))
    }
    record.ran(at: poll.time, taking: clock.now - start)
  }

  /// Adds what a slow collector last brought, unless it ran in this poll.
  func carry(into poll: inout RedisPoll) {
    guard lastRun != poll.time else { return }
    for (index, value) in carried { poll.set(index, value) }
  }

  /// Turns to another process: nothing of the former is carried on, and a refused command is tried again.
  mutating func serverChanged(_ change: ServerChange) {
    collector.serverChanged(change)
    carried = []
    if !passing.isEmpty { passing = [] }
    record.serverChanged()
  }

  /// What to tell the operator, once.
  mutating func takeNotice() -> CollectorNotice? { record.takeNotice() }
}
