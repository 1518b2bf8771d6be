import CacheModel
import Collectors

extension LoadedConfiguration {
  /// The effective configuration as YAML that loads again as the same, but for passwords, which are left out.
  ///
  /// Each value that is no default carries a comment that says where it came from.
  public func show() -> String {
    var emitter = ConfigurationEmitter(origins: origins)
    emitter.emit(configuration)
    return emitter.text
  }
}

/// Writes a configuration as YAML.
private struct ConfigurationEmitter {
  let origins: [String: ConfigurationOrigin]
  private(set) var text =
    "# The effective configuration. A comment tells where a value came from; the others are defaults.\n"
  private var indent = 0
  /// Whether the next line begins an item of a list.
  private var beginsItem = false

  init(origins: [String: ConfigurationOrigin]) {
    self.origins = origins
  }

  mutating func emit(_ configuration: Configuration) {
    scalar("listen", configuration.listen.description, "listen")
    scalar("metrics_path", configuration.metricsPath, "metrics_path")
    section("poll", "poll") { $0.poll(configuration.poll, "poll") }
    scalar("polls_at_once", String(configuration.pollsAtOnce), "polls_at_once")
    if configuration.shard != .whole { scalar("shard", configuration.shard.description, "shard") }
    section("history", "history") {
      $0.scalar("memory", formatSize(configuration.history.memory), "history.memory")
      $0.scalar("rollup_memory", formatSize(configuration.history.rollupMemory), "history.rollup_memory")
      $0.scalar("path", configuration.history.path, "history.path")
      if configuration.history.path != nil {
        $0.scalar("fsync", configuration.history.fsync.map(formatDuration) ?? "never", "history.fsync")
      }
    }
    section("log", "log") {
      $0.scalar("level", configuration.log.level.rawValue, "log.level")
      $0.scalar("format", configuration.log.format.rawValue, "log.format")
    }
    if !configuration.web.isEmpty {
      section("web", "web") {
        $0.scalar("config_file", configuration.web.configFile, "web.config_file")
        $0.scalar("bearer_token_file", configuration.web.bearerTokenFile, "web.bearer_token_file")
        $0.scalar("metrics_token_file", configuration.web.metricsTokenFile, "web.metrics_token_file")
        let users = configuration.web.metricsUsers.joined(separator: ", ")
        $0.scalar("metrics_users", users.isEmpty ? nil : users, "web.metrics_users")
      }
    }
    scalar("legacy_names", String(configuration.legacyNames), "legacy_names")
    scalar("expose_keys", String(configuration.exposeKeys), "expose_keys")
    defer { emitSources(configuration) }
    if configuration.targets.isEmpty {
      text += "# No target: give a URL, set REDIS_URL, or list targets in a file.\n"
      return
    }
    section("targets", "targets") { emitter in
      for (index, target) in configuration.targets.enumerated() {
        emitter.item { $0.target(target, "targets[\(index)]", poll: configuration.poll) }
      }
    }
  }

  /// Where other targets come from; nothing where they come from nowhere.
  private mutating func emitSources(_ configuration: Configuration) {
    if !configuration.targetFiles.isEmpty {
      section("target_files", "target_files") { emitter in
        for (index, files) in configuration.targetFiles.enumerated() {
          let path = "target_files[\(index)]"
          emitter.item {
            $0.line("paths: [\(files.paths.map { doubleQuoted($0) }.joined(separator: ", "))]", nil)
            $0.target(files.template, path, poll: configuration.poll)
          }
        }
      }
    }
    emit(configuration.remoteWrite)
    let scrape = configuration.scrape
    guard scrape != ScrapeConfiguration() else { return }
    section("scrape", "scrape") { emitter in
      emitter.scalar("enabled", String(scrape.isEnabled), "scrape.enabled")
      emitter.scalar("keep", formatDuration(scrape.keep), "scrape.keep")
      emitter.scalar("limit", String(scrape.limit), "scrape.limit")
      guard !scrape.allow.isEmpty else { return }
      emitter.section("allow", "scrape.allow") { emitter in
        for (index, allowed) in scrape.allow.enumerated() {
          emitter.item {
            $0.line("targets: [\(allowed.patterns.map { doubleQuoted($0.text) }.joined(separator: ", "))]", nil)
            $0.target(allowed.template, "scrape.allow[\(index)]", poll: configuration.poll)
          }
        }
      }
    }
  }

