import Glibc
import Synchronization

/// A free TCP port on the loopback interface: free when it was asked for. Below the range that the kernel gives to
/// outgoing connections, so that none of those takes it while a server restarts.
public func freePort() throws -> UInt16 {
  for _ in 0..<100 {
    if let listener = try? LoopbackListener(port: UInt16.random(in: 10_000..<32_000)) { return listener.port }
  }
  throw ServerError("no free port")
}

/// A listening socket on 127.0.0.1 that accepts nothing by itself: connections wait in the kernel, and are never
/// answered. A black hole.
public final class LoopbackListener: Sendable {
  /// The port.
  public let port: UInt16
  let descriptor: Int32

  /// Listens on this port; on a free one without.
  public init(port wanted: UInt16 = 0) throws {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = wanted.bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let bound = unsafe withUnsafeMutableBytes(of: &address) { bytes in
      let pointer = unsafe bytes.assumingMemoryBound(to: sockaddr.self).baseAddress
      return unsafe bind(descriptor, pointer, length) == 0 && listen(descriptor, 64) == 0
        && getsockname(descriptor, pointer, &length) == 0
    }
    guard bound else {
      Glibc.close(descriptor)
      throw ServerError("can't listen on 127.0.0.1: errno \(errno)")
    }
    self.descriptor = descriptor
    port = UInt16(bigEndian: address.sin_port)
  }

  deinit { Glibc.close(descriptor) }
}

/// Plays a script to each connection: bytes that it sends, whatever it is asked, then silence or the end.
public final class ScriptedServer: Sendable {
  /// What happens on a connection, in order.
  public enum Step: Sendable {
    /// Sends bytes once the client has sent something since the last step, or at once when it is the first step.
    case reply([UInt8])
    /// Sends bytes at once.
    case send([UInt8])
    /// Sends bytes one by one, so many milliseconds apart.
    case trickle([UInt8], milliseconds: UInt32)
    /// Closes.
    case close
  }

  /// The port.
  public var port: UInt16 { listener.port }
  private let listener: LoopbackListener
  private let accepted = Atomic<Int>(0)

  /// Connections taken so far.
  public var connections: Int { accepted.load(ordering: .relaxed) }

  /// Serves every connection with `steps`, each on a thread of its own; holds a connection open after the last step.
  public init(_ steps: [Step]) throws {
    listener = try LoopbackListener()
    let listening = dup(listener.descriptor)
    Thread.detach { [weak self] in
      while case let connection = accept(listening, nil, nil), connection >= 0 {
        guard let self else { break }
        self.accepted.add(1, ordering: .relaxed)
        Thread.detach { Self.play(steps, on: connection) }
      }
      Glibc.close(listening)
    }
  }

  deinit { shutdown(listener.descriptor, Int32(SHUT_RDWR)) }

  private static func play(_ steps: [Step], on connection: Int32) {
    var buffer = [UInt8](repeating: 0, count: 4096)
    for step in steps {
      switch step {
      case .reply(let bytes):
        guard unsafe read(connection, &buffer, buffer.count) > 0 else { break }
        unsafe send(connection, bytes, bytes.count, Int32(MSG_NOSIGNAL))
      case .send(let bytes):
        unsafe send(connection, bytes, bytes.count, Int32(MSG_NOSIGNAL))
      case .trickle(let bytes, let milliseconds):
        for byte in bytes {
          guard unsafe send(connection, [byte], 1, Int32(MSG_NOSIGNAL)) == 1 else { break }
          usleep(milliseconds * 1000)
        }
      case .close:
        Glibc.close(connection)
        return
      }
    }
    while unsafe read(connection, &buffer, buffer.count) > 0 {}
    Glibc.close(connection)
  }
}

/// A thread that nobody waits for.
enum Thread {
  private final class Work {
    let body: @Sendable () -> Void
    init(_ body: @escaping @Sendable () -> Void) { self.body = body }
  }

  static func detach(_ body: @escaping @Sendable () -> Void) {
    var thread = pthread_t()
    // The thread takes over the reference and releases it.
    let work = unsafe Unmanaged.passRetained(Work(body)).toOpaque()
    unsafe pthread_create(
      &thread, nil,
      { argument in
        if let argument = unsafe argument { unsafe Unmanaged<Work>.fromOpaque(argument).takeRetainedValue().body() }
        return nil
      }, work)
    pthread_detach(thread)
  }
}
