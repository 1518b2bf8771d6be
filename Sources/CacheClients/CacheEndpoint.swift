/// Where a cache server is and how to log in to it.
public struct CacheEndpoint: Sendable, Hashable {
  /// A host and port, or a Unix socket.
  public enum Address: Sendable, Hashable {
    /// A name, an IPv4 address or an IPv6 address without brackets.
    case host(String, port: Int)
    /// A path in the file system.
    case socket(String)
  }

  /// Where it listens.
  public var address: Address
  /// TLS, or nil for plain text.
  public var tls: TLSSettings?
  /// The user name; nil for the default user of a Redis.
  public var username: String?
  /// Where the password comes from; nil when there is none.
  public var password: PasswordSource?
  /// The database of a Redis to select; 0 selects none.
  public var database: Int

  /// An endpoint; nothing is opened.
  public init(
    address: Address, tls: TLSSettings? = nil, username: String? = nil, password: PasswordSource? = nil,
    database: Int = 0
  ) {
    self.address = address
    self.tls = tls
    self.username = username
    self.password = password
    self.database = database
  }
}

/// Where a password comes from.
public enum PasswordSource: Sendable, Hashable {
  /// The password itself.
  case text(String)
  /// A file, read anew at each connection so that a rotated password is taken up; one newline at its end is dropped.
  case file(String)
}

/// How a TLS connection is verified. Paths are of PEM files, read anew at each connection.
public struct TLSSettings: Sendable, Hashable {
  /// Certificates of the authorities to trust; nil for the system's.
  public var authorityFile: String?
  /// The client's certificate chain; nil for none.
  public var certificateFile: String?
  /// The client certificate's private key.
  public var keyFile: String?
  /// The name to ask for and to verify; nil for the host's. Not an IP address.
  public var serverName: String?
  /// Whether to take any certificate. Insecure: it protects from reading along, not from another server.
  public var skipsVerification: Bool

  /// Settings; by default the system's authorities and full verification.
  public init(
    authorityFile: String? = nil, certificateFile: String? = nil, keyFile: String? = nil, serverName: String? = nil,
    skipsVerification: Bool = false
  ) {
    self.authorityFile = authorityFile
    self.certificateFile = certificateFile
    self.keyFile = keyFile
    self.serverName = serverName
    self.skipsVerification = skipsVerification
  }
}
