import Collectors
import Foundation
import Testing

@testable import Daemon

private func overrides(_ flags: [String], address: String? = "redis://h:1") -> ConfigurationOverrides {
  var overrides = ConfigurationOverrides()
  overrides.redisAddress = address
  overrides.exporterFlags = flags.compactMap { ExporterOverride($0) }
  return overrides
}

@Test(arguments: [
  (["-redis.addr", "h:1"], ["--redis.addr=h:1"]), (["--redis.addr=h:1"], ["--redis.addr=h:1"]),
  (["-redis.addr="], ["--redis.addr", ""]), (["-version"], ["--version"]),
  (["--is-cluster", "-debug=false"], ["--exporter-flag=is-cluster=true", "--exporter-flag=debug=false"]),
  (["-connection-timeout", "5s", "h:1"], ["--exporter-flag=connection-timeout=5s", "h:1"]),
  (["-web.listen-address=:9121"], ["--web.listen-address=:9121"]),
  (["-c", "f.yml", "--poll-interval", "1s"], ["-c", "f.yml", "--poll-interval", "1s"]),
  (["--", "-debug"], ["--", "-debug"]), (["-check-keys"], ["--exporter-flag=check-keys="]),
])
func `a command line for redis_exporter becomes one of ours`(given: [String], expected: [String]) {
  #expect(ExporterArguments.translated(given) == expected)
}

@Test func `flags have the meaning that they have there`() throws {
  let flags = [
    "connection-timeout=300ms", "tls-ca-cert-file=/ca.pem", "tls-client-cert-file=/c.pem",
    "tls-client-key-file=/k.pem",
    "tls-server-name=redis.shop", "skip-tls-verification=1", "is-cluster=true", "web.telemetry-path=/m",
    "disable-scrape-endpoint=true", "log-format=json", "debug=t", "config-command=-",
  ]
  let configuration = try load(nil, overrides: overrides(flags, address: "rediss://h:1")).configuration
  let target = try #require(configuration.targets.first)
  #expect(target.poll.timeout == .milliseconds(300))
  #expect(target.tls.authorityFile == "/ca.pem")
  #expect(target.tls.certificateFile == "/c.pem")
  #expect(target.tls.keyFile == "/k.pem")
  #expect(target.tls.serverName == "redis.shop")
  #expect(target.tls.skipsVerification)
  #expect(target.isCluster)
  #expect(target.configCommand == nil)
  #expect(configuration.metricsPath == "/m")
  #expect(!configuration.scrape.isEnabled)
  #expect(configuration.log.format == .json)
  #expect(configuration.log.level == .debug)
}

@Test func `flags about keys and families have the meaning that they have there`() throws {
  let flags = [
    "check-keys=db3=user:*, a*", "check-single-keys=one", "count-keys=db0=s:*",
    "check-key-groups=^(.*)_[^_]+$,\"^(a,b)\"", "max-distinct-key-groups=7", "export-client-list=true",
    "check-streams=db1=st:*", "check-single-streams=s", "streams-exclude-consumer-metrics=true",
    "export-client-port=true", "include-config-metrics=true", "exclude-latency-histogram-metrics=true",
  ]
  let target = try load(nil, overrides: overrides(flags)).configuration.targets[0]
  #expect(target.checks.keys.map(\.database) == [3, 0])
  #expect(target.checks.keys.map(\.pattern) == ["user:*", "a*"])
  #expect(target.checks.singleKeys.map(\.pattern) == ["one"])
  #expect(target.checks.countKeys.map(\.pattern) == ["s:*"])
  #expect(target.checks.keyGroups == ["^(.*)_[^_]+$", "^(a,b)"])
  #expect(target.checks.maximumGroups == 7)
  #expect(target.checks.streams.map(\.text) == ["db1=st:*"])
  #expect(target.checks.singleStreams.map(\.pattern) == ["s"])
  #expect(!target.checks.streamConsumers)
  #expect(target.collect == [.clients, .clientPorts, .config])
  #expect(problems(nil, overrides: overrides(["check-keys=[a"])).count == 1)
}

@Test func `variables mean the same as flags, and flags win`() throws {
  let environment = [
    "REDIS_EXPORTER_IS_CLUSTER": "true", "REDIS_EXPORTER_WEB_TELEMETRY_PATH": "/x",
    "REDIS_EXPORTER_CONNECTION_TIMEOUT": "200ms", "REDIS_EXPORTER_SKIP_TLS_VERIFICATION": "false",
  ]
  let configuration = try load(nil, environment: environment, overrides: overrides(["connection-timeout=100ms"]))
    .configuration
  #expect(configuration.targets[0].isCluster)
  #expect(configuration.metricsPath == "/x")
  #expect(configuration.targets[0].poll.timeout == .milliseconds(100))
}

@Test func `a timeout longer than the poll interval ends before the next poll`() throws {
  let configuration = try load(nil, overrides: overrides(["connection-timeout=30s"])).configuration
  #expect(configuration.targets[0].poll.timeout == .milliseconds(800))
}

