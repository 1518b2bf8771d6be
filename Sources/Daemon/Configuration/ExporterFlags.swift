import CacheModel

extension ExporterFlag {
  /// All flags of redis_exporter 1.89. `docs/migrating.md` is this table for people; a test compares them.
  static let all: [ExporterFlag] = connection + tls + keys + contents + topology + web

  private static let connection: [ExporterFlag] = [
    ExporterFlag("redis.addr", "REDIS_ADDR", .own),
    ExporterFlag("redis.user", "REDIS_USER", .own),
    ExporterFlag("redis.password", "REDIS_PASSWORD", .own),
    ExporterFlag("redis.password-file", "REDIS_PASSWORD_FILE", .own),
    ExporterFlag(
      "connection-timeout", "REDIS_EXPORTER_CONNECTION_TIMEOUT", "15s",
      .target("`poll.timeout`, at most 80 % of the poll interval: one deadline for the whole poll") {
        text, target throws(ValueError) in
        let wanted = try parseDuration(text)
        guard wanted > .zero else { throw ValueError("\(quoted(text)) is no time to wait") }
        // One deadline for the whole poll, which must end before the next begins.
        target.poll.timeout = max(.milliseconds(10), min(wanted, target.poll.interval * 8 / 10))
      }),
    ExporterFlag(
      "config-command", "REDIS_EXPORTER_CONFIG_COMMAND", "CONFIG",
      .target("`config_command` of the target") { text, target throws(ValueError) in
        target.configCommand = try parseConfigCommand(text)
      }),
    ExporterFlag(
      "set-client-name", "REDIS_EXPORTER_SET_CLIENT_NAME", "true",
      .none("connections are always named cachegauge; a server that forbids CLIENT SETNAME is asked all the same")),
    ExporterFlag(
      "ping-on-connect", "REDIS_EXPORTER_PING_ON_CONNECT", "false",
      .none("the connection is kept; cache_poll_duration_seconds says how long the server takes to answer")),
  ]

  private static let tls: [ExporterFlag] = [
    ExporterFlag(
      "tls-client-key-file", "REDIS_EXPORTER_TLS_CLIENT_KEY_FILE",
      .target("`tls.key_file` of the target") { text, target throws(ValueError) in
        target.tls.keyFile = try parseText(text)
      }),
    ExporterFlag(
      "tls-client-cert-file", "REDIS_EXPORTER_TLS_CLIENT_CERT_FILE",
      .target("`tls.certificate_file`") { text, target throws(ValueError) in
        target.tls.certificateFile = try parseText(text)
      }),
    ExporterFlag(
      "tls-ca-cert-file", "REDIS_EXPORTER_TLS_CA_CERT_FILE",
      .target("`tls.ca_file`") { text, target throws(ValueError) in target.tls.authorityFile = try parseText(text) }
    ),
    ExporterFlag(
      "tls-server-name", "REDIS_EXPORTER_TLS_SERVER_NAME",
      .target("`tls.server_name`") { text, target throws(ValueError) in target.tls.serverName = try parseText(text)
      }),
    ExporterFlag(
      "skip-tls-verification", "REDIS_EXPORTER_SKIP_TLS_VERIFICATION", "false",
      .target("`tls.insecure_skip_verify`") { text, target throws(ValueError) in
        target.tls.skipsVerification = try parseGoBoolean(text)
      }),
  ]

  private static let topology: [ExporterFlag] = [
    ExporterFlag(
      "is-cluster", "REDIS_EXPORTER_IS_CLUSTER", "false",
      .target("`cluster: true`: every node is discovered and polled, and is a target of its own") {
        text, target throws(ValueError) in
        target.isCluster = try parseGoBoolean(text)
        if target.isCluster, TargetURL.parse(target.url)?.kind == .memcached {
          throw ValueError("asks for a cluster, which a Memcached server is no part of; remove it")
        }
      }),
    ExporterFlag(
      "cluster-discover-hostnames", "REDIS_EXPORTER_CLUSTER_DISCOVER_HOSTNAMES", "false",
      .none("the names that nodes announce are taken where TLS needs them, addresses elsewhere")),
    ExporterFlag(
      "is-tile38", "REDIS_EXPORTER_IS_TILE38", "false",
      .refused("Tile38's own figures are not collected; keep redis_exporter for it")),
    ExporterFlag(
      "append-instance-role-label", "REDIS_EXPORTER_APPEND_INSTANCE_ROLE_LABEL", "false",
      .refused("a role in every series breaks them at a failover; join with redis_instance_info{role} instead")),
  ]

