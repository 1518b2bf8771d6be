import CacheModel
import Testing

@testable import Daemon

private func flags(_ change: (inout ConfigurationOverrides) -> Void) -> ConfigurationOverrides {
  var overrides = ConfigurationOverrides()
  change(&overrides)
  return overrides
}

private let shop = """
  poll: { interval: 2s }
  targets:
    - name: shop
      url: redis://shop:6379/0
      password_file: /run/secrets/shop
      namespaces: [{ name: menu, keys: "menu:*" }]
    - name: other
      url: redis://other
  """

@Test func `without file, environment and flags there are defaults and no target`() throws {
  let loaded = try load(nil)
  #expect(loaded.configuration == Configuration())
  #expect(loaded.origins.isEmpty)
  #expect(loaded.file == nil)
}

@Test func `flags win over the environment, which wins over the file`() throws {
  let text = "listen: :1\npoll: { interval: 2s, timeout: 1s }\nlog: { level: debug }\ntargets: [{ url: redis://h }]"
  let environment = ["CACHEGAUGE_LISTEN": ":2", "CACHEGAUGE_POLL_INTERVAL": "3s"]
  let loaded = try load(text, environment: environment, overrides: flags { $0.settings["listen"] = ":3" })
  #expect(loaded.configuration.listen.port == 3)
  #expect(loaded.origin(of: "listen") == .flag("--listen"))
  #expect(loaded.configuration.poll.interval == .seconds(3))
  #expect(loaded.origin(of: "poll.interval") == .environment("CACHEGAUGE_POLL_INTERVAL"))
  #expect(loaded.configuration.log.level == .debug)
  #expect(loaded.origin(of: "log.level") == .file("c.yml", line: 3, column: 15))
  #expect(loaded.origin(of: "log.format") == .default)
  #expect(loaded.configuration.targets.first?.poll.interval == .seconds(3))
}

@Test(arguments: [
  (["REDIS_URL": "redis://a/1"], "redis://a:6379/1", false),
  (["REDIS_URL": "redis://a", "CACHE_REDIS_URL": "redis://b"], "redis://b:6379", false),
  (["REDIS_URL": "redis://a", "REDIS_ADDR": "c:7"], "redis://c:7", true),
  (["CACHE_REDIS_HOST": "d"], "redis://d:6379", false),
  (
    ["CACHE_REDIS_HOST": "d", "CACHE_REDIS_PORT": "7", "CACHE_REDIS_DB": "2", "CACHE_REDIS_SSL": "true"],
    "rediss://d:7/2", false
  ),
  (["CACHE_REDIS_HOST": "::1", "CACHE_REDIS_SSL": "false"], "redis://[::1]:6379", false),
  (["REDIS_URL": "", "CACHE_REDIS_HOST": "e"], "redis://e:6379", false),
])
func `the environment names one target`(environment: [String: String], url: String, dropIn: Bool) throws {
  let configuration = try load(nil, environment: environment).configuration
  #expect(configuration.targets.map(\.url) == [url])
  #expect(configuration.targets.first?.name == nil)
  #expect(configuration.legacyNames == dropIn)
}

@Test func `a target without a name carries no label`() throws {
  let target = try #require(
    try load(nil, environment: ["REDIS_URL": "redis://u:p@h:7/0"]).configuration.targets.first)
  #expect(target.identity == Target(name: "h:7", isNamed: false, kind: .redis, address: "h:7"))
  #expect(target.username == "u")
  #expect(target.password == Secret("p"))
}

@Test func `the file's targets stand, and a URL of the environment for another place is a warning`() throws {
  let loaded = try load(shop, environment: ["REDIS_URL": "redis://elsewhere"])
  #expect(loaded.configuration.targets.map(\.url) == ["redis://shop:6379/0", "redis://other:6379"])
  let message =
    "environment variable REDIS_URL: warning: is ignored, since the file names its targets; "
    + "leave out a target's url to take it from here"
  #expect(loaded.warnings.map(\.description) == [message])
}

@Test func `a URL of the environment that the file names too is no warning`() throws {
  #expect(try load(shop, environment: ["REDIS_URL": "redis://shop"]).warnings.isEmpty)
}

@Test func `a target without a URL takes it from the environment`() throws {
  let text = "targets: [{ preset: production, namespaces: [{ name: menu, keys: [\"menu:*\"] }] }]"
  let loaded = try load(text, environment: ["REDIS_URL": "redis://:pw@h:7"])
  let target = try #require(loaded.configuration.targets.first)
  #expect(target.url == "redis://h:7")
  #expect(target.password == Secret("pw"))
  #expect(target.namespaces.map(\.name) == ["menu"])
  #expect(loaded.origin(of: "targets[0].url") == .environment("REDIS_URL"))
  #expect(
    problems(text) == ["c.yml:1:11: error: targets[0]: has no url, and the environment gives none (REDIS_URL)"])
}

@Test func `the environment gives only one URL`() {
  let text = "targets: [{ name: a }, { name: b }]"
  #expect(
    problems(text, environment: ["REDIS_URL": "redis://h"]) == [
      "c.yml:1:24: error: targets[1]: has no url; the environment gives only one"
    ])
}

@Test func `a URL argument is the only target, as the file declares it`() throws {
  let loaded = try load(shop, overrides: flags { $0.url = "redis://SHOP:6379" })
  let target = try #require(loaded.configuration.targets.first)
  #expect(loaded.configuration.targets.count == 1)
  #expect(target.name == "shop")
  #expect(target.passwordFile == "/run/secrets/shop")
  #expect(target.namespaces.map(\.name) == ["menu"])
  #expect(target.poll.interval == .seconds(2))
  #expect(loaded.origin(of: "targets[0].name") == .file("c.yml", line: 3, column: 11))
  #expect(loaded.origin(of: "targets[0].url") == .flag("the URL argument"))
}