  private mutating func target(_ target: TargetConfiguration, _ path: String, poll: PollConfiguration) {
    scalar("name", target.name, joined(path, "name"))
    scalar("url", target.url.isEmpty ? nil : TargetURL.parse(target.url)?.shown, joined(path, "url"))
    group(target, path)
    scalar("username", target.username, joined(path, "username"))
    scalar("password", target.password?.description, joined(path, "password"))
    scalar("password_file", target.passwordFile, joined(path, "password_file"))
    if target.tls != TLSConfiguration() { section("tls", path) { $0.tls(target.tls, joined(path, "tls")) } }
    scalar("preset", target.preset?.rawValue, joined(path, "preset"))
    if target.poll != poll { section("poll", path) { $0.poll(target.poll, joined(path, "poll")) } }
    if target.observe != ObserveConfiguration() {
      section("observe", path) { $0.observe(target.observe, joined(path, "observe")) }
    }
    if target.census != CensusConfiguration() {
      section("census", path) { $0.census(target.census, joined(path, "census")) }
    }
    if target.memcached != MemcachedConfiguration() {
      section("memcached", path) { $0.memcached(target.memcached, joined(path, "memcached")) }
    }
    if target.json != JSONStatsConfiguration() {
      section("json", path) { $0.json(target.json, joined(path, "json")) }
    }
    if target.checks != KeyCheckConfiguration() {
      section("checks", path) { $0.checks(target.checks, joined(path, "checks")) }
    }
    if target.collect != RedisFamilyChoice.usual {
      section("collect", path) { emitter in
        for choice in RedisFamilyChoice.allCases {
          let isOn = target.collect.contains(choice)
          if isOn == RedisFamilyChoice.usual.contains(choice) { continue }
          emitter.scalar(choice.rawValue, String(isOn), "\(path).collect.\(choice.rawValue)")
        }
      }
    }
    if target.health != HealthOverrides() {
      section("health", path) { emitter in
        for threshold in HealthThreshold.all {
          guard let value = target.health.values[threshold.name] else { continue }
          emitter.scalar(threshold.name, threshold.format(value), "\(path).health.\(threshold.name)")
        }
      }
    }
    if target.namespaces.isEmpty { return }
    section("namespaces", path) { emitter in
      for (index, namespace) in target.namespaces.enumerated() {
        emitter.item { $0.namespace(namespace, "\(path).namespaces[\(index)]", preset: target.preset) }
      }
    }
  }

  private mutating func emit(_ all: [RemoteWriteConfiguration]) {
    guard !all.isEmpty else { return }
    section("remote_write", "remote_write") { emitter in
      for (index, remote) in all.enumerated() {
        let path = "remote_write[\(index)]"
        emitter.item {
          $0.target(remote.receiver, path, poll: remote.receiver.poll)
          $0.scalar("interval", formatDuration(remote.interval), joined(path, "interval"))
          $0.scalar("timeout", formatDuration(remote.timeout), joined(path, "timeout"))
          $0.scalar("queue", formatSize(remote.queue), joined(path, "queue"))
          $0.texts("external_labels", remote.externalLabels.map { ($0.name, $0.value) }, path)
          $0.texts("headers", remote.headers.map { ($0.name, $0.value.description) }, path)
        }
      }
    }
  }

  private mutating func texts(_ key: String, _ texts: [(String, String)], _ path: String) {
    guard !texts.isEmpty else { return }
    section(key, path) { emitter in
      for (name, text) in texts { emitter.scalar(plainOrQuoted(name), text, "\(path).\(key).\(name)") }
    }
  }

  private mutating func group(_ target: TargetConfiguration, _ path: String) {
    if target.configCommand != "CONFIG" {
      scalar("config_command", target.configCommand ?? "-", joined(path, "config_command"))
    }
    if target.isCluster, target.seeds.isEmpty {
      scalar("cluster", "true", joined(path, "cluster"))
    } else if target.isCluster {
      let seeds = target.seeds.map { doubleQuoted($0) }.joined(separator: ", ")
      line("cluster: { seeds: [\(seeds)] }", comment(joined(path, "cluster.seeds[0]")))
    }
    let login = target.sentinel
    guard login != SentinelLogin() else { return }
    section("sentinel", path) {
      $0.scalar("username", login.username, path + ".sentinel.username")
      $0.scalar("password", login.password?.description, path + ".sentinel.password")
      $0.scalar("password_file", login.passwordFile, path + ".sentinel.password_file")
    }
  }