@Test(arguments: ExporterFlag.all.map(\.name))
func `each flag is taken with its usual value, and otherwise has its effect, a warning or a refusal`(name: String)
  throws
{
  let flag = try #require(ExporterFlag.named(name))
  #expect(problems(nil, overrides: overrides(["\(name)=\(flag.usual)"])).isEmpty)
  switch flag.effect {
  case .own, .setting, .configuration, .target: break
  case .none(let why):
    let other = flag.isSwitch ? (flag.usual == "true" ? "false" : "true") : "7"
    #expect(
      problems(nil, overrides: overrides(["\(name)=\(other)"])) == ["--\(name): warning: has no effect: \(why)"])
  case .refused(let why):
    let other = flag.isSwitch ? (flag.usual == "true" ? "false" : "true") : "x"
    #expect(
      problems(nil, overrides: overrides(["\(name)=\(other)"])) == ["--\(name): error: is not offered: \(why)"])
    #expect(
      problems(nil, environment: [flag.environment: other], overrides: overrides([]))
        == ["environment variable \(flag.environment): error: is not offered: \(why)"])
  }
}

@Test func `every flag stands once in the table, and every one of redis_exporter's is there`() {
  #expect(Set(ExporterFlag.all.map(\.name)).count == ExporterFlag.all.count)
  #expect(ExporterFlag.all.count == 59)
}

@Test func `who names no target but speaks redis_exporter's language means its usual one`() throws {
  let configuration = try load(nil, environment: ["REDIS_EXPORTER_DEBUG": "false"]).configuration
  #expect(configuration.targets.map(\.url) == ["redis://localhost:6379"])
  #expect(configuration.legacyNames)
  #expect(try load(nil).configuration.targets.isEmpty)
}

@Test func `an empty address allows scrapes only of what is named, with the password that was given for it`() throws
{
  #expect(problems(nil, overrides: overrides([], address: "")).first?.contains("--scrape-allow") == true)
  var multi = overrides(["tls-ca-cert-file=/ca.pem"], address: "")
  multi.settings["scrape-allow"] = "cache-*:6379, rediss://10.0.0.1:6380"
  multi.redisPassword = "secret"
  let configuration = try load(nil, environment: ["REDIS_URL": "redis://elsewhere"], overrides: multi).configuration
  #expect(configuration.targets.isEmpty)
  #expect(
    configuration.scrape.allow.flatMap { $0.patterns.map(\.text) } == ["cache-*:6379", "rediss://10.0.0.1:6380"])
  #expect(configuration.scrape.allow.allSatisfy { $0.template.password?.revealed == "secret" })
  #expect(configuration.scrape.allow.allSatisfy { $0.template.tls.authorityFile == "/ca.pem" })
}

@Test func `a password beside a listed target goes to no pattern`() throws {
  var given = overrides([])
  given.settings["scrape-allow"] = "cache-*:6379"
  given.redisPassword = "secret"
  let configuration = try load(nil, overrides: given).configuration
  #expect(configuration.targets[0].password?.revealed == "secret")
  #expect(configuration.scrape.allow[0].template.password == nil)
}

@Test func `a file of passwords by URL gives each URL its own`() throws {
  var given = overrides([], address: "redis://a:1")
  given.redisPasswordFile = "p.json"
  let text = #"{ "redis://a:1": "one", "redis://u@b:2": "two", "rediss://c:3": "", "unix:///s": "four" }"#
  func load(_ address: String) throws(ConfigurationErrors) -> Configuration {
    given.redisAddress = address
    return try LoadedConfiguration.load(overrides: given) { path throws(ConfigurationFileError) in
      guard path == "p.json" else { throw ConfigurationFileError("does not exist") }
      return Array(text.utf8)
    }.configuration
  }
  let one = try load("redis://a:1")
  #expect(one.targets[0].password?.revealed == "one")
  #expect(one.targets[0].passwordFile == nil)
  #expect(one.scrape.allow.map { $0.patterns[0].text } == ["redis://b:2", "rediss://c:3"])
  // An empty password is none, and none comes from elsewhere.
  #expect(one.scrape.allow[1].template.password?.isEmpty == true)
  var third = one.scrape.allow[1].template
  third.url = "rediss://c:3"
  var none = third
  none.password = nil
  #expect("\(third.endpoint)" == "\(none.endpoint)")
  #expect(one.scrape.allow[0].template.username == "u")
  #expect(one.scrape.allow[0].template.password?.revealed == "two")
  let other = try load("redis://z:1")
  #expect(other.targets[0].password == nil)
  #expect(try load("").scrape.allow.count == 3)
}

@Test func `the table in docs/migrating.md says what becomes of each flag`() throws {
  let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../docs/migrating.md")
    .standardized
  let text = try String(contentsOf: file, encoding: .utf8)
  let parts = text.components(separatedBy: "<!-- flags -->\n")
  try #require(parts.count == 3)
  let rows = ExporterFlag.all.map { flag in
    let outcome = flag.outcome.replacingOccurrences(of: "|", with: "\\|")
    return "| `--\(flag.name)` | \(flag.environment.isEmpty ? "" : "`\(flag.environment)`") | \(outcome) |\n"
  }
  let table = "\n| flag | variable | here |\n|---|---|---|\n" + rows.joined() + "\n"
  if ProcessInfo.processInfo.environment["UPDATE_GOLDEN"] != nil {
    try "\(parts[0])<!-- flags -->\n\(table)<!-- flags -->\n\(parts[2])".write(
      to: file, atomically: true, encoding: .utf8)
  } else {
    #expect(parts[1] == table)
  }
}
