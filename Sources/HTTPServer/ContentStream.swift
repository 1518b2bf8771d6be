import CMicrohttpd
import Locked

/// Content that is made piece by piece while one client reads it.
///
/// libmicrohttpd's response holds one reference, retained in `makeResponse` and released by its free callback, when the content
/// was sent or given up.
final class ContentStream: Sendable {
  private struct State {
    var next: (@Sendable () -> [UInt8]?)?
    var piece: [UInt8] = []
    var position = 0
    var count = 0
  }

  private let state: Locked<State>
  /// What the server's thread lends libmicrohttpd for one read.
  private static let blockSize = 64 * 1024

  init(_ next: @escaping @Sendable () -> [UInt8]?) {
    state = Locked(State(next: next))
  }

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

  /// All that is left.
  func drain() -> [UInt8] {
    var rest: [UInt8] = []
    while let piece = take(atMost: .max) { rest += piece }
    return rest
  }

  /// How many bytes were copied; -1 at the end.
  private func read(into buffer: UnsafeMutableRawBufferPointer) -> Int {
    guard let piece = take(atMost: buffer.count) else { return -1 }
    unsafe buffer.copyBytes(from: piece)
    return piece.count
  }

  /// The next bytes; nil at the end.
  private func take(atMost limit: Int) -> ArraySlice<UInt8>? {
    state.withLock { state in
      while state.position == state.piece.count {
        guard let piece = state.next?() else {
          // What it holds on to is not needed any more.
          state.next = nil
          return nil
        }
        state.piece = piece
        state.position = 0
      }
      let part = state.piece[state.position...].prefix(limit)
      state.position = part.endIndex
      state.count += part.count
      return part
    }
  }
}
