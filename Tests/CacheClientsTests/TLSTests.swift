import CacheClients
import CacheModel
import NIOPosix
import RESP
import TestSupport
import Testing

/// A certificate authority with a server's and a client's certificate, made by openssl.
private struct Certificates {
  let directory: TemporaryDirectory

  init(subjectAlternativeName: String = "DNS:localhost,IP:127.0.0.1") throws {
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
  func renewServer(isExpired: Bool) throws {
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

  func file(_ name: String) -> String { "\(directory.path)/\(name)" }

  private func openssl(_ arguments: String...) throws {
    let result = try run(["openssl"] + arguments)
    if result.exitCode != 0 { throw ServerError(result.output) }
  }
}

private func server(_ certificates: Certificates, clients: String, port: UInt16) throws -> RedisServer {
  try RedisServer(
    "--tls-port", "\(port)", "--tls-cert-file", certificates.file("server.crt"),
    "--tls-key-file", certificates.file("server.key"), "--tls-ca-cert-file", certificates.file("ca.crt"),
    "--tls-auth-clients", clients)
}

private func failure(host: String, port: UInt16, _ settings: TLSSettings, within milliseconds: Int64 = 3000) async
  -> FailureCause?
{
  let client = RedisClient(
    endpoint: CacheEndpoint(address: .host(host, port: Int(port)), tls: settings),
    group: MultiThreadedEventLoopGroup.singleton)
  do {
    _ = try await client.pipeline([RESPCommand("PING")], deadline: .now.advanced(by: .milliseconds(milliseconds)))
    await client.close()
    return nil
  } catch { return error.cause }
}

@Suite(.enabled(if: isInstalled("redis-server") && isInstalled("openssl"))) struct `TLS` {
  @Test func `verifies a name and an IP address, and tells each fault apart`() async throws {
    let certificates = try Certificates()
    let port = try freePort()
    let server = try server(certificates, clients: "no", port: port)
    let trusted = TLSSettings(authorityFile: certificates.file("ca.crt"))
    #expect(await failure(host: "localhost", port: port, trusted) == nil)
    #expect(await failure(host: "127.0.0.1", port: port, trusted) == nil)
    #expect(await failure(host: "127.0.0.1", port: port, TLSSettings()) == .certificateUntrusted)
    #expect(await failure(host: "127.0.0.1", port: port, TLSSettings(skipsVerification: true)) == nil)
    let missing = TLSSettings(authorityFile: "/nonexistent/ca.crt")
    #expect(await failure(host: "127.0.0.1", port: port, missing) == .missingFile)
    #expect(await failure(host: "127.0.0.1", port: server.port, trusted, within: 300) == .timeout)
  }

  @Test func `a certificate for another name is refused`() async throws {
    let certificates = try Certificates(subjectAlternativeName: "DNS:other.example")
    let port = try freePort()
    let server = try server(certificates, clients: "no", port: port)
    let trusted = TLSSettings(authorityFile: certificates.file("ca.crt"))
    #expect(await failure(host: "localhost", port: port, trusted) == .certificateNameMismatch)
    var named = trusted
    named.serverName = "other.example"
    #expect(await failure(host: "127.0.0.1", port: port, named) == nil)
    server.kill()
  }

  @Test func `a certificate that has expired is told, and a renewed one is taken at the next connection`()
    async throws
  {
    let certificates = try Certificates()
    try certificates.renewServer(isExpired: true)
    let port = try freePort()
    let server = try server(certificates, clients: "no", port: port)
    let trusted = TLSSettings(authorityFile: certificates.file("ca.crt"))
    #expect(await failure(host: "localhost", port: port, trusted) == .certificateExpired)
    #expect(await failure(host: "localhost", port: port, TLSSettings()) == .certificateExpired)
    try certificates.renewServer(isExpired: false)
    // As who rotates certificates tells the server.
    try server.connect().call("CONFIG", "SET", "tls-cert-file", certificates.file("server.crt"))
    #expect(await failure(host: "localhost", port: port, trusted) == nil)
  }

  @Test func `a client certificate is shown when the server asks, and missed when there is none`() async throws {
    let certificates = try Certificates()
    let port = try freePort()
    let server = try server(certificates, clients: "yes", port: port)
    var settings = TLSSettings(authorityFile: certificates.file("ca.crt"))
    #expect(await failure(host: "localhost", port: port, settings) == .clientCertificateRequired)
    settings.certificateFile = certificates.file("client.crt")
    settings.keyFile = certificates.file("client.key")
    #expect(await failure(host: "localhost", port: port, settings) == nil)
    server.kill()
  }
}
