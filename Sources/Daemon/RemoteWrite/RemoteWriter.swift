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
    /// The last cause that was told, so that each is told once.
    var told: String?
  }

  /// Samples of a request: some 200 kB before they are compressed.
  private static let samplesOfRequest = 5000

  private let configuration: RemoteWriteConfiguration
  private let client: HTTPClient
  private let path: String
  private let snapshot: @Sendable () -> Snapshot
  private let log: Logger
  private let state: Locked<State>

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

  /// Until shutdown. What waits then is lost.
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
  }

  // MARK: Gathering

  private func gather(_ bell: AsyncStream<Void>.Continuation) async {
    defer { bell.finish() }
    var schedule = TickSchedule(intervalMilliseconds: configuration.interval.wholeMilliseconds)
    let last = Locked(SentTargets())
    while !Task.isCancelled {
      let tick = schedule.next(after: WallClock.now)
      let wait = Duration.milliseconds(schedule.wait(at: WallClock.now, for: tick))
      guard (try? await Task.sleep(for: wait)) != nil else { return }
      // Takes a second where there are a thousand targets: on a thread for such work.
      try? await NIOThreadPool.singleton.runIfActive {
        last.withLock { self.encode(self.snapshot(), at: tick, after: &$0) { bell.yield() } }
      }
    }
  }

  /// Puts all that is new since `last` into the queue.
  private func encode(_ snapshot: Snapshot, at tick: UnixTime, after last: inout SentTargets, _ ring: () -> Void) {
    var builder = WriteRequestBuilder(externalLabels: configuration.externalLabels)
    func flush() {
      guard let request = builder.take() else { return }
      state.withLock { $0.queue.add(request) }
      ring()
    }
    func add(_ points: [SeriesPoint], at time: UnixTime, isOver: Bool = false) {
      for point in points {
        builder.add(point, isOver ? WriteRequest.stale : point.value, at: time.milliseconds)
        if builder.samples >= Self.samplesOfRequest { flush() }
      }
    }
    for target in last.news(of: snapshot.targets) {
      let points = target.now.points
      add(points, at: target.now.time)
      if let before = target.before {
        let present = Set(points.lazy.map(SeriesIdentity.init))
        add(before.points.filter { !present.contains(SeriesIdentity($0)) }, at: target.now.time, isOver: true)
      }
    }
    for gone in last.gone { add(gone.points, at: tick, isOver: true) }
    add(snapshot.exporter.points, at: tick)
    flush()
  }

  // MARK: Sending

  /// Until the queue is empty.
  private func send() async {
    var pause = Pause()
    while !Task.isCancelled, let (id, request) = state.withLock({ $0.queue.first }) {
      let verdict = await deliver(request)
      switch verdict {
      case .taken:
        pause = Pause()
        succeeded(request, id)
      case .refused:
        state.withLock { state in
          if state.queue.remove(id) { state.figures.dropped[.refused, default: 0] += Int64(request.samples) }
        }
      case .again(let seconds):
        state.withLock { $0.figures.retries += 1 }
        let wait = max(pause.next(random: .random(in: 0...1)), seconds ?? 0)
        guard (try? await Task.sleep(for: .seconds(wait))) != nil else { return }
      }
    }
  }

  private func succeeded(_ request: WriteRequest, _ id: UInt64) {
    let wasFailing = state.withLock { state in
      state.queue.remove(id)
      state.figures.sent += Int64(request.samples)
      state.figures.lastSuccess = WallClock.now
      defer { state.told = nil }
      return state.told != nil
    }
    if wasFailing { log.notice("the receiver takes samples again") }
  }

  private func deliver(_ request: WriteRequest) async -> ReceiverVerdict {
    do throws(ClientError) {
      let answer = try await client.post(
        path, content: request.bytes,
        headers: WriteRequest.headers + configuration.headers.map { ($0.name, $0.value.revealed) },
        authorization: try client.authorization(), maximumBytes: 64 * 1024,
        deadline: .now.advanced(by: configuration.timeout))
      let verdict = ReceiverVerdict(status: answer.status, retryAfter: answer.retryAfter)
      if verdict != .taken { tell("answers \(answer.status)") }
      return verdict
    } catch {
      tell("can't be reached (\(error.cause.rawValue)): \(error.detail)")
      return .again(after: nil)
    }
  }

  /// Once for each new cause. What the receiver says in its answer is not repeated: it may quote labels.
  private func tell(_ cause: String) {
    let isNew = state.withLock { state in
      defer { state.told = cause }
      return state.told != cause
    }
    if isNew { log.warning("the receiver \(cause)") }
  }
}

/// How long to wait before a request is sent again: 30 ms, then twice as long each time up to 5 s, a part of it by chance.
struct Pause {
  private var seconds = 0.03

  /// `random` lies in 0…1.
  mutating func next(random: Double) -> Double {
    defer { seconds = min(5, seconds * 2) }
    return seconds * (0.5 + 0.5 * random)
  }
}
