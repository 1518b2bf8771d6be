/// A certificate authority with a server's and a client's certificate, made by openssl.
public struct Certificates {
  /// Holds `ca.crt`, `server.crt`, `server.key`, `client.crt`, `client.key`.
  public let directory: TemporaryDirectory

  /// Makes them; the server's and the client's certificates are for these names and addresses.
  public init(subjectAlternativeName: String = "DNS:localhost,IP:127.0.0.1") throws {
    directory = try TemporaryDirectory()
    let path = directory.path
    try openssl(
      "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "1",
      "-subj", "/CN=Test CA", "-keyout", "\(path)/ca.key", "-out", "\(path)/ca.crt")
    for name in ["server", "client"] {
      try openssl(
        "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=\(name)",
        "-keyout", "\(path)/\(name).key", "-out", "\(path)/\(name).csr")
      try directory.write("subjectAltName=\(subjectAlternativeName)\n", to: "\(name).ext")
      try openssl(
        "x509", "-req", "-in", "\(path)/\(name).csr", "-CA", "\(path)/ca.crt", "-CAkey", "\(path)/ca.key",
        "-CAcreateserial", "-days", "1", "-extfile", "\(path)/\(name).ext", "-out", "\(path)/\(name).crt")
    }
  }

  /// Signs the server's key anew; the certificate's validity is over, or has just begun.
  public func renewServer(isExpired: Bool) throws {
    try directory.write("", to: "index.txt")
    try directory.write(
      """
      [ca]
      default_ca = test
      [test]
      database = \(file("index.txt"))
      new_certs_dir = \(directory.path)
      rand_serial = yes
      policy = any
      default_md = sha256
      [any]
      commonName = supplied

      """, to: "ca.cnf")
    try openssl(
      "ca", "-batch", "-notext", "-config", file("ca.cnf"), "-cert", file("ca.crt"), "-keyfile", file("ca.key"),
      "-in", file("server.csr"), "-extfile", file("server.ext"), "-out", file("server.crt"),
      "-startdate", "20200101000000Z", "-enddate", isExpired ? "20200102000000Z" : "20991231000000Z")
  }

  /// The path of one of the files.
  public func file(_ name: String) -> String { "\(directory.path)/\(name)" }

  private func openssl(_ arguments: String...) throws {
    let result = try run(["openssl"] + arguments)
    if result.exitCode != 0 { throw ServerError(result.output) }
  }
}
