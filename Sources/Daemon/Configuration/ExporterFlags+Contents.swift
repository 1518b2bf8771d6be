import Collectors

extension ExporterFlag {
  /// Flags that look at keys.
  static let keys: [ExporterFlag] = [
    ExporterFlag(
      "check-keys", "REDIS_EXPORTER_CHECK_KEYS",
      .target("`checks.keys` of the target: memory of each key, \(noValues)") { text, target throws(ValueError) in
        target.checks.keys = try list(text, parseCheckedPattern)
      }),
    ExporterFlag(
      "check-single-keys", "REDIS_EXPORTER_CHECK_SINGLE_KEYS",
      .target("`checks.single_keys`: memory of each key, \(noValues)") { text, target throws(ValueError) in
        target.checks.singleKeys = try list(text) { name throws(ValueError) in CheckedKeys(try parseText(name)) }
      }),
    ExporterFlag(
      "count-keys", "REDIS_EXPORTER_COUNT_KEYS",
      .target("`checks.count_keys`") { text, target throws(ValueError) in
        target.checks.countKeys = try list(text, parseCheckedPattern)
      }),
    ExporterFlag(
      "check-key-groups", "REDIS_EXPORTER_CHECK_KEY_GROUPS",
      .target("`checks.key_groups`") { text, target throws(ValueError) in
        target.checks.keyGroups = try quotedList(text).map { part throws(ValueError) in try parseLuaPattern(part) }
      }),
    ExporterFlag(
      "max-distinct-key-groups", "REDIS_EXPORTER_MAX_DISTINCT_KEY_GROUPS", "100",
      .target("`checks.max_key_groups`") { text, target throws(ValueError) in
        target.checks.maximumGroups = try parseCount(text, in: 1...10_000)
      }),
    ExporterFlag(
      "check-streams", "REDIS_EXPORTER_CHECK_STREAMS",
      .target("`checks.streams`") { text, target throws(ValueError) in
        target.checks.streams = try list(text, parseCheckedPattern)
      }),
    ExporterFlag(
      "check-single-streams", "REDIS_EXPORTER_CHECK_SINGLE_STREAMS",
      .target("`checks.single_streams`") { text, target throws(ValueError) in
        target.checks.singleStreams = try list(text) { name throws(ValueError) in CheckedKeys(try parseText(name)) }
      }),
    ExporterFlag(
      "streams-exclude-consumer-metrics", "REDIS_EXPORTER_STREAMS_EXCLUDE_CONSUMER_METRICS", "false",
      .target("`checks.stream_consumers: false`") { text, target throws(ValueError) in
        target.checks.streamConsumers = try !parseGoBoolean(text)
      }),
    ExporterFlag(
      "check-keys-batch-size", "REDIS_EXPORTER_CHECK_KEYS_BATCH_SIZE", "1000",
      .none("batches follow from the share of the server's time that census.share allows")),
    ExporterFlag("script", "REDIS_EXPORTER_SCRIPT", .refused(noScripts)),
    ExporterFlag(
      "lua-script-read-only", "REDIS_EXPORTER_LUA_SCRIPT_READ_ONLY", "false", .none("no script is run at all")),
    ExporterFlag(
      "disable-exporting-key-values", "REDIS_EXPORTER_DISABLE_EXPORTING_KEY_VALUES", "false",
      .none("values of keys are read only with checks.lookups")),
    ExporterFlag(
      "skip-checkkeys-for-role-master", "REDIS_EXPORTER_SKIP_CHECKKEYS_FOR_ROLE_MASTER", "false",
      .none("looking at keys takes no more of any server's time than census.share allows")),
  ]

  /// Flags that add families or take some away.
  static let contents: [ExporterFlag] = [
    choice("export-client-list", "REDIS_EXPORTER_EXPORT_CLIENT_LIST", .clients),
    choice("export-client-port", "REDIS_EXPORTER_EXPORT_CLIENT_PORT", .clientPorts),
    choice("include-config-metrics", "REDIS_EXPORTER_INCL_CONFIG_METRICS", .config),
    ExporterFlag(
      "redact-config-metrics", "REDIS_EXPORTER_REDACT_CONFIG_METRICS", "true",
      .refused("secrets of CONFIG are never shown")),
    choice("include-modules-metrics", "REDIS_EXPORTER_INCL_MODULES_METRICS", .modules),
    choice("include-search-indexes-metrics", "REDIS_EXPORTER_INCL_SEARCH_INDEXES_METRICS", .searchIndexes),
    ExporterFlag(
      "check-search-indexes", "REDIS_EXPORTER_CHECK_SEARCH_INDEXES", ".*",
      .none("all indexes are told, at most 100; drop others with metric_relabel_configs")),
    ExporterFlag(
      "include-system-metrics", "REDIS_EXPORTER_INCL_SYSTEM_METRICS", "false",
      .none("redis_total_system_memory_bytes is always served")),
    choice("include-rdb-file-size-metric", "REDIS_EXPORTER_INCL_RDB_FILE_SIZE_METRIC", .rdbFileSize),
    choice("include-sentinel-peer-info", "REDIS_EXPORTER_INCL_SENTINEL_PEER_INFO", .sentinelPeers),
    ExporterFlag(
      "include-metrics-for-empty-databases", "REDIS_EXPORTER_INCL_METRICS_FOR_EMPTY_DATABASES", "true",
      .none("databases without keys are served as zeros; drop them with metric_relabel_configs")),
    ExporterFlag(
      "exclude-latency-histogram-metrics", "REDIS_EXPORTER_EXCLUDE_LATENCY_HISTOGRAM_METRICS", "false",
      .target("`collect: { latency: false }`") { text, target throws(ValueError) in
        if try parseGoBoolean(text) { target.collect.remove(.latency) }
      }),
  ]

  private static func choice(_ name: String, _ environment: String, _ choice: RedisFamilyChoice) -> ExporterFlag {
    ExporterFlag(
      name, environment, "false",
      .target("`collect: { \(choice.rawValue): true }`") { text, target throws(ValueError) in
        if try parseGoBoolean(text) { target.collect.insert(choice) }
      })
  }

  /// The parts between commas, blanks around them left out.
  private static func list<Value>(
    _ text: String, _ parse: (String) throws(ValueError) -> Value
  ) throws(ValueError) -> [Value] {
    var values: [Value] = []
    for part in text.split(separator: ",") { values.append(try parse(trimmed(part))) }
    return values
  }

  /// As a line of a CSV file: a part in double quotes may hold commas, and quotes twice.
  static func quotedList(_ text: String) throws(ValueError) -> [String] {
    var parts = [""]
    var isQuoted = false
    var rest = text[...]
    while let character = rest.popFirst() {
      if character == "\"", isQuoted, rest.first == "\"" {
        parts[parts.count - 1].append("\"")
        rest.removeFirst()
      } else if character == "\"" {
        isQuoted.toggle()
      } else if character == ",", !isQuoted {
        parts.append("")
      } else {
        parts[parts.count - 1].append(character)
      }
    }
    guard !isQuoted else { throw ValueError("\(quoted(text)) has a quote that is not closed") }
    return parts.filter { !$0.isEmpty }
  }

  private static let noValues =
    "on a schedule of its own; its length and value only with `checks.lookups: true`, since that counts as hits"
  private static let noScripts =
    "scripts are not run on the server; let the application publish counters and name them under a namespace's counters"
}
