import CacheModel
import HTTPServer
import Locked

/// `/api/cache/events`: what `/api/cache/report` answers, as server-sent events, each time that it has changed.
///
/// One task looks for news four times a second while anybody listens, and rings the bells of those who are due. Everything else
/// happens on the server's thread. A report is rendered once for all listeners.
final class EventFeed: Sendable {
  private struct State {
    var listeners: [ObjectIdentifier: Weak] = [:]
    var task: Task<Void, Never>?
    var rendered: (generation: UInt64, events: [String?: [UInt8]]) = (0, [:])
  }

  private struct Weak: Sendable {
    weak var listener: EventListener?
  }

  private let state = Locked(State())
  private let generation: @Sendable () -> UInt64
  private let render: @Sendable (String?) -> [UInt8]

  /// More would be no people in front of pages; each costs a connection and a second's report in memory.
  static let limit = 64

  /// A feed of what `render` makes of all targets or of one, as JSON without line feeds, whenever `generation` has risen.
  init(generation: @escaping @Sendable () -> UInt64, render: @escaping @Sendable (String?) -> [UInt8]) {
    self.generation = generation
    self.render = render
  }

  deinit { state.withLock { $0.task }?.cancel() }

  /// A stream of events; 503 when ``limit`` clients listen already.
  func answer(target: String?) -> HTTPResponse {
    let listener = EventListener(feed: self, target: target)
    let isTaken = state.withLock { state in
      state.listeners = state.listeners.filter { $0.value.listener != nil }
      guard state.listeners.count < Self.limit else { return false }
      state.listeners[ObjectIdentifier(listener)] = Weak(listener: listener)
      if state.task == nil {
        state.task = Task { [weak self] in
          while (try? await Task.sleep(for: .milliseconds(250))) != nil {
            guard let self, self.ringBells() else { return }
          }
        }
      }
      return true
    }
    guard isTaken else {
      return .text(
        503, "\(Self.limit) clients listen already: ask /api/cache/report instead", headers: [("Retry-After", "60")]
      )
    }
    return HTTPResponse(
      contentType: "text/event-stream", headers: [("X-Accel-Buffering", "no")], deadline: EventListener.deadline,
      bell: listener.bell
    ) { listener.next() }
  }

  /// How many clients listen.
  var listeners: Int { state.withLock { $0.listeners.values.count { $0.listener != nil } } }

  fileprivate var newest: UInt64 { generation() }

  /// The event of this generation, made by whoever asks first.
  fileprivate func event(of target: String?, generation: UInt64) -> [UInt8] {
    let known = state.withLock { $0.rendered.generation == generation ? $0.rendered.events[target] : nil }
    if let known { return known }
    let event = Array("event: report\nid: \(generation)\ndata: ".utf8) + render(target) + Array("\n\n".utf8)
    state.withLock { state in
      if state.rendered.generation != generation { state.rendered = (generation, [:]) }
      state.rendered.events[target] = event
    }
    return event
  }

  /// False when nobody listens any more.
  private func ringBells() -> Bool {
    let newest = generation()
    let listeners = state.withLock { state in
      state.listeners = state.listeners.filter { $0.value.listener != nil }
      if state.listeners.isEmpty { state.task = nil }
      return state.listeners.values.compactMap(\.listener)
    }
    for listener in listeners where listener.isDue(newest: newest) { listener.bell.ring() }
    return !listeners.isEmpty
  }
}

/// One client of the feed: what it was sent, and when.
final class EventListener: Sendable {
  private struct State {
    var generation: UInt64?
    var sent: ContinuousClock.Instant
    var pause: Duration = .zero
  }

  let bell = StreamBell()
  private let feed: EventFeed
  private let target: String?
  private let state: Locked<State>
  private let end: ContinuousClock.Instant

  /// A client connects anew after so long, which costs it nothing; one that reads nothing is cut a little later.
  private static let life: Duration = .seconds(600)
  fileprivate static let deadline: Duration = life + .seconds(30)
  /// Silence would look like a lost connection.
  private static let patience: Duration = .seconds(3)
  /// Between two reports, so that one client costs little more than a request a second.
  private static let shortest: Duration = .milliseconds(900)
  /// Bytes a second for one client.
  private static let bandwidth = 1_000_000

  init(feed: EventFeed, target: String?) {
    self.feed = feed
    self.target = target
    let now = ContinuousClock.now
    state = Locked(State(sent: now))
    end = now + Self.life
  }

  /// Whether ``next()`` has anything to say.
  func isDue(newest: UInt64) -> Bool {
    let now = ContinuousClock.now
    return now >= end
      || state.withLock { Self.isDue($0, newest: newest, at: now) || now - $0.sent >= Self.patience }
  }

  private static func isDue(_ state: State, newest: UInt64, at now: ContinuousClock.Instant) -> Bool {
    state.generation != newest && now - state.sent >= state.pause
  }

  /// On the server's thread.
  func next() -> StreamStep {
    let now = ContinuousClock.now
    if now >= end { return .end }
    let newest = feed.newest
    return state.withLock { state in
      if Self.isDue(state, newest: newest, at: now) {
        let event = feed.event(of: target, generation: newest)
        let head = state.generation == nil ? Array("retry: 1000\n".utf8) : []
        state = State(
          generation: newest, sent: now,
          pause: max(Self.shortest, .milliseconds(event.count * 1000 / Self.bandwidth)))
        return .piece(head + event)
      }
      guard now - state.sent >= Self.patience else { return .wait }
      state.sent = now
      return .piece(Array("event: alive\ndata:\n\n".utf8))
    }
  }
}