  private mutating func tls(_ tls: TLSConfiguration, _ path: String) {
    scalar("ca_file", tls.authorityFile, joined(path, "ca_file"))
    scalar("certificate_file", tls.certificateFile, joined(path, "certificate_file"))
    scalar("key_file", tls.keyFile, joined(path, "key_file"))
    scalar("server_name", tls.serverName, joined(path, "server_name"))
    if tls.skipsVerification { scalar("insecure_skip_verify", "true", joined(path, "insecure_skip_verify")) }
  }

  private mutating func observe(_ observe: ObserveConfiguration, _ path: String) {
    scalar("events", String(observe.events), joined(path, "events"))
    scalar("manage", String(observe.manage), joined(path, "manage"))
    scalar("sample", String(observe.sample), joined(path, "sample"))
    scalar("sample_share", formatRatio(observe.sampleShare), joined(path, "sample_share"))
    scalar("state_directory", observe.stateDirectory, joined(path, "state_directory"))
  }

  private mutating func memcached(_ memcached: MemcachedConfiguration, _ path: String) {
    scalar("manage", String(memcached.manage), joined(path, "manage"))
    scalar("watch", String(memcached.watch), joined(path, "watch"))
    scalar("sasl", String(memcached.sasl), joined(path, "sasl"))
    scalar("slab_classes", String(memcached.slabClasses), joined(path, "slab_classes"))
    scalar("connections", String(memcached.connections), joined(path, "connections"))
    scalar("state_directory", memcached.stateDirectory, joined(path, "state_directory"))
  }

  private mutating func json(_ json: JSONStatsConfiguration, _ path: String) {
    scalar("max_size", formatSize(json.maximumBytes), joined(path, "max_size"))
    statistics(json.whole, path)
    if !json.each.isEmpty { section("each", path) { $0.statistics(json.each, joined(path, "each")) } }
    guard !json.namespaces.isEmpty else { return }
    section("namespaces", path) { emitter in
      for (name, namespace) in json.namespaces.sorted(by: { $0.key < $1.key }) {
        let path = joined(joined(path, "namespaces"), name)
        emitter.section(plainOrQuoted(name), path) { emitter in
          switch namespace {
          case .called(let called): emitter.scalar("name", called, joined(path, "name"))
          case .statistics(let statistics): emitter.statistics(statistics, path)
          }
        }
      }
    }
  }

  private mutating func statistics(_ statistics: JSONStatistics, _ path: String) {
    for statistic in JSONStatistic.allCases {
      guard let field = statistics[statistic] else { continue }
      let path = joined(path, statistic.rawValue)
      if field.unit == statistic.quantity.baseUnit {
        scalar(statistic.rawValue, field.path.text, path)
      } else {
        line(
          "\(statistic.rawValue): { at: \(doubleQuoted(field.path.text)), unit: \(field.unit.rawValue) }",
          comment(joined(path, "at")))
      }
    }
  }

  private mutating func checks(_ checks: KeyCheckConfiguration, _ path: String) {
    let lists = [
      ("keys", checks.keys.map(\.text)), ("single_keys", checks.singleKeys.map(\.text)),
      ("count_keys", checks.countKeys.map(\.text)), ("key_groups", checks.keyGroups),
      ("streams", checks.streams.map(\.text)), ("single_streams", checks.singleStreams.map(\.text)),
    ]
    for (key, texts) in lists where !texts.isEmpty {
      line("\(key): [\(texts.map { doubleQuoted($0) }.joined(separator: ", "))]", comment("\(path).\(key)[0]"))
    }
    scalar("stream_consumers", String(checks.streamConsumers), joined(path, "stream_consumers"))
    scalar("lookups", String(checks.lookups), joined(path, "lookups"))
    scalar("max_key_groups", String(checks.maximumGroups), joined(path, "max_key_groups"))
    scalar("interval", formatDuration(checks.interval), joined(path, "interval"))
  }

  private mutating func census(_ census: CensusConfiguration, _ path: String) {
    scalar("share", formatRatio(census.share), joined(path, "share"))
    scalar("interval", formatDuration(census.interval), joined(path, "interval"))
    scalar("samples", String(census.samples), joined(path, "samples"))
    scalar("ttl_sample", String(census.ttlSample), joined(path, "ttl_sample"))
  }

  private mutating func poll(_ poll: PollConfiguration, _ path: String) {
    for setting in PollSetting.allCases {
      scalar(setting.rawValue, formatDuration(setting.value(in: poll)), joined(path, setting.rawValue))
    }
  }

