extension HTTPServer {
  /// Throws what a start would for an address that no server can listen on, whichever the machine. Nothing is opened.
  public static func check(address: String) throws(HTTPServerError) {
    try ListenSocket.check(address)
  }

  /// Throws what a start would for an identity that can't be used: by such a start, on a free port of the loopback, which is over
  /// before anybody is answered. Takes some milliseconds.
  public static func check(_ identity: TLSIdentity) throws(HTTPServerError) {
    var configuration = HTTPServerConfiguration()
    configuration.tls = identity
    try HTTPServer(configuration: configuration, router: Router([])).start()
  }
}
