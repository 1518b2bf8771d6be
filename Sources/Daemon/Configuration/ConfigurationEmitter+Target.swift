import CacheModel
import Collectors

/// A target, and what it consists of: each part only where it is not the default.
extension ConfigurationEmitter {
  mutating func target(_ target: TargetConfiguration, _ path: String, poll: PollConfiguration) {
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
    scalar("idle_times", String(census.idleTimes), joined(path, "idle_times"))
  }

  mutating func poll(_ poll: PollConfiguration, _ path: String) {
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
}
