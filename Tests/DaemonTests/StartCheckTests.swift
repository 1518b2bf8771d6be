import TestSupport
import Testing

@testable import Daemon

/// bcrypt of nothing in particular.
private let hash = "$2y$10$abcdefghijklmnopqrstuuNYVhuCzN8W/N3q6oBTpBoHaLLh6DgBG"

/// What can't be used beside a configuration that is well in itself: its lines, files by name, and what the sentence says. `@` stands
/// for the directory.
private let refused: [(lines: String, files: [String: String], sentence: String)] = [
  (
    "web: { metrics_users: prometheus }", [:],
    "@/c.yml:2:23: error: web.metrics_users: \"prometheus\" is no user: users are named, with their passwords' hashes, by web.config_file"
  ),
  (
    "web: { metrics_users: \"alice, bob\", config_file: @/w.yml }",
    ["w.yml": "basic_auth_users: { alice: \(hash) }"],
    "@/c.yml:2:23: error: web.metrics_users: \"bob\" is none of the basic_auth_users of @/w.yml"
  ),
  (
    "web: { bearer_token_file: @/token }", ["token": "fifteen-letters\n"],
    "@/c.yml:2:27: error: web.bearer_token_file: @/token holds 15 characters; a token has 16 at least"
  ),
  (
    "web: { metrics_token_file: @/token }", [:],
    "@/c.yml:2:28: error: web.metrics_token_file: @/token does not exist"
  ),
  ("web: { config_file: @/w.yml }", [:], "@/c.yml:2:21: error: web.config_file: @/w.yml does not exist"),
  (
    "web: { config_file: @/w.yml }", ["w.yml": "basic_auth_users: { alice: secretword }"],
    "@/w.yml:1:28: error: basic_auth_users.alice: is no bcrypt hash"
  ),
  (
    "web: { config_file: @/w.yml }", ["w.yml": "tls_server_config: { cert_file: a.crt, key_file: a.key }"],
    "@/c.yml:2:21: error: web.config_file: @/a.crt does not exist"
  ),
  (
    "web: { config_file: @/w.yml }",
    ["w.yml": "tls_server_config: { cert_file: a.crt, key_file: a.key }", "a.crt": "no PEM", "a.key": "no PEM"],
    "@/c.yml:2:21: error: web.config_file: cannot serve over TLS"
  ),
  (
    "history: { path: @/c.yml }", [:],
    "@/c.yml:2:18: error: history.path: history can't be kept in @/c.yml (@/c.yml is no directory)"
  ),
  (
    "history: { path: @/none/here }", [:],
    "@/c.yml:2:18: error: history.path: history can't be kept in @/none/here (@/none does not exist, and only the last directory of a path is made)"
  ),
  ("listen: cache:9121", [:], "@/c.yml:2:9: error: listen: cannot listen on 'cache': not an IP address"),
  ("lisen: :9121", [:], "@/c.yml:2:1: error: unknown key \"lisen\"; did you mean listen?"),
]

/// Writes a configuration of one target with these lines; answers what names it.
private func configured(_ lines: String, _ files: [String: String], in directory: TemporaryDirectory) throws
  -> ConfigurationOverrides
{
  let filled = { (text: String) in
    text.split(separator: "@", omittingEmptySubsequences: false).joined(separator: directory.path)
  }
  for (name, text) in files { try directory.write(filled(text), to: name) }
  var overrides = ConfigurationOverrides()
  overrides.configFile = try directory.write(
    "targets: [{ url: \"redis://127.0.0.1:1\" }]\n\(filled(lines))\n", to: "c.yml")
  return overrides
}

/// Why a command ends at once; one that does not is ended after a while.
private func refusal(_ command: @escaping @Sendable () async throws -> Void) async -> String {
  await withTaskGroup(of: String.self) { group in
    group.addTask {
      do { try await command() } catch { return "\(error)" }
      return "not refused"
    }
    group.addTask {
      try? await Task.sleep(for: .seconds(30))
      return "goes on"
    }
    defer { group.cancelAll() }
    return await group.next() ?? ""
  }
}