@Test func `a URL argument that the file does not know gets nothing of its targets`() throws {
  let loaded = try load(shop, environment: ["REDIS_URL": "redis://x"], overrides: flags { $0.url = "redis://new" })
  var expected = TargetConfiguration(url: "redis://new:6379")
  expected.poll.interval = .seconds(2)
  #expect(loaded.configuration.targets == [expected])
  #expect(loaded.origins.keys.sorted() == ["poll.interval", "targets[0].url"])
}

@Test func `--redis.addr switches drop-in mode on, unless the file says otherwise`() throws {
  #expect(try load(nil, overrides: flags { $0.redisAddress = "h:1" }).configuration.legacyNames)
  let text = "legacy_names: false\ntargets: [{ url: redis://h:1 }]"
  #expect(try !load(text, overrides: flags { $0.redisAddress = "h:1" }).configuration.legacyNames)
}

@Test func `credentials of the environment belong to the only target`() throws {
  let environment = ["REDIS_USER": "u", "REDIS_PASSWORD": "p", "REDIS_URL": "redis://h"]
  let target = try #require(try load(nil, environment: environment).configuration.targets.first)
  #expect(target.username == "u")
  #expect(target.password == Secret("p"))
  let file = try load("targets: [{ url: redis://h }]", environment: ["REDIS_PASSWORD_FILE": "/f"])
  #expect(file.configuration.targets.first?.passwordFile == "/f")
  #expect(file.origin(of: "targets[0].password_file") == .environment("REDIS_PASSWORD_FILE"))
}

@Test func `credentials of the environment don't replace a target's own, but flags do`() throws {
  let text = "targets: [{ url: redis://h, username: u, password_file: /own }]"
  let environment = ["REDIS_PASSWORD": "p", "REDIS_USER": "v"]
  let own = try #require(try load(text, environment: environment).configuration.targets.first)
  #expect(own.username == "u")
  #expect(own.passwordFile == "/own")
  #expect(own.password == nil)
  let overrides = flags { ($0.redisUser, $0.redisPassword) = ("w", "q") }
  let flagged = try #require(
    try load(text, environment: environment, overrides: overrides).configuration.targets.first)
  #expect(flagged.username == "w")
  #expect(flagged.passwordFile == nil)
  #expect(flagged.password == Secret("q"))
}

@Test func `credentials of the environment go to none of several targets`() throws {
  let loaded = try load(shop, environment: ["REDIS_PASSWORD": "hunter2"])
  #expect(loaded.configuration.targets.allSatisfy { $0.password == nil })
  #expect(loaded.warnings.map(\.origin) == [.environment("REDIS_PASSWORD")])
}

@Test(arguments: [
  (
    ["CACHEGAUGE_LISTEN": "x", "REDIS_URL": "redis://h"],
    "environment variable CACHEGAUGE_LISTEN: error: \"x\" has no port; write x:9121"
  ),
  (
    ["REDIS_URL": "redis://:hunter2@h:x"],
    "environment variable REDIS_URL: error: the URL's port is no number in 1…65535"
  ),
  (
    ["CACHE_REDIS_HOST": "h", "CACHE_REDIS_PORT": "x"],
    "environment variable CACHE_REDIS_PORT: error: \"x\" is no port in 1…65535"
  ),
  (
    ["CACHE_REDIS_HOST": "h", "CACHE_REDIS_DB": "x"],
    "environment variable CACHE_REDIS_DB: error: \"x\" is no database number"
  ),
  (
    ["CACHE_REDIS_HOST": "h", "CACHE_REDIS_SSL": "x"],
    "environment variable CACHE_REDIS_SSL: error: \"x\" is neither true nor false"
  ),
  (
    ["CACHEGAUGE_PRESET": "prod", "REDIS_URL": "h"],
    "environment variable CACHEGAUGE_PRESET: error: \"prod\" is none of development, production"
  ),
  (
    ["CACHEGAUGE_LISTN": ":1"],
    "environment variable CACHEGAUGE_LISTN: warning: is not known; did you mean CACHEGAUGE_LISTEN?"
  ),
  (["CACHEGAUGE_CONFIG": "missing.yml"], "missing.yml: error: the file does not exist"),
])
func `a problem of the environment names the variable and shows no secret`(
  environment: [String: String], message: String
) {
  #expect(problems(nil, environment: environment) == [message])
}

@Test func `a preset of the environment is for targets that name none`() throws {
  let text =
    "targets: [{ name: a, url: h, namespaces: [{ name: n, keys: n }] }, { name: b, url: i, preset: production }]"
  let loaded = try load(text, environment: ["CACHEGAUGE_PRESET": "development"])
  #expect(loaded.configuration.targets.map(\.preset) == [.development, .production])
  #expect(
    loaded.configuration.targets.first?.namespaces.first?.target == HitRateTarget(hitRate: 0.5, critical: 0.2))
}

@Test func `no description of a configuration shows a password`() throws {
  let environment = ["REDIS_URL": "redis://user:hunter2@h", "REDIS_PASSWORD": "hunter2"]
  let loaded = try load(nil, environment: environment)
  var dumped = ""
  dump(loaded, to: &dumped)
  for text in [dumped, "\(loaded)", String(reflecting: loaded), loaded.show()] {
    #expect(!text.contains("hunter2"))
  }
  #expect(loaded.show().contains("password: <redacted> # environment variable REDIS_URL"))
}
