extension ExporterFlag {
  /// Flags that look at keys.
  static let keys: [ExporterFlag] = [
    ExporterFlag("check-keys", "REDIS_EXPORTER_CHECK_KEYS", .refused(noKeys)),
    ExporterFlag("check-single-keys", "REDIS_EXPORTER_CHECK_SINGLE_KEYS", .refused(noKeys)),
    ExporterFlag("check-streams", "REDIS_EXPORTER_CHECK_STREAMS", .refused(noKeys)),
    ExporterFlag("check-single-streams", "REDIS_EXPORTER_CHECK_SINGLE_STREAMS", .refused(noKeys)),
    ExporterFlag(
      "streams-exclude-consumer-metrics", "REDIS_EXPORTER_STREAMS_EXCLUDE_CONSUMER_METRICS", "false",
      .none("streams are not collected")),
    ExporterFlag("count-keys", "REDIS_EXPORTER_COUNT_KEYS", .refused(noKeys)),
    ExporterFlag("check-key-groups", "REDIS_EXPORTER_CHECK_KEY_GROUPS", .refused(noGroups)),
    ExporterFlag(
      "max-distinct-key-groups", "REDIS_EXPORTER_MAX_DISTINCT_KEY_GROUPS", "100",
      .none("namespaces are declared, so their number is known")),
    ExporterFlag(
      "check-keys-batch-size", "REDIS_EXPORTER_CHECK_KEYS_BATCH_SIZE", "1000", .none("no scrape scans keys")),
    ExporterFlag("script", "REDIS_EXPORTER_SCRIPT", .refused(noScripts)),
    ExporterFlag(
      "lua-script-read-only", "REDIS_EXPORTER_LUA_SCRIPT_READ_ONLY", "false", .none("no script is run at all")),
    ExporterFlag(
      "disable-exporting-key-values", "REDIS_EXPORTER_DISABLE_EXPORTING_KEY_VALUES", "false",
      .none("values of keys are never shown")),
    ExporterFlag(
      "skip-checkkeys-for-role-master", "REDIS_EXPORTER_SKIP_CHECKKEYS_FOR_ROLE_MASTER", "false",
      .none("no scrape looks at keys")),
  ]

  /// Flags that add families or take some away.
  static let contents: [ExporterFlag] = [
    ExporterFlag(
      "export-client-list", "REDIS_EXPORTER_EXPORT_CLIENT_LIST", "false", .refused(notYet("client_list"))),
    ExporterFlag(
      "export-client-port", "REDIS_EXPORTER_EXPORT_CLIENT_PORT", "false", .refused(notYet("client_list"))),
    ExporterFlag(
      "include-config-metrics", "REDIS_EXPORTER_INCL_CONFIG_METRICS", "false",
      .refused("all of CONFIG is not collected, since it holds secrets; redis_config_* has what alerts need")),
    ExporterFlag(
      "redact-config-metrics", "REDIS_EXPORTER_REDACT_CONFIG_METRICS", "true",
      .refused("secrets of CONFIG are never shown")),
    ExporterFlag(
      "include-modules-metrics", "REDIS_EXPORTER_INCL_MODULES_METRICS", "false", .refused(notYet("modules"))),
    ExporterFlag(
      "include-search-indexes-metrics", "REDIS_EXPORTER_INCL_SEARCH_INDEXES_METRICS", "false",
      .refused(notYet("search indexes"))),
    ExporterFlag(
      "check-search-indexes", "REDIS_EXPORTER_CHECK_SEARCH_INDEXES", ".*", .refused(notYet("search indexes"))),
    ExporterFlag(
      "include-system-metrics", "REDIS_EXPORTER_INCL_SYSTEM_METRICS", "false",
      .none("redis_total_system_memory_bytes is always served")),
    ExporterFlag(
      "include-rdb-file-size-metric", "REDIS_EXPORTER_INCL_RDB_FILE_SIZE_METRIC", "false",
      .refused(notYet("RDB file size"))),
    ExporterFlag(
      "include-metrics-for-empty-databases", "REDIS_EXPORTER_INCL_METRICS_FOR_EMPTY_DATABASES", "true",
      .none("databases without keys are served as zeros; drop them with metric_relabel_configs")),
    ExporterFlag(
      "exclude-latency-histogram-metrics", "REDIS_EXPORTER_EXCLUDE_LATENCY_HISTOGRAM_METRICS", "false",
      .none("histograms are asked for every 15 s, not on scrapes; drop them with metric_relabel_configs")),
  ]

  private static let noKeys =
    "no scrape looks at keys here, since that changes hit counters and idle times; declare namespaces with their key "
    + "patterns, and see /api/cache/stats"
  private static let noGroups =
    "declare namespaces: targets: [{ url: …, namespaces: [{ name: menu, keys: [\"menu:*\"] }] }]"
  private static let noScripts =
    "scripts are not run on the server; let the application publish counters and name them under a namespace's counters"

  private static func notYet(_ what: String) -> String {
    "\(what): not collected by this version; leave the flag out, or keep redis_exporter beside it for these families"
  }
}
