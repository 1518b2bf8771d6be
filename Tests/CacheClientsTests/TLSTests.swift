import CacheClients
import CacheModel
import NIOPosix
import RESP
import TestSupport
import Testing

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
