import CacheModel

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

extension ConfigurationEmitter {
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
      return line("# No target: give a URL, set REDIS_URL, or list targets in a file.", nil)
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
}
