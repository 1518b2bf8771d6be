import Locked
import Synchronization

/// The server's side of one client connection, from accept to close.
///
/// libmicrohttpd's socket context holds one reference: retained in `connectionChanged` at the start, released there
/// at the end.
// @unchecked: `exchange`, `isFirstRequest` and `hasGoodCertificate` are touched by the server's thread only, `isEndNoticed` under
// Core's lock; the rest is immutable, atomic or locked.
final class Connection: @unchecked Sendable {
  let descriptor: Int32
  /// Numeric; empty where unknown.
  let remoteAddress: String
  /// Monotonic nanoseconds; `UInt64.max` for none. Written by the server's thread and by the sweeper that cuts.
  let deadline: Atomic<UInt64>
  /// Monotonic nanoseconds: of the accept, or of the last request's end.
  let idleSince: Atomic<UInt64>
  /// From the request line until the answer is sent or given up.
  let isBusy = Atomic(false)
  /// Monotonic nanoseconds: when the answer under way was queued; 0 for none.
  let answeredAt = Atomic<UInt64>(0)
  /// From the request line until its headers are complete: moments for an honest client.
  let isReceivingHeaders = Atomic(false)
  /// Present from the suspension until the answer is queued.
  let deferred = Locked<DeferredAnswer?>(nil)
  /// The answer under way, if it may wait for its content.
  let waiting = Locked<ContentStream?>(nil)

  /// The request that is being received or answered.
  struct Exchange {
    var target: Result<RequestTarget, RequestTargetError>
    var isFirstCall = true
    var method = ""
    var body: [UInt8] = []
    var receivedBytes = 0
    /// Index into the router's labels.
    var label: Int
    /// Bytes of the queued answer's content; `nil` before.
    var answeredBytes: Int?
    /// The queued answer's content if that is made while it is read.
    var stream: ContentStream?
  }
  var exchange: Exchange?
  /// Guarded by Core's lock on the table of connections.
  var isEndNoticed = false
  var isFirstRequest = true
  /// Whether the certificate that the client showed, or that it showed none, is good enough; nil before it was looked at.
  private var hasGoodCertificate: Bool?

  init(descriptor: Int32, remoteAddress: String, acceptedAt now: UInt64, deadline: UInt64) {
    self.descriptor = descriptor
    self.remoteAddress = remoteAddress
    self.idleSince = Atomic(now)
    self.deadline = Atomic(deadline)
  }

  /// On the server's thread, once a connection.
  func isClientAccepted(_ identity: TLSIdentity?, _ call: RequestCall) -> Bool {
    guard let identity, identity.clientCertificates != .none else { return true }
    if let known = hasGoodCertificate { return known }
    let isGood =
      switch call.clientCertificate {
      case .verified: true
      case .missing: identity.clientCertificates == .verifiedIfGiven
      case .untrusted: false
      }
    hasGoodCertificate = isGood
    return isGood
  }
}
