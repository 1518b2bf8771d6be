import Locked
import CMicrohttpd

/// The answer that a suspended connection waits for. Whoever completes it first wins: the handler's task, the
/// sweeper at the handler's deadline, or the server's end.
@safe
final class DeferredAnswer: Sendable {
  private struct State {
    var response: HTTPResponse?
    var task: Task<Void, Never>?
  }
  private let state = Locked(State())

  // Valid until resumed: libmicrohttpd neither closes nor frees a suspended connection, and Core completes every
  // answer before it stops the daemon. Only complete(with:) uses it, once.
  nonisolated(unsafe) private let connection: OpaquePointer

  init(suspended connection: OpaquePointer) { unsafe self.connection = unsafe connection }

  /// From any thread. Wakes the server's thread if this is the first completion; otherwise does nothing.
  func complete(with response: HTTPResponse) {
    let task = state.withLock { state -> Task<Void, Never>? in
      guard state.response == nil else { return nil }
      state.response = response
      // Under the lock: once another caller sees the response, the connection is no longer suspended.
      unsafe MHD_resume_connection(connection)
      return state.task.take()
    }
    task?.cancel()
  }

  /// The task to cancel if someone else completes first; cancelled at once if that has happened.
  func attach(_ task: Task<Void, Never>) {
    let isLate = state.withLock { state in
      if state.response == nil { state.task = task }
      return state.response != nil
    }
    if isLate { task.cancel() }
  }

  /// `nil` as long as nobody completed it.
  var response: HTTPResponse? { state.withLock { $0.response } }
}
