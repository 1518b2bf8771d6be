import CacheModel

extension StatField {
  /// What `stats` says of storage on flash; only servers with it print these.
  static let externalStorage: [String: StatField] = table([
    counter("compact_lost", "Bytes lost in compaction", as: "compact_lost"),
    counter("compact_rescues", "Items rescued in compaction", as: "compact_rescued"),
    counter("compact_skipped", "Items skipped in compaction", as: "compact_skipped"),
    counter("page_allocs", "Pages allocated", as: "pages_allocated"),
    counter("page_evictions", "Pages evicted", as: "pages_evicted"),
    counter("page_reclaims", "Pages reclaimed while empty", as: "pages_reclaimed"),
    gauge("pages_free", "Pages free"), gauge("pages_used", "Pages in use"),
    counter("objects_evicted", "Items evicted"), counter("objects_read", "Items read"),
    counter("objects_written", "Items written"), gauge("objects_used", "Items stored"),
    counter("bytes_evicted", "Bytes evicted"), counter("bytes_written", "Bytes written"),
    counter("bytes_read", "Bytes read"),
    StatField(
      "extstore_bytes_used", "memcached_extstore_bytes_used", .gauge, "Bytes in use, on flash", legacy: .counter),
    gauge("bytes_fragmented", "Bytes in use that hold nothing any more"),
    gauge("limit_maxbytes", "Bytes that may be used", as: "bytes_limit"),
    gauge("io_queue", "Reads and writes waiting", as: "io_queue_depth"),
  ])

  /// What `stats` says of the built-in proxy; only servers with it print these.
  static let proxy: [String: StatField] = table([
    proxyCounter("conn_requests", "Requests that went through the proxy"),
    proxyCounter("conn_errors", "Errors of internal connections"),
    proxyCounter("conn_oom", "Connections that ran out of memory"),
    StatField("proxy_req_active", "memcached_proxy_req_active", .gauge, "Requests under way, of the proxy"),
    proxyCounter("config_reloads", "Reloads of the configuration"),
    proxyCounter("config_reload_fails", "Reloads of the configuration that failed"),
    proxyCounter("config_cron_runs", "Runs of periodic tasks"),
    proxyCounter("config_cron_fails", "Runs of periodic tasks that failed"),
    StatField("proxy_backend_total", "memcached_proxy_backend_total", .gauge, "Backends of the proxy"),
    proxyCounter("backend_marked_bad", "Times that a backend was marked bad"),
    StatField(
      "proxy_backend_failed", "memcached_proxy_backend_failed", .gauge, "Backends marked bad, of the proxy"),
    proxyCounter("request_failed_depth", "Requests refused, a backend's queue being full"),
  ])

  private static func counter(_ name: String, _ help: String, as family: String? = nil) -> StatField {
    StatField("extstore_\(name)", "memcached_extstore_\(family ?? name)_total", .counter, "\(help), on flash")
  }

  private static func gauge(_ name: String, _ help: String, as family: String? = nil) -> StatField {
    StatField("extstore_\(name)", "memcached_extstore_\(family ?? name)", .gauge, "\(help), on flash")
  }

  private static func proxyCounter(_ name: String, _ help: String) -> StatField {
    StatField("proxy_\(name)", "memcached_proxy_\(name)_total", .counter, "\(help), of the proxy")
  }
}
