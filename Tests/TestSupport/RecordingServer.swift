import Glibc
import Locked

/// Accepts connections, answers nothing, and keeps every byte that it is sent: what a password that goes astray would
/// be caught by.
public final class RecordingServer: Sendable {
  private let listener: LoopbackListener
  private let received = Locked((connections: 0, bytes: [UInt8]()))

  /// The port.
  public var port: UInt16 { listener.port }
  /// Connections taken so far.
  public var connections: Int { received.withLock { $0.connections } }
  /// All that came over any connection, as text.
  public var text: String { received.withLock { String(decoding: $0.bytes, as: UTF8.self) } }

  /// Listens on a free port of 127.0.0.1.
  public init() throws {
    listener = try LoopbackListener()
    let listening = dup(listener.descriptor)
    Thread.detach { [weak self] in
      while case let connection = accept(listening, nil, nil), connection >= 0 {
        guard let self else { break }
        self.received.withLock { $0.connections += 1 }
        Thread.detach { [weak self] in
          var buffer = [UInt8](repeating: 0, count: 4096)
          while case let count = unsafe read(connection, &buffer, buffer.count), count > 0 {
            self?.received.withLock { $0.bytes += buffer.prefix(count) }
          }
          close(connection)
        }
      }
      close(listening)
    }
  }

  deinit { shutdown(listener.descriptor, Int32(SHUT_RDWR)) }
}
