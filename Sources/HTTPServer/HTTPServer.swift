import Locked
import CMicrohttpd
import Glibc

/// An HTTP/1.1 server with one thread of its own, so that nothing an HTTP client does reaches the caller's tasks.
///
/// It starts once and stops once. Releasing a started server stops it without draining; do not release the last
/// reference inside a handler, because stopping waits for the handler's thread.
public final class HTTPServer: Sendable {
  private let core: Core
  private let state = Locked(State.new)

  private enum State {
    case new
    case running(Daemon, port: UInt16, sweeper: Task<Void, Never>)
    case stopped
  }

  /// Opens nothing yet.
  public init(configuration: HTTPServerConfiguration, router: Router) {
    core = Core(configuration: configuration, router: router)
  }

  deinit {
    if case .running(let daemon, _, let sweeper) = state.withLock({ $0 }) {
      sweeper.cancel()
      daemon.stop(core)
    }
  }

  /// Binds, listens and starts the server's thread; clients are served when this returns. Does not block.
  ///
  /// A server that takes over from a running `predecessor` listens on the same socket, so that no connection is refused meanwhile;
  /// stop the other one afterwards. If this throws, the other one serves on.
  public func start(takingOver predecessor: HTTPServer? = nil) throws(HTTPServerError) {
    let configuration = core.configuration
    let shared = predecessor?.shareSocket()
    try state.withLock { (state) throws(HTTPServerError) in
      guard case .new = state else { throw .alreadyStarted }
      let socket =
        if let shared {
          try ListenSocket(copyOf: shared.listening, port: shared.port)
        } else {
          try ListenSocket(address: configuration.address, port: configuration.port)
        }
      let port = socket.port
      let daemon = try Daemon(core: core, socket: socket)
      state = .running(daemon, port: port, sweeper: sweeper())
    }
  }

  /// The listening socket, which this server leaves open for another one when it stops; nil unless it runs.
  private func shareSocket() -> (listening: Int32, port: UInt16)? {
    state.withLock { state in
      guard case .running(var daemon, let port, let sweeper) = state else { return nil }
      daemon.isShared = true
      state = .running(daemon, port: port, sweeper: sweeper)
      return (daemon.listening, port)
    }
  }

  /// The port that clients connect to, or `nil` unless the server runs.
  public var boundPort: UInt16? {
    state.withLock { state in
      guard case .running(_, let port, _) = state else { return nil }
      return port
    }
  }

  /// Refuses new connections at once, lets each busy one finish its request, and closes everything when all have
  /// finished, or ``HTTPServerConfiguration/drainDeadline`` has passed, or the calling task is cancelled. Handlers that
  /// still run then are cancelled, and their clients told 503. Does nothing unless the server runs; a second caller
  /// returns without waiting. The final step joins the server's thread: milliseconds, if handlers keep their promise.
  public func stop() async {
    let running = state.withLock { state -> (Daemon, Task<Void, Never>)? in
      guard case .running(let daemon, _, let sweeper) = state else { return nil }
      state = .stopped
      return (daemon, sweeper)
    }
    guard let (daemon, sweeper) = running else { return }
    daemon.refuseConnections()
    core.beginDrain()
    let deadline = monotonicNow(plus: core.configuration.drainDeadline.clampedNanoseconds)
    while core.openConnections > 0, monotonicNow() < deadline, !Task.isCancelled {
      try? await Task.sleep(for: .milliseconds(5))
    }
    sweeper.cancel()
    daemon.stop(core)
  }

  /// What it proves itself with; nil for plain HTTP.
  public var identity: TLSIdentity? { core.configuration.tls }

  /// A consistent copy of the counters; cheap.
  public var statistics: HTTPServerStatistics { core.statistics }

  /// Checks deadlines forty times a second while every place is taken, four times while requests are under way, every two seconds
  /// otherwise, or more often where a deadline is short.
  private func sweeper() -> Task<Void, Never> {
    let configuration = core.configuration
    let shortest = min(configuration.requestDeadline, configuration.handlerDeadline, configuration.responseDeadline)
    let whenFull = Duration.milliseconds(25)
    let whenBusy = max(.milliseconds(10), min(.milliseconds(250), shortest / 4))
    let whenQuiet = max(.milliseconds(10), min(.seconds(2), shortest / 4))
    return Task { [core] in
      while (try? await Task.sleep(for: core.isFull ? whenFull : core.isBusy ? whenBusy : whenQuiet)) != nil {
        core.sweep(now: monotonicNow())
        core.noticeEnds()
        core.makeRoom(now: monotonicNow())
      }
    }
  }
}

/// The one owner of libmicrohttpd's daemon and of the listening descriptor; ended by `stop`, exactly once.
@safe
private struct Daemon: Sendable {
  // libmicrohttpd's own locks guard what the calls below do from other threads.
  nonisolated(unsafe) private let handle: OpaquePointer
  let listening: Int32
  /// Whether another server listens on the same socket.
  var isShared = false

  init(core: Core, socket: consuming ListenSocket) throws(HTTPServerError) {
    let descriptor = socket.release()
    do throws(HTTPServerError) {
      unsafe handle = try unsafe startDaemon(core: core, listening: descriptor)
    } catch {
      close(descriptor)
      throw error
    }
    listening = descriptor
  }

  /// Also those that the kernel has accepted and the server's thread has not yet.
  func refuseConnections() {
    _ = unsafe MHD_quiesce_daemon(handle)
    if !isShared { shutdown(listening, Int32(SHUT_RDWR)) }
  }

  /// Ends the thread and closes every connection; blocks until then. `core` is in use until this returns.
  func stop(_ core: Core) {
    refuseConnections()
    core.beginClose()
    unsafe MHD_stop_daemon(handle)
    close(listening)
  }
}
