/// What a server proves itself with over TLS, and whom it asks for a certificate. PEM texts, which are read when the server starts.
public struct TLSIdentity: Sendable, Equatable {
  /// The server's certificate, and those between it and its authority.
  public var certificateChain: String
  /// The certificate's private key, not encrypted.
  public var privateKey: String
  /// Whose certificates clients may show; nil where none is asked for.
  public var clientAuthorities: String?
  /// What clients have to show.
  public var clientCertificates = ClientCertificates.none
  /// The oldest version that is spoken.
  public var minimumVersion = Version.tls12
  /// The newest.
  public var maximumVersion = Version.tls13

  /// What clients have to show.
  public enum ClientCertificates: Sendable, Equatable, CaseIterable {
    /// Nothing: they are not asked.
    case none
    /// Nothing, but what they show must be signed by one of the authorities.
    case verifiedIfGiven
    /// A certificate that one of the authorities has signed.
    case required
  }

  /// Versions that can be spoken.
  public enum Version: Int, Sendable, Comparable, CaseIterable {
    /// TLS 1.0; not safe any more.
    case tls10
    /// TLS 1.1; not safe any more.
    case tls11
    /// TLS 1.2.
    case tls12
    /// TLS 1.3.
    case tls13

    /// By age.
    public static func < (left: Version, right: Version) -> Bool { left.rawValue < right.rawValue }

    fileprivate var name: String { ["VERS-TLS1.0", "VERS-TLS1.1", "VERS-TLS1.2", "VERS-TLS1.3"][rawValue] }
  }

  /// An identity that asks nothing of clients and speaks TLS 1.2 and 1.3.
  public init(certificateChain: String, privateKey: String) {
    self.certificateChain = certificateChain
    self.privateKey = privateKey
  }

  /// As GnuTLS has it.
  var priorities: String {
    let versions = Version.allCases.filter { minimumVersion <= $0 && $0 <= maximumVersion }.map { ":+\($0.name)" }
    return "NORMAL:-VERS-ALL\(versions.joined()):%SERVER_PRECEDENCE"
  }
}
