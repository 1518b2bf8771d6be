import HTTPServer
import Testing

@testable import Daemon

private func read(_ text: String) throws(ConfigurationErrors) -> WebConfiguration {
  try WebConfiguration(Array(text.utf8), file: "w.yml", directory: "/etc/web")
}

private let hash = "$2y$10$abcdefghijklmnopqrstuuNYVhuCzN8W/N3q6oBTpBoHaLLh6DgBG"

@Suite struct `The web configuration` {
  @Test func `is read in the exporter toolkit's format, with files beside it`() throws {
    let web = try read(
      """
      tls_server_config:
        cert_file: a.crt
        key_file: /k/a.key
        client_ca_file: ca.crt
        client_auth_type: VerifyClientCertIfGiven
        min_version: TLS12
        max_version: TLS13
      http_server_config: { http2: true, headers: { X-Frame-Options: deny } }
      basic_auth_users: { alice: \(hash) }
      """)
    #expect(web.tls?.certificate == "/etc/web/a.crt" && web.tls?.key == "/k/a.key")
    #expect(web.tls?.clientAuthorities == "/etc/web/ca.crt" && web.tls?.clientCertificates == .verifiedIfGiven)
    #expect(web.headers == [.init(name: "X-Frame-Options", value: "deny")])
    #expect(web.users == ["alice": hash])
    #expect(try read("") == WebConfiguration())
  }

  @Test(arguments: [
    ("tls_server_config: { cert_file: a }", "wants both cert_file and key_file"),
    (
      "tls_server_config: { cert_file: a, key_file: b, cipher_suites: [x] }",
      "cipher_suites is not known to cachegauge"
    ),
    (
      "tls_server_config: { cert_file: a, key_file: b, min_version: SSL3 }",
      "is none of TLS10, TLS11, TLS12 and TLS13"
    ),
    (
      "tls_server_config: { cert_file: a, key_file: b, min_version: TLS13, max_version: TLS12 }",
      "min_version is newer than max_version"
    ),
    (
      "tls_server_config: { cert_file: a, key_file: b, client_auth_type: RequireAnyClientCert }",
      "a certificate that is not verified proves nothing"
    ),
    (
      "tls_server_config: { cert_file: a, key_file: b, client_auth_type: RequireAndVerifyClientCert }",
      "client_auth_type wants client_ca_file"
    ),
    (
      "tls_server_config: { cert_file: a, key_file: b, client_ca_file: c }", "client_ca_file wants client_auth_type"
    ),
    ("basic_auth_users: { a: secretword }", "is no bcrypt hash"), ("basic_auth_users: [a]", "a mapping of users"),
    ("basic_auth_user: { a: b }", "did you mean basic_auth_users?"), ("rate_limit: {}", "rate_limit is not known"),
    ("http_server_config: { headers: { X-Other: a } }", "unknown key"),
  ])
  func `that promises what can't be kept is refused, and no secret is repeated`(text: String, message: String) {
    let error = #expect(throws: ConfigurationErrors.self) { try read(text) }
    #expect(error?.description.contains(message) == true, "\(error?.description ?? "")")
    #expect(error?.description.contains("secretword") == false)
  }
}

@Suite struct `The gate` {
  private func decision(_ gate: WebGate, _ authorization: String?, _ path: String = "/metrics") async -> Int {
    let headers = authorization.map { [(name: "Authorization", value: $0)] } ?? []
    guard let request = HTTPRequest("GET", path, headers: headers) else { return 0 }
    switch gate.decide(request) {
    case .admitted: return 200
    case .refused(let response): return response.status
    case .undecided(let ask): return await ask()?.status ?? 200
    }
  }

  @Test(arguments: [
    (nil, 401), ("Basic YWxpY2U6dGVzdA==", 200), ("basic  YWxpY2U6dGVzdA", 200), ("Basic YWxpY2U6dGVzVA==", 401),
    ("Basic Ym9iOnRlc3Q=", 401), ("Basic !!!!", 401), ("Basic YWxpY2U=", 401), ("Basic YWxpY2UAOnRlc3Q=", 401),
    ("Bearer a-token-of-some-length", 200), ("Bearer a-token-of-some-lengtH", 401), ("Bearer", 401),
    ("Digest x", 401),
  ])
  func `lets pass who has a password or the token`(authorization: String?, status: Int) async {
    let gate = WebGate(WebGate.Rules(users: ["alice": hash], token: Array("a-token-of-some-length".utf8)))
    #expect(await decision(gate, authorization) == status)
    // From memory, the second time.
    #expect(await decision(gate, authorization) == status)
    #expect(gate.refused == (status == 401 ? 2 : 0))
  }

  @Test(arguments: [
    ("Bearer a-token-for-metrics-1", "/metrics", 200), ("Bearer a-token-for-metrics-1", "/-/ready", 200),
    ("Bearer a-token-for-metrics-1", "/api/cache/report", 403), ("Bearer a-token-for-metrics-1", "/", 403),
    ("Bearer a-token-for-metrics-2", "/metrics", 401), ("Bearer a-token-for-everything", "/api/cache/report", 200),
    ("Basic YWxpY2U6dGVzdA==", "/metrics", 200), ("Basic YWxpY2U6dGVzdA==", "/api/cache/report", 403),
    ("Basic YWxpY2U6dGVzVA==", "/metrics", 401),
  ])
  func `may let some ask for metrics alone`(authorization: String, path: String, status: Int) async {
    let gate = WebGate(
      WebGate.Rules(
        users: ["alice": hash], token: Array("a-token-for-everything".utf8),
        metricsToken: Array("a-token-for-metrics-1".utf8), metricsUsers: ["alice"]),
      metricsPaths: Routes.metricsPaths("/metrics"))
    #expect(await decision(gate, authorization, path) == status)
  }

  @Test func `forgets who was let in when the rules change`() async {
    let gate = WebGate(WebGate.Rules(users: ["alice": hash]))
    #expect(await decision(gate, "Basic YWxpY2U6dGVzdA==") == 200)
    gate.replace(WebGate.Rules(users: ["bob": hash]))
    #expect(await decision(gate, "Basic YWxpY2U6dGVzdA==") == 401)
    gate.replace(WebGate.Rules())
    #expect(await decision(gate, nil) == 200)
  }

  @Test(arguments: [
    ("", [UInt8]()), ("Zg==", [102]), ("Zm8", [102, 111]), ("Zm9v", [102, 111, 111]), ("_-8=", [255, 239]),
  ])
  func `reads base64`(text: String, bytes: [UInt8]) { #expect(decodeBase64(text) == bytes) }
}
