import CMicrohttpd
import Locked

/// What a stream has to give when its client has taken all that there was.
public enum StreamStep: Sendable {
  /// Some bytes, at least one.
  case piece([UInt8])
  /// Nothing now: ask again when the stream's ``StreamBell`` has rung.
  case wait
  /// There will be no more.
  case end
}

/// Tells a stream that it is worth asking again. Safe from any thread, at any time, also when its client has left.
public final class StreamBell: Sendable {
  private let stream = Locked<ContentStream?>(nil)

  /// A bell that hangs nowhere yet: it belongs to the one response that it is given to.
  public init() {}

  /// Has the stream asked once more, if it waits; if it does not, it is asked anyway when its client has taken what there is.
  /// Cheap, but for waking the server's thread.
  public func ring() { stream.withLock { $0 }?.wake() }

  /// The stream lets go of its bell in `ContentStream.detach`, so that neither keeps the other.
  func hang(on stream: ContentStream?) { self.stream.withLock { $0 = stream } }
}

/// Content that is made piece by piece while one client reads it, and may let that client wait.
///
/// libmicrohttpd's response holds one reference, retained in `makeResponse` and released by its free callback, when the content
/// was sent or given up.
final class ContentStream: Sendable {
  private struct State {
    var next: (@Sendable () -> StreamStep)?
    var piece: [UInt8] = []
    var position = 0
    var count = 0
    /// The server wants it to end: what is not made yet never is.
    var isFinished = false
    /// The connection that sends it; nil before and afterwards.
    var connection: Suspension?
  }

  private let state: Locked<State>
  private let bell: StreamBell?
  /// What the server's thread lends libmicrohttpd for one read.
  private static let blockSize = 64 * 1024

  init(bell: StreamBell? = nil, _ next: @escaping @Sendable () -> StreamStep) {
    state = Locked(State(next: next))
    self.bell = bell
  }

  /// Only a stream with a bell may wait.
  var mayWait: Bool { bell != nil }

  /// Bytes handed out so far.
  var count: Int { state.withLock { $0.count } }

  /// A response that reads this stream to its end, once.
  func makeResponse() -> OpaquePointer? {
    let context = unsafe Unmanaged.passRetained(self).toOpaque()
    return unsafe MHD_create_response_from_callback(
      UInt64.max, Self.blockSize,
      { context, _, buffer, capacity in
        guard let context = unsafe context, let buffer = unsafe buffer else { return -1 }
        let stream = unsafe Unmanaged<ContentStream>.fromOpaque(context).takeUnretainedValue()
        return unsafe stream.read(into: UnsafeMutableRawBufferPointer(start: buffer, count: capacity))
      }, context,
      { context in
        if let context = unsafe context { unsafe Unmanaged<ContentStream>.fromOpaque(context).release() }
      })
  }

  /// Its response is queued on this connection. On the server's thread.
  func attach(to connection: OpaquePointer) {
    guard let bell else { return }
    state.withLock { $0.connection = unsafe Suspension(connection) }
    bell.hang(on: self)
  }

  /// The connection is done with it. On the server's thread, before the connection can go away.
  func detach() {
    bell?.hang(on: nil)
    state.withLock { $0.connection = nil }
  }

  /// From any thread: has it asked again.
  func wake() {
    state.withLock { $0.connection?.resume() }
  }

  /// From any thread: lets it end as if there were no more, where it may wait.
  func finish() {
    state.withLock { state in
      guard mayWait else { return }
      state.isFinished = true
      state.connection?.resume()
    }
  }

  /// All that is there without waiting.
  func drain() -> [UInt8] {
    var rest: [UInt8] = []
    while case .bytes(let piece) = take(atMost: .max) { rest += piece }
    return rest
  }

  private enum Taken {
    case bytes(ArraySlice<UInt8>)
    case nothing
    case end
  }

  /// How many bytes were copied; 0 when the connection was suspended, -1 at the end.
  private func read(into buffer: UnsafeMutableRawBufferPointer) -> Int {
    switch take(atMost: buffer.count) {
    case .bytes(let piece):
      unsafe buffer.copyBytes(from: piece)
      return piece.count
    case .nothing: return 0
    case .end: return -1
    }
  }

  private func take(atMost limit: Int) -> Taken {
    state.withLock { state in
      while state.position == state.piece.count {
        let step = state.isFinished ? .end : state.next?() ?? .end
        switch step {
        case .piece(let piece): (state.piece, state.position) = (piece, 0)
        case .wait:
          // Under the lock, so that a ring comes either before the question or after the suspension.
          state.connection?.suspend()
          return .nothing
        case .end:
          // What it holds on to is not needed any more.
          state.next = nil
          return .end
        }
      }
      let part = state.piece[state.position...].prefix(limit)
      state.position = part.endIndex
      state.count += part.count
      return .bytes(part)
    }
  }
}

/// A connection that a stream may suspend and resume; guarded by the stream's lock.
@safe
private struct Suspension: Sendable {
  // Valid while the connection is open, which is as long as the stream is attached to it.
  nonisolated(unsafe) private let connection: OpaquePointer
  private var isSuspended = false

  init(_ connection: OpaquePointer) { unsafe self.connection = unsafe connection }

  /// On the server's thread, in its question for content.
  mutating func suspend() {
    isSuspended = true
    unsafe MHD_suspend_connection(connection)
  }

  mutating func resume() {
    guard isSuspended else { return }
    isSuspended = false
    unsafe MHD_resume_connection(connection)
  }
}
