/// Where an ``HTTPServer`` listens and what one client may cost it.
public struct HTTPServerConfiguration: Sendable {
  /// A numeric IPv4 or IPv6 address (`127.0.0.1`, `::1`, `[::1]`, `fe80::1%eth0`), `localhost` (127.0.0.1),
  /// `0.0.0.0` (all of IPv4) or `::` (all of IPv6, and of IPv4 where the system maps it). Names are not resolved.
  public var address: String

  /// 0 takes a free port; ``HTTPServer/boundPort`` then tells which.
  public var port: UInt16

  /// From the accepted connection, or a later request's request line, to the end of that request. Absolute: a
  /// client that sends a byte now and then is cut all the same.
  public var requestDeadline: Duration = .seconds(10)

  /// How long an asynchronous handler may take before its client is told 504 and its task is cancelled.
  public var handlerDeadline: Duration = .seconds(30)

  /// From the queued response until the client has read all of it. Absolute.
  public var responseDeadline: Duration = .seconds(60)

  /// How long a kept connection may lie silent between two requests; whole seconds, rounded up. A client that
  /// trickles its next request line is cut at the latest after this plus ``requestDeadline``.
  public var idleTimeout: Duration = .seconds(60)

  /// How long ``HTTPServer/stop()`` lets running requests and unread responses take.
  public var drainDeadline: Duration = .seconds(5)

  /// More clients than this wait in the kernel's queue until a connection ends; while they may, connections that have been idle, or
  /// slow, longest are closed.
  public var maximumConnections: UInt32 = 512

  /// A longer declared body is answered 413 and the connection is closed.
  public var maximumRequestBodyBytes: Int = 64 * 1024

  /// Bounds one connection's request line and headers: 414 and 431 beyond it.
  public var memoryPerConnection: Int = 32 * 1024

  /// TLS, or nil for plain HTTP.
  public var tls: TLSIdentity?

  /// What stands before every route; nil lets everybody pass.
  public var gate: RequestGate?

  /// Loopback and a free port, unless told otherwise.
  public init(address: String = "127.0.0.1", port: UInt16 = 0) {
    self.address = address
    self.port = port
  }
}

extension Duration {
  /// Clamped to 0…`UInt64.max`; finer parts than a nanosecond are cut off.
  var clampedNanoseconds: UInt64 {
    let (seconds, attoseconds) = components
    guard seconds >= 0, attoseconds >= 0 else { return 0 }
    let (whole, overflow) = UInt64(seconds).multipliedReportingOverflow(by: 1_000_000_000)
    return overflow ? .max : whole &+ UInt64(attoseconds / 1_000_000_000)
  }

  /// At least 1, at most `UInt32.max`; rounded up, because libmicrohttpd counts whole seconds and takes 0 as never.
  var wholeSecondsRoundedUp: UInt32 {
    let nanoseconds = clampedNanoseconds
    let seconds = nanoseconds / 1_000_000_000 + (nanoseconds % 1_000_000_000 == 0 ? 0 : 1)
    return UInt32(clamping: max(1, seconds))
  }
}
