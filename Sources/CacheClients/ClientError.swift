public import CacheModel
import Glibc
import MemcachedProtocol
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import RESP

/// Why a call to a server failed.
public struct ClientError: Error, Sendable, Hashable {
  /// From the closed list that metrics and JSON show.
  public let cause: FailureCause
  /// For the log: never a password, a key or an argument.
  public let detail: String

  /// An error with its explanation.
  public init(_ cause: FailureCause, _ detail: String) {
    self.cause = cause
    self.detail = detail
  }
}

extension ClientError {
  /// Classifies what the network, TLS or the decoder threw.
  init(classifying error: any Error) {
    switch error {
    case let error as ClientError: self = error
    case let error as RESPDecodingError: self.init(error)
    case let error as MemcachedDecodingError: self.init(error)
    case let error as NIOConnectionError: self.init(error)
    case let error as IOError: self.init(error)
    case let error as NIOSSLError: self.init(tls: "\(error)")
    case let error as BoringSSLError: self.init(tls: "\(error)")
    case let error as NIOSSLExtraError: self.init(tls: "\(error)")
    case HTTPParserError.invalidEOFState:
      self.init(.closedByPeer, "the server closed the connection before its answer was complete")
    case is HTTPParserError, is NIOHTTPDecoderError:
      self.init(.protocolError, "the answer is no HTTP; is the URL's scheme right?")
    case is ChannelError: self.init(.closedByPeer, "the connection was closed")
    default: self.init(.unreachable, "\(type(of: error))")
    }
  }

  private init(_ error: RESPDecodingError) {
    let place = "at byte \(error.offset) of the stream"
    switch error.kind {
    case .bulkTooLarge(let declared, let limit):
      self.init(.replyTooLarge, "a bulk string of \(declared) bytes is declared \(place); the limit is \(limit)")
    case .tooManyElements(let declared, let limit):
      self.init(.replyTooLarge, "an array of \(declared) elements is declared \(place); the limit is \(limit)")
    case .replyTooLarge(let limit):
      self.init(.replyTooLarge, "a reply that begins \(place) is longer than \(limit) bytes")
    case .nestedTooDeeply: self.init(.replyTooLarge, "arrays nested more than seven levels deep \(place)")
    case .malformed(let reason): self.init(.protocolError, "no Redis reply \(place): \(reason)")
    }
  }

  private init(_ error: MemcachedDecodingError) {
    let place = "at byte \(error.offset) of the stream"
    switch error.kind {
    case .unexpectedLine: self.init(.protocolError, "no Memcached reply \(place); is the URL's scheme right?")
    case .malformedValue: self.init(.protocolError, "a value without its length or its end \(place)")
    case .lineTooLong(let limit): self.init(.replyTooLarge, "a line \(place) is longer than \(limit) bytes")
    case .replyTooLarge(let limit): self.init(.replyTooLarge, "a reply is longer than \(limit) bytes \(place)")
    }
  }

  private init(_ error: NIOConnectionError) {
    if let failure = error.connectionErrors.first {
      self.init(classifying: failure.error)
    } else {
      self.init(.nameResolution, "'\(error.host)' has no address")
    }
  }

  private init(_ error: IOError) {
    let text = unsafe String(cString: strerror(error.errnoCode))
    switch error.errnoCode {
    case ECONNREFUSED: self.init(.refused, text)
    case ENOENT: self.init(.socketMissing, text)
    case ECONNRESET, EPIPE, ENOTCONN: self.init(.closedByPeer, text)
    case ETIMEDOUT: self.init(.timeout, text)
    case EACCES, EPERM: self.init(.permissionDenied, text)
    case EMFILE, ENFILE: self.init(.noFileDescriptors, text)
    default: self.init(.unreachable, text)
    }
  }

  /// BoringSSL tells its reasons in text only.
  private init(tls text: String) {
    let reasons: [(String, FailureCause, String)] = [
      ("CERTIFICATE_EXPIRED", .certificateExpired, "the certificate has expired"),
      ("CERTIFICATE_REQUIRED", .clientCertificateRequired, "the server asks for a client certificate"),
      (
        "HANDSHAKE_FAILURE", .tlsFailure, "the handshake was refused; does the server ask for a client certificate?"
      ),
      ("failedToValidateHostname", .certificateNameMismatch, "the certificate is for another name or address"),
      ("unableToValidateCertificate", .certificateUntrusted, "the certificate is not trusted"),
      ("CERTIFICATE_VERIFY_FAILED", .certificateUntrusted, "the certificate is not trusted, or has expired"),
      ("UNKNOWN_CA", .clientCertificateRequired, "the server does not trust the client certificate"),
      ("uncleanShutdown", .closedByPeer, "the connection was closed"),
      ("WRONG_VERSION_NUMBER", .tlsFailure, "the server does not speak TLS on this port"),
    ]
    for (mark, cause, detail) in reasons where text.contains(mark) {
      self.init(cause, detail)
      return
    }
    self.init(.tlsFailure, text)
  }
}
