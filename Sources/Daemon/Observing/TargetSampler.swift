import CacheClients
import CacheModel
import Collectors
import Logging
import Namespaces

/// Makes short bursts of MONITOR, for as long as it runs.
actor TargetSampler {
  private let burst: CommandBurst
  private let bursts: BurstHearing
  private let hearing: EventHearing
  private let schedule: SampleSchedule
  private let timeout: Duration
  private let snapshot: @Sendable () -> TargetSnapshot
  private let log: Logger
  private let metadata: Logger.Metadata
  private var told: FailureCause?
  private var failures = 0
  private var lastInput: (time: UnixTime, bytes: Int64)?
  private var inputRate: Double?

  /// A sampler that does nothing yet. `snapshot` gives the target's latest.
  init(
    burst: CommandBurst, bursts: BurstHearing, hearing: EventHearing, schedule: SampleSchedule, timeout: Duration,
    target: Target, log: Logger, snapshot: @escaping @Sendable () -> TargetSnapshot
  ) {
    self.burst = burst
    self.bursts = bursts
    self.hearing = hearing
    self.schedule = schedule
    self.timeout = timeout
    self.snapshot = snapshot
    self.log = log
    metadata = ["target": "\(target.name)", "address": "\(target.address)"]
  }

  /// Samples until the task is cancelled.
  func run() async {
    var pause = 0.5
    while (try? await Task.sleep(for: .seconds(pause))) != nil {
      let (seconds, isFull) = await sample()
      pause = schedule.pause(after: seconds, isFull: isFull, random: Double.random(in: 0...1))
      // A server that refuses is asked again at ever longer intervals, up to a minute.
      if failures > 0 { pause = max(pause, Pause.doubled(0.5, failures, atMost: 60)) }
    }
  }

  /// Bytes a second between the latest two polls.
  private func input(of snapshot: TargetSnapshot) -> Double? {
    guard let bytes = snapshot.sample?.inputBytes else { return nil }
    if let lastInput, snapshot.time > lastInput.time {
      let gained = max(0, bytes.saturatingDifference(lastInput.bytes))
      inputRate = Double(gained) / snapshot.time.seconds(since: lastInput.time)
    }
    if lastInput?.time != snapshot.time { lastInput = (snapshot.time, bytes) }
    return inputRate
  }

  /// One burst, or none; answers how many seconds MONITOR was on, and whether it saw as much as one may.
  private func sample() async -> (seconds: Double, isFull: Bool) {
    let snapshot = self.snapshot()
    if let obstacle = schedule.obstacle(snapshot, input: input(of: snapshot)) {
      hearing.skip(obstacle)
      return (0, false)
    }
    _ = bursts.finish()
    do throws(ClientError) {
      let outcome = try await burst.run(
        for: .seconds(SampleSchedule.length), databases: hearing.databases,
        deadline: .now.advanced(by: max(timeout, .seconds(1))))
      let seconds = outcome.held.inSeconds
      let counts = bursts.finish()
      let watched = outcome.watched.map { $0.inSeconds * 1000 } ?? counts.milliseconds
      hearing.add(counts, milliseconds: watched > 0 ? watched : seconds * 1000, held: seconds * 1000)
      failures = 0
      told = nil
      return (seconds, outcome.isFull)
    } catch {
      failures += 1
      hearing.skip(.failed)
      if told != error.cause {
        log.warning("can't sample commands (\(error.cause.rawValue)): \(error.detail)", metadata: metadata)
        told = error.cause
      }
      return (SampleSchedule.length, false)
    }
  }
}
