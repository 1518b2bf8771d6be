import Glibc
import TestSupport
import Testing

/// `--web.config.file`, as Prometheus' exporter toolkit has it, and a bearer token, over real TLS.
@Suite(.enabled(if: isInstalled("redis-server") && isInstalled("curl") && isInstalled("openssl")))
struct `Web access` {
  /// bcrypt of «wonder land» with cost 4.
  private static let hash = "$2y$04$abcdefghijklmnopqrstuuIhYhPUcA5ddoUXfP1U84.oib2hgmtZO"

  private static func openssl(_ words: String...) throws {
    let result = try run(["openssl"] + words)
    if result.exitCode != 0 { throw ServerError(result.output) }
  }

  /// An authority `NAME.crt` with a key.
  private static func authority(_ name: String, in directory: TemporaryDirectory) throws {
    let path = "\(directory.path)/\(name)"
    try openssl(
      "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj",
      "/CN=\(name)", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", "\(path).key", "-out", "\(path).crt")
  }

  /// What curl says: the status, and `000` with its exit code where there is no answer.
  private static func status(_ gauge: Cachegauge, _ path: String, _ words: String...) throws -> String {
    let format = ["curl", "-s", "-o", "/dev/null", "-m", "10", "-w", "%{http_code}"]
    let result = try run(format + words + ["https://127.0.0.1:\(gauge.port)\(path)"])
    return result.output == "000" ? "exit \(result.exitCode)" : result.output
  }

  @Test func `asks for TLS, a user or a token and a client's certificate, and follows its files without a restart`()
    async throws
  {
    let server = try RedisServer()
    let directory = try TemporaryDirectory()
    for name in ["one", "two", "people"] { try Self.authority(name, in: directory) }
    let token = "0123456789abcdef-token"
    try directory.write("\(token)\n", to: "token")
    let web = { (certificate: String, more: String) in
      """
      tls_server_config:
        cert_file: \(certificate).crt
        key_file: \(certificate).key
        min_version: TLS13
      \(more)
      basic_auth_users:
        alice: \(Self.hash)
      http_server_config:
        headers:
          Strict-Transport-Security: max-age=63072000
          X-Frame-Options: deny
      """
    }
    let file = try directory.write(web("one", ""), to: "web.yml")
    // It can't say that it is ready over plain HTTP.
    let port = try freePort()
    let gauge = try Cachegauge(
      startedOn: port,
      [server.url, "--web.config.file", file, "--web.bearer-token-file", "\(directory.path)/token"])
    let (one, two) = ("\(directory.path)/one.crt", "\(directory.path)/two.crt")
    let alice = ["-u", "alice:wonder land"]
    #expect(
      await eventually { (try? Self.status(gauge, "/-/ready", "--cacert", one, alice[0], alice[1])) == "200" })
    for path in ["/metrics", "/", "/api/cache/report", "/-/healthy", "/nowhere"] {
      #expect(try Self.status(gauge, path, "--cacert", one) == "401")
    }
    #expect(try Self.status(gauge, "/metrics", "--cacert", one, "-u", "alice:wrong") == "401")
    #expect(try Self.status(gauge, "/metrics", "--cacert", one, "-u", "bob:wonder land") == "401")
    #expect(try Self.status(gauge, "/metrics", "--cacert", one, "-H", "Authorization: Bearer \(token)") == "200")
    #expect(try Self.status(gauge, "/metrics", "--cacert", one, "-H", "Authorization: Bearer \(token)x") == "401")
    #expect(
      try Self.status(gauge, "/metrics", "--cacert", one, "--tls-max", "1.2", alice[0], alice[1]).hasPrefix("exit"))
    #expect(try Self.status(gauge, "/metrics", "--cacert", two, alice[0], alice[1]).hasPrefix("exit"))
    let told = try run(
      ["curl", "-s", "-i", "--cacert", one] + alice + ["https://127.0.0.1:\(port)/metrics"]
    ).output
    for line in ["Strict-Transport-Security: max-age=63072000", "X-Frame-Options: deny"] {
      #expect(told.contains(line))
    }
    #expect(told.contains("cachegauge_web_config_last_reload_successful 1"))
    #expect(
      try run(["curl", "-s", "-i", "--cacert", one, "https://127.0.0.1:\(port)/"]).output.contains(
        "X-Frame-Options: deny"))

    // A file that can't be used changes nothing; another certificate, and an authority of clients, are in force without a restart.
    try directory.write("tls_server_config: { cert_file: one.crt }\n", to: "web.yml")
    #expect(await eventually { gauge.log.contains("what was read before stays in force") })
    #expect(try Self.status(gauge, "/metrics", "--cacert", one, alice[0], alice[1]) == "200")
    try directory.write(
      web("two", "  client_ca_file: people.crt\n  client_auth_type: RequireAndVerifyClientCert"), to: "web.yml")
    let person = ["--cert", "\(directory.path)/people.crt", "--key", "\(directory.path)/people.key"]
    #expect(
      await eventually {
        (try? Self.status(
          gauge, "/metrics", "--cacert", two, alice[0], alice[1], person[0], person[1], person[2], person[3]))
          == "200"
      })
    #expect(try Self.status(gauge, "/metrics", "--cacert", two, alice[0], alice[1]) == "403")
    let stranger = ["--cert", one, "--key", "\(directory.path)/one.key"]
    #expect(
      try Self.status(
        gauge, "/metrics", "--cacert", two, alice[0], alice[1], stranger[0], stranger[1], stranger[2], stranger[3])
        != "200")
    let log = gauge.log
    for secret in ["wonder", token, Self.hash] { #expect(!log.contains(secret)) }
  }

  @Test func `whose file can't be used at the start ends with a sentence`() throws {
    let directory = try TemporaryDirectory()
    let file = try directory.write("basic_auth_users: { alice: plain-password }\n", to: "web.yml")
    let result = try run([
      Cachegauge.executable, "serve", "redis://127.0.0.1:1", "--listen", "127.0.0.1:0", "--web.config.file", file,
    ])
    #expect(result.exitCode == 1)
    #expect(result.output.contains("web.yml:1:28: error: basic_auth_users.alice: is no bcrypt hash"))
    #expect(!result.output.contains("plain-password"))
  }
}