  private static let web: [ExporterFlag] = [
    ExporterFlag("web.listen-address", "REDIS_EXPORTER_WEB_LISTEN_ADDRESS", ":9121", .own),
    ExporterFlag("web.telemetry-path", "REDIS_EXPORTER_WEB_TELEMETRY_PATH", "/metrics", .setting("metrics_path")),
    ExporterFlag(
      "disable-scrape-endpoint", "REDIS_EXPORTER_DISABLE_SCRAPE_ENDPOINT", "false",
      .configuration("`scrape.enabled: false`") { text, configuration throws(ValueError) in
        configuration.scrape.isEnabled = try !parseGoBoolean(text)
      }),
    ExporterFlag(
      "namespace", "REDIS_EXPORTER_NAMESPACE", "redis",
      .refused("metrics are called redis_* here; rename them with metric_relabel_configs in Prometheus")),
    ExporterFlag(
      "debug", "REDIS_EXPORTER_DEBUG", "false",
      .configuration("`log.level: debug`") { text, configuration throws(ValueError) in
        if try parseGoBoolean(text) { configuration.log.level = .debug }
      }),
    ExporterFlag("log-level", "REDIS_EXPORTER_LOG_LEVEL", "INFO", .own),
    ExporterFlag("log-format", "REDIS_EXPORTER_LOG_FORMAT", "txt", .setting("log.format")),
    ExporterFlag("version", "", "false", .own),
    ExporterFlag(
      "redis-only-metrics", "REDIS_EXPORTER_REDIS_ONLY_METRICS", "false",
      .none("/scrape?target= has no metrics of the exporter's own process; /metrics keeps them")),
    ExporterFlag(
      "include-go-runtime-metrics", "REDIS_EXPORTER_INCLUDE_GO_RUNTIME_METRICS", "false",
      .none("there is no Go runtime here; process_* is served")),
    ExporterFlag("basic-auth-username", "REDIS_EXPORTER_BASIC_AUTH_USERNAME", .refused(noAuthentication)),
    ExporterFlag("basic-auth-password", "REDIS_EXPORTER_BASIC_AUTH_PASSWORD", .refused(noAuthentication)),
    ExporterFlag("basic-auth-hash-password", "REDIS_EXPORTER_BASIC_AUTH_HASH_PASSWORD", .refused(noAuthentication)),
    ExporterFlag("tls-server-key-file", "REDIS_EXPORTER_TLS_SERVER_KEY_FILE", .refused(noTLS)),
    ExporterFlag("tls-server-cert-file", "REDIS_EXPORTER_TLS_SERVER_CERT_FILE", .refused(noTLS)),
    ExporterFlag("tls-server-ca-cert-file", "REDIS_EXPORTER_TLS_SERVER_CA_CERT_FILE", .refused(noTLS)),
    ExporterFlag("tls-server-min-version", "REDIS_EXPORTER_TLS_SERVER_MIN_VERSION", "TLS1.2", .refused(noTLS)),
  ]

  private static let noAuthentication =
    "name the users in a file, as bcrypt hashes under basic_auth_users, and give it with --web.config.file"
  private static let noTLS =
    "name it in a file, under tls_server_config, and give that with --web.config.file"
}

/// The name of the CONFIG command; nil when it is not to be sent.
func parseConfigCommand(_ text: String) throws(ValueError) -> String? {
  let name = trimmed(try parseText(text))
  guard !name.contains(" ") else { throw ValueError("\(quoted(text)) is no name of a command") }
  return name == "-" ? nil : name
}