@Suite struct `What a configuration needs beside itself` {
  @Test(arguments: refused)
  func `is refused by the check in the words of the start`(lines: String, files: [String: String], sentence: String)
    async throws
  {
    let directory = try TemporaryDirectory()
    let overrides = try configured(lines, files, in: directory)
    let checked = await refusal { try CommandLineTool.checkConfiguration(overrides) }
    let started = await refusal { try await CommandLineTool.serve(overrides) }
    #expect(checked == started)
    let wanted = sentence.split(separator: "@", omittingEmptySubsequences: false).joined(separator: directory.path)
    #expect(checked.hasPrefix(wanted), "\(checked)")
    #expect(!checked.contains("secretword") && !checked.contains("fifteen"))
  }

  @Test func `is named by its flag where a flag names it`() throws {
    let directory = try TemporaryDirectory()
    var overrides = try configured("", [:], in: directory)
    overrides.settings["web.bearer-token-file"] = "\(directory.path)/token"
    let error = #expect(throws: UsageError.self) { try CommandLineTool.checkConfiguration(overrides) }
    #expect(error?.description.hasPrefix("--web.bearer-token-file: error: web.bearer_token_file: ") == true)
  }

  @Test func `is not looked at where only the syntax is to be checked`() throws {
    let directory = try TemporaryDirectory()
    let overrides = try configured("web: { config_file: @/w.yml }", [:], in: directory)
    try CommandLineTool.checkConfiguration(overrides, syntaxOnly: true)
    #expect(throws: UsageError.self) { try CommandLineTool.checkConfiguration(overrides) }
  }

  @Test func `is left as it is by the check`() throws {
    let directory = try TemporaryDirectory()
    let overrides = try configured("history: { path: @/history }", [:], in: directory)
    let loaded = try LoadedConfiguration.load(overrides: overrides)
    try loaded.checkStart()
    #expect(try run(["ls", directory.path]).output == "c.yml\n")
  }

  @Test func `is refused where a pipe stands for a file, and not waited for`() throws {
    let directory = try TemporaryDirectory()
    let allowed = "scrape: { allow: [{ targets: [\"a:1\"], password_file: @/pipe }] }"
    let overrides = try configured(allowed, [:], in: directory)
    try run(["mkfifo", "\(directory.path)/pipe"])
    let loaded = try LoadedConfiguration.load(overrides: overrides)
    let doubt = try #require(loaded.doubts.first?.description)
    #expect(
      doubt.contains(
        "the password file '\(directory.path)/pipe': it is a pipe; cachegauge reads regular files; each connection")
    )
    try run(["mv", "\(directory.path)/pipe", "\(directory.path)/c.yml"])
    let again = #expect(throws: ConfigurationErrors.self) { try LoadedConfiguration.load(overrides: overrides) }
    #expect(
      again?.description.hasSuffix("c.yml: error: the file is a pipe; cachegauge reads regular files") == true)
    let start = #expect(throws: UsageError.self) { try CommandLineTool.checkConfiguration(overrides) }
    #expect(start?.description.hasSuffix("c.yml: error: the file is a pipe to which nobody writes") == true)
  }

  @Test func `is doubted where the start goes on without it`() throws {
    let directory = try TemporaryDirectory()
    let overrides = try configured(
      """
      target_files: [{ paths: [@/broken.yml, "@/none-*.json"], password_file: @/password }]
      remote_write: [{ url: "https://h/api/v1/write", tls: { ca_file: @/ca.crt } }]
      scrape: { allow: [{ targets: ["a:1"], observe: { events: true, manage: true, state_directory: /dev/null/x } }] }
      """, ["broken.yml": "[{ target: [a] }]", "ca.crt": "no PEM"], in: directory)
    let loaded = try LoadedConfiguration.load(overrides: overrides)
    try loaded.checkStart()
    let path = directory.path
    let doubts = loaded.doubts.map(\.description)
    let expected = [
      "\(path)/c.yml:2:", ": target_files[0].password_file: can't read the password file '\(path)/password'",
      "target_files[0].paths[0]: \(path)/broken.yml:1:4: error: [0]: unknown key \"target\"; did you mean targets?",
      "target_files[0].paths[1]: no such file is there yet",
      "remote_write[0].tls.ca_file: the TLS files can't be used",
      "scrape.allow[0].observe.manage: nothing will be switched on, since it can't be noted: /dev/null",
    ]
    for part in expected { #expect(doubts.contains { $0.contains(part) }, "\(part): \(doubts)") }
    #expect(doubts.count == 5, "\(doubts)")
    #expect(doubts.allSatisfy { $0.contains(": warning: ") })
  }
}