  private mutating func namespace(_ namespace: NamespaceDefinition, _ path: String, preset: Preset?) {
    scalar("name", namespace.name, joined(path, "name"))
    if !namespace.keys.isEmpty {
      line("keys: [\(namespace.keys.map { doubleQuoted($0) }.joined(separator: ", "))]", comment(path + ".keys[0]"))
    }
    scalar("ttl", namespace.ttl.map(formatSeconds), joined(path, "ttl"))
    if let target = namespace.target {
      let given =
        comment(path + ".target.hit_rate") ?? comment(path + ".target") ?? comment(path + ".target.critical")
      line(
        "target: { hit_rate: \(formatRatio(target.hitRate)), critical: \(formatRatio(target.critical)) }",
        given ?? preset.map { "preset \($0.rawValue)" })
    }
    if let cost = namespace.missCost {
      let amount = cost.amount.map { ", amount: \(formatRatio($0))" } ?? ""
      let given = comment(path + ".miss_cost.seconds") ?? comment(path + ".miss_cost.amount")
      line("miss_cost: { seconds: \(formatRatio(cost.seconds))\(amount) }", given)
    }
    switch namespace.counters {
    case .hash(let key, let hits, let misses):
      let text = "hash: \(doubleQuoted(key)), hits: \(doubleQuoted(hits)), misses: \(doubleQuoted(misses))"
      line("counters: { \(text) }", comment(path + ".counters.hash"))
    case .keys(let hits, let misses):
      let text = "hits: \(doubleQuoted(hits)), misses: \(doubleQuoted(misses))"
      line("counters: { \(text) }", comment(path + ".counters.hits"))
    case nil: break
    }
    if namespace.isCritical { scalar("essential", "true", joined(path, "essential")) }
  }

  // MARK: Lines

  private mutating func scalar(_ key: String, _ value: String?, _ path: String) {
    guard let value else { return }
    line("\(key): \(plainOrQuoted(value))", comment(path))
  }

  private mutating func section(_ key: String, _ path: String, _ body: (inout Self) -> Void) {
    line("\(key):", nil)
    indent += 1
    body(&self)
    indent -= 1
  }

  private mutating func item(_ body: (inout Self) -> Void) {
    beginsItem = true
    indent += 1
    body(&self)
    indent -= 1
  }

  private mutating func line(_ content: String, _ comment: String?) {
    let margin = String(repeating: "  ", count: max(0, indent - (beginsItem ? 1 : 0)))
    text += "\(margin)\(beginsItem ? "- " : "")\(content)\(comment.map { " # \($0)" } ?? "")\n"
    beginsItem = false
  }

  private func comment(_ path: String) -> String? {
    switch origins[path] {
    case nil, .default: nil
    case .file(let name, let line, _): "\(oneLine(name)):\(line)"
    case .some(let origin): origin.description
    }
  }

  private func oneLine(_ text: String) -> String {
    String(text.unicodeScalars.map { $0.value < 32 || $0.value == 127 ? "?" : Character($0) })
  }
}

/// The text as a YAML value: plain where that reads back as the same text, else in double quotes.
private func plainOrQuoted(_ text: String) -> String {
  if text == Secret.placeholder { return text }
  let isSafe = text.utf8.allSatisfy { byte in
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"):
      true
    default: "_./:-".utf8.contains(byte)
    }
  }
  guard isSafe, let first = text.utf8.first, first != UInt8(ascii: "-"), first != UInt8(ascii: ":"),
    !text.hasSuffix(":"), text.lowercased() != "null"
  else { return doubleQuoted(text) }
  return text
}

private func doubleQuoted(_ text: String) -> String {
  var result = "\""
  for scalar in text.unicodeScalars {
    switch scalar {
    case "\"", "\\": result += "\\\(scalar)"
    case _ where scalar.value < 32 || scalar.value == 127: result += "\\x" + hexadecimal(scalar.value, width: 2)
    case _
    where (0x80..<0xA0).contains(scalar.value) || [0x2028, 0x2029, 0xFEFF, 0xFFFE, 0xFFFF].contains(scalar.value):
      result += "\\u" + hexadecimal(scalar.value, width: 4)
    default: result.unicodeScalars.append(scalar)
    }
  }
  return result + "\""
}

private func hexadecimal(_ value: UInt32, width: Int) -> String {
  let digits = String(value, radix: 16)
  return String(repeating: "0", count: max(0, width - digits.count)) + digits
}
