import CacheClients
import CacheModel
import Exposition
import Locked
import Logging
import NIOPosix
import RemoteWrite
import ServiceLifecycle

/// Sends what is known of all targets to one receiver of Prometheus' remote write: looks every so often, and sends each request until it
/// is taken, in order. Neither a poll nor a scrape ever waits for it.
final class RemoteWriter: Service {
  private struct State {
    var queue: SendQueue
    var figures: RemoteWriteFigures
    /// Samples that were refused since some were last taken.
    var refused: Int64 = 0
  }

  /// What was sent last, to tell what ends.
  private struct Sent {
    var targets = SentTargets()
    var exporter: (points: [SeriesPoint], time: UnixTime) = ([], UnixTime(milliseconds: 0))
  }

  /// Before a request is sent again.
  private static let pause = Pause(first: 0.03, longest: 5)
  /// How long an end may take at most.
  private static let farewell = Duration.seconds(5)

  private let configuration: RemoteWriteConfiguration
  private let client: HTTPClient
  private let path: String
  private let snapshot: @Sendable () -> Snapshot
  private let log: Logger
  private let state: Locked<State>
  private let sent = Locked(Sent())
  private let troubles: TroubleLog

  /// `snapshot` answers what is known at a moment, nodes of clusters one by one.
  init(
    _ configuration: RemoteWriteConfiguration, log: Logger, snapshot: @escaping @Sendable () -> Snapshot
  ) {
    self.configuration = configuration
    self.snapshot = snapshot
    client = HTTPClient(
      endpoint: configuration.receiver.endpoint, group: MultiThreadedEventLoopGroup.singleton)
    path = TargetURL.parse(configuration.receiver.url)?.path ?? "/"
    let name = configuration.receiver.identity.name
    var log = log
    log[metadataKey: "receiver"] = "\(name)"
    self.log = log
    troubles = TroubleLog(log, metadata: [:], over: "the receiver takes samples again")
    state = Locked(
      State(queue: SendQueue(limit: Int(configuration.queue)), figures: RemoteWriteFigures(receiver: name)))
  }

  /// What is told of it.
  var figures: RemoteWriteFigures {
    state.withLock { state in
      var figures = state.figures
      figures.dropped[.queueFull] = state.queue.dropped
      figures.pendingSamples = Int64(state.queue.samples)
      figures.pendingBytes = Int64(state.queue.bytes)
      return figures
    }
  }

  /// Until shutdown. Then what waits is sent, and that everything has ended, within ``farewell``.
  func run() async throws {
    let (news, bell) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    await cancelWhenGracefulShutdown {
      await withTaskGroup { group in
        group.addTask { await self.gather(bell) }
        group.addTask {
          for await _ in news { await self.send() }
        }
      }
    }
    await end()
  }

  // MARK: Gathering

  private func gather(_ bell: AsyncStream<Void>.Continuation) async {
    defer { bell.finish() }
    // A first look soon, so that one process after another leaves no long gap.
    var wait = min(configuration.interval, .seconds(2))
    var tick = WallClock.now.adding(seconds: wait.inSeconds)
    var schedule = TickSchedule(intervalMilliseconds: configuration.interval.wholeMilliseconds)
    while (try? await Task.sleep(for: wait)) != nil {
      await encode(at: tick) { bell.yield() }
      tick = schedule.next(after: max(WallClock.now, tick))
      wait = .milliseconds(schedule.wait(at: WallClock.now, for: tick))
    }
  }

  /// Puts all that is new into the queue, and behind the last that everything has ended. Takes a second where there are a thousand
  /// targets: on a thread for such work.
  private func encode(at tick: UnixTime, isLast: Bool = false, _ ring: @escaping @Sendable () -> Void) async {
    try? await NIOThreadPool.singleton.runIfActive { [self] in
      let snapshot = snapshot()
      sent.withLock { sent in
        var batch = SampleBatch(externalLabels: configuration.externalLabels) { [self] request in
          enqueue(request)
          ring()
        }
        add(snapshot, at: tick, after: &sent, to: &batch)
        if isLast { addEnd(of: sent, to: &batch) }
        batch.flush()
      }
    }
  }

  private func add(_ snapshot: Snapshot, at tick: UnixTime, after sent: inout Sent, to batch: inout SampleBatch) {
    for target in sent.targets.news(of: snapshot.targets) {
      let (points, time) = (target.now.points, target.now.time)
      batch.add(points, at: time)
      guard let before = target.before else { continue }
      let present = Set(points.lazy.map(SeriesIdentity.init))
      batch.add(before.points.filter { !present.contains(SeriesIdentity($0)) }, at: time, areOver: true)
    }
    for gone in sent.targets.gone { batch.add(gone.points, at: tick, areOver: true) }
    sent.exporter = (snapshot.exporter.points, tick)
    batch.add(sent.exporter.points, at: tick)
  }

  /// Everything that was sent has ended, a moment after it was so.
  private func addEnd(of sent: Sent, to batch: inout SampleBatch) {
    let now = WallClock.now
    for (points, time) in sent.targets.all.map({ ($0.points, $0.time) }) + [sent.exporter] {
      batch.add(points, at: max(now, UnixTime(milliseconds: time.milliseconds + 1)), areOver: true)
    }
  }

