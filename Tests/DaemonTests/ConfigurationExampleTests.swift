import CacheModel
import Foundation
import Testing

@testable import Daemon

private let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
  .deletingLastPathComponent()

private func examples() throws -> [URL] {
  let folder = root.appending(path: "examples").resolvingSymlinksInPath()
  return try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
    .filter { $0.pathExtension == "yml" }.sorted { $0.path < $1.path }
}

@Test func `every example loads without a warning, and what is shown of it loads as the same`() throws {
  let files = try examples()
  #expect(!files.isEmpty)
  for file in files {
    let loaded = try load(String(contentsOf: file, encoding: .utf8))
    #expect(loaded.warnings.isEmpty, "\(file.lastPathComponent)")
    #expect(!loaded.configuration.targets.isEmpty)
    let again = try load(loaded.show())
    #expect(again.configuration == loaded.configuration, "\(file.lastPathComponent)")
  }
}

@Test func `what the full example only mentions is a configuration, too, and no setting is left out`() throws {
  let text = try String(contentsOf: root.appending(path: "examples/cachegauge.yml"), encoding: .utf8)
  let mentioned = text.split(separator: "\n", omittingEmptySubsequences: false)
    .drop { !$0.hasPrefix("# metrics_path") }.map { String($0.dropFirst(2)) }.joined(separator: "\n")
  #expect(problems(mentioned) == [])
  #expect(try load(mentioned).configuration.targets.map(\.identity.kind) == [.memcached, .json, .redis, .redis])
  // A password is better kept in a file.
  for key in ConfigurationSettings.rootKeys + ConfigurationReader.targetKeys where key != "password" {
    #expect(text.contains("\(key):"), "\(key)")
  }
}

@Test func `what is shown of the full example is the golden file`() throws {
  let example = root.appending(path: "examples/cachegauge.yml")
  let golden = root.appending(path: "Tests/DaemonTests/ConfigurationGolden/show.yml")
  let environment = ["CACHEGAUGE_POLL_INTERVAL": "2s", "REDIS_PASSWORD": "ignored"]
  var overrides = ConfigurationOverrides()
  overrides.settings["listen"] = "[::1]:9200"
  let shown = try load(String(contentsOf: example, encoding: .utf8), environment: environment, overrides: overrides)
    .show()
  if ProcessInfo.processInfo.environment["UPDATE_GOLDEN"] == "1" {
    try shown.write(to: golden, atomically: true, encoding: .utf8)
  }
  #expect(try shown == String(contentsOf: golden, encoding: .utf8))
}

@Test func `the configuration of the design loads, but for the sources that this version does not offer`() throws {
  let text = """
    listen: 127.0.0.1:9121
    poll: { interval: 1s, slow_interval: 15s, timeout: 800ms }
    history: { memory: 64MiB }
    targets:
      - name: shop                      # unique; the label `target`
        url: redis://127.0.0.1:6379/0
        username: monitor
        password_file: /run/secrets/redis
        preset: production              # or development; a namespace may say more
        observe: { events: true, sample: true }   # sources that need the server's help; both off by default
        namespaces:
          - name: menu
            keys: ["menu:*"]            # globs; {tenant} captures a label
            ttl: 1h
            target: { hit_rate: 0.85, critical: 0.50 }
            miss_cost: { seconds: 0.6 }
            counters: { hash: "stats:menu", hits: hits, misses: misses }
          - name: permissions
            keys: ["perm:user:*:roles"]
    """
  let loaded = try load(text)
  var target = TargetConfiguration(url: "redis://127.0.0.1:6379/0")
  (target.name, target.username, target.passwordFile) = ("shop", "monitor", "/run/secrets/redis")
  target.preset = .production
  (target.observe.events, target.observe.sample) = (true, true)
  target.namespaces = [
    NamespaceDefinition(
      name: "menu", keys: ["menu:*"], ttl: 3600, target: HitRateTarget(hitRate: 0.85, critical: 0.5),
      missCost: MissCost(seconds: 0.6), counters: .hash(key: "stats:menu", hits: "hits", misses: "misses")),
    NamespaceDefinition(
      name: "permissions", keys: ["perm:user:*:roles"], target: HitRateTarget(hitRate: 0.8, critical: 0.5)),
  ]
  var expected = Configuration()
  expected.targets = [target]
  #expect(loaded.configuration == expected)
  #expect(loaded.warnings.isEmpty)
}

@Test func `a file that is not there, is a directory or is too large is an error`() throws {
  #expect(throws: ConfigurationFileError("does not exist")) { try readConfigurationFile("/nonexistent/c.yml") }
  #expect(throws: ConfigurationFileError("is a directory")) { try readConfigurationFile("/") }
  let large = String(repeating: "# comment\n", count: 110_000)
  #expect(problems(large) == ["c.yml: error: the file has 1100000 bytes; a configuration has at most 1MiB"])
}

@Test func `a file is read whole`() throws {
  let example = root.appending(path: "examples/cachegauge.yml")
  #expect(try readConfigurationFile(example.path) == Array(Data(contentsOf: example)))
}
