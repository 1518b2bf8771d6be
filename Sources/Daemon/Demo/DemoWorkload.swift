import Locked

/// What the demo's workload needs of a connection to Redis.
public protocol DemoConnection: Sendable {
  /// Sends the commands in one write and gives one reply for each, in order.
  func pipeline(_ commands: [[String]]) async throws -> [DemoReply]
}

/// An application that uses a cache: some 800 lookups a second over the parts of a ``DemoApplication``, cache-aside.
public final class DemoWorkload: Sendable {
  private struct State {
    var counts: [String: DemoCounts] = [:]
    var isExact = true
  }

  private let state = Locked(State())
  private let application: DemoApplication
  private let seed: UInt64
  private let lookupsPerSecond: Int
  private static let pace = 20

  /// The demo's restaurant, which counts its own hits and misses into hashes `stats:<namespace>`; the same seed draws the
  /// same keys. At most some 10,000 lookups a second make sense.
  public convenience init(seed: UInt64 = 1, lookupsPerSecond: Int = 800) {
    self.init(.restaurant, seed: seed, lookupsPerSecond: lookupsPerSecond)
  }

  init(_ application: DemoApplication, seed: UInt64 = 1, lookupsPerSecond: Int = 800) {
    self.application = application
    self.seed = seed
    self.lookupsPerSecond = lookupsPerSecond
  }

  /// What the workload's lookups really gave, by the name of the part. After ``run(over:)`` has returned, the server's counters
  /// are equal to it, unless ``isExact`` is false.
  public var counts: [String: DemoCounts] { state.withLock(\.counts) }

  /// Whether every reply arrived: after a lost connection nobody knows what the last commands did.
  public var isExact: Bool { state.withLock(\.isExact) }

  /// Warms the cache and works until the task is cancelled, then brings the counters up to date.
  ///
  /// A pipeline that fails is given up, and the next one is tried a second later. Never throws; one pipeline is under
  /// way at a time.
  public func run(over connection: some DemoConnection) async {
    var plan = DemoPlan(application, seed: seed, lookupsPerSecond: lookupsPerSecond, pace: Self.pace)
    for commands in plan.warmUp() where !Task.isCancelled {
      if await send(commands, connection) == nil { break }
    }
    let clock = ContinuousClock()
    let step = Duration.seconds(1) / Self.pace
    var tick = clock.now
    while !Task.isCancelled {
      var pause = Duration.zero
      let commands = plan.next()
      if let replies = await send(commands, connection) {
        plan.received(replies)
      } else {
        state.withLock { $0.isExact = false }
        pause = .seconds(1)
      }
      publish(plan)
      // A tick that was missed is not made up for.
      tick = max(tick + step, clock.now + pause)
      try? await Task.sleep(until: tick, clock: clock)
    }
    await finish(&plan, connection)
  }

  /// In a task of its own, since the caller's is cancelled and would take its connection's calls with it.
  private func finish(_ plan: inout DemoPlan, _ connection: some DemoConnection) async {
    let commands = plan.closing()
    if commands.isEmpty { return }
    let replies = await Task { await send(commands, connection) }.value
    if let replies { plan.received(replies) }
    let isComplete =
      !application.countsItself
      || zip(plan.seen, plan.written).allSatisfy { $0.hits == $1.hits && $0.misses == $1.misses }
    state.withLock { $0.isExact = $0.isExact && isComplete }
    publish(plan)
  }

  /// Nil when the pipeline failed or was answered in part.
  private func send(_ commands: [[String]], _ connection: some DemoConnection) async -> [DemoReply]? {
    do {
      let replies = try await connection.pipeline(commands)
      return replies.count == commands.count ? replies : nil
    } catch {
      return nil
    }
  }

  private func publish(_ plan: DemoPlan) {
    state.withLock { state in
      for (part, counts) in zip(plan.parts, plan.seen) { state.counts[part.name] = counts }
    }
  }
}