  private func enqueue(_ request: WriteRequest) {
    guard state.withLock({ $0.queue.add(request) }) else { return }
    log.warning(
      "the queue of \(formatSize(configuration.queue)) is full: the oldest samples are dropped until the receiver has taken the others"
    )
  }

  // MARK: Sending

  /// Until the queue is empty; with an `end`, until then at the latest, or until the receiver does not take a request.
  private func send(until end: ContinuousClock.Instant? = nil) async {
    var pause = Self.pause
    while !Task.isCancelled, let (id, request) = state.withLock({ $0.queue.first }) {
      let deadline = ContinuousClock.now.advanced(by: configuration.timeout)
      switch await deliver(request, deadline: end.map { min($0, deadline) } ?? deadline) {
      case .taken:
        pause = Self.pause
        succeeded(request, id)
      case .refused:
        state.withLock { state in
          guard state.queue.remove(id) else { return }
          state.figures.dropped[.refused, default: 0] += Int64(request.samples)
          state.refused += Int64(request.samples)
        }
      case .again(let seconds):
        state.withLock { $0.figures.retries += 1 }
        if end != nil { return }
        let wait = max(pause.next(random: .random(in: 0...1)), seconds ?? 0)
        guard (try? await Task.sleep(for: .seconds(wait))) != nil else { return }
      }
    }
    if let dropped = state.withLock({ $0.queue.endOverflow() }) {
      log.notice("the queue is empty again; \(dropped) samples were dropped while it was full")
    }
  }

  /// Sends what still waits and what is new, and behind it that everything has ended.
  private func end() async {
    let latest = ContinuousClock.now.advanced(by: Self.farewell)
    let next = UnixTime(milliseconds: sent.withLock { $0.exporter.time.milliseconds } + 1)
    await encode(at: max(WallClock.now, next), isLast: true) {}
    await send(until: latest)
    let (left, refused) = state.withLock { ($0.queue.samples, $0.refused) }
    if refused > 0 { log.warning("\(refused) samples were given up: the receiver has taken none since") }
    if left > 0 { log.warning("\(left) samples were not sent: the receiver has not taken them before the end") }
  }

  private func succeeded(_ request: WriteRequest, _ id: UInt64) {
    let refused = state.withLock { state in
      state.queue.remove(id)
      state.figures.sent += Int64(request.samples)
      state.figures.lastSuccess = WallClock.now
      defer { state.refused = 0 }
      return state.refused
    }
    troubles.end(refused > 0 ? "; \(refused) samples were given up meanwhile" : "")
  }

  private func deliver(_ request: WriteRequest, deadline: ContinuousClock.Instant) async -> ReceiverVerdict {
    do throws(ClientError) {
      let answer = try await client.post(
        path, content: request.bytes,
        headers: WriteRequest.headers + configuration.headers.map { ($0.name, $0.value.revealed) },
        authorization: try client.authorization(), remarkBytes: ReceiverRemark.room, deadline: deadline)
      let verdict = ReceiverVerdict(status: answer.status, retryAfter: answer.retryAfter)
      if verdict != .taken { tell(answer, verdict, of: request) }
      return verdict
    } catch {
      // A shutdown ends what is under way, which is sent once more then.
      if !Task.isCancelled {
        troubles.tell("the receiver can't be reached (\(error.cause.rawValue)): \(error.detail)")
      }
      return .again(after: nil)
    }
  }

  /// Each status once, with what the first answer said: the next one quotes another series perhaps.
  private func tell(_ answer: HTTPAnswer, _ verdict: ReceiverVerdict, of request: WriteRequest) {
    var sentence = "the receiver answers \(answer.status)"
    if verdict == .refused { sentence += ", and \(request.samples) samples are given up" }
    if Self.explainsItself(answer.status) {
      let remark = ReceiverRemark(answer.content, isWhole: answer.isWhole, hiding: secrets).description
      if !remark.isEmpty { sentence += ": \(remark)" }
    }
    troubles.tell(sentence + Self.advice(answer.status), as: "\(answer.status)")
  }

  /// Whether an answer is about samples. One about credentials may repeat them, changed in some way, and is no help.
  private static func explainsItself(_ status: Int) -> Bool { status >= 400 && ![401, 403, 407].contains(status) }

  /// What no log may have, whoever says it: the credentials, what other headers and the URL's query hold.
  private var secrets: [String] {
    let authorization = (try? client.authorization()) ?? ""
    let query = path.split(separator: "?", maxSplits: 1).dropFirst().joined()
    return authorization.split(separator: " ").dropFirst().map { String($0) }
      + [(try? configuration.receiver.endpoint.password?.text()) ?? ""]
      + configuration.headers.map(\.value.revealed)
      + query.split(separator: "&").compactMap { $0.split(separator: "=", maxSplits: 1).last.map { String($0) } }
  }

  /// What is probably meant by a status.
  private static func advice(_ status: Int) -> String {
    switch status {
    case 300...399: "; redirections are not followed: give the URL that it leads to"
    case 401, 403: "; see that username and password_file, or headers, are right"
    case 404, 405: "; see that the URL's path is right: \(RemoteWriteConfiguration.usualPaths)"
    default: ""
    }
  }
}

/// All writers as one service, so that they end at the same time and not one after the other.
struct RemoteWriters: Service {
  let writers: [RemoteWriter]

  func run() async throws {
    try await withThrowingTaskGroup { group in
      for writer in writers { group.addTask { try await writer.run() } }
      try await group.waitForAll()
    }
  }
}
