import CacheModel

extension InfoField {
  /// What only KeyDB has.
  static let keyDB: [InfoField] = [
    InfoField("server_threads", "redis_server_threads_total", .gauge, "server_threads of INFO on KeyDB", isLegacy: true),
    InfoField("long_lock_waits", "redis_long_lock_waits_total", .gauge, "long_lock_waits of INFO on KeyDB", isLegacy: true),
    InfoField("current_client_thread", "redis_current_client_thread", .gauge, "current_client_thread of INFO on KeyDB"),
    InfoField("cached_keys", "redis_cached_keys_total", .counter, "cached_keys of INFO on KeyDB"),
    InfoField("storage_provider_read_hits", "redis_storage_provider_read_hits", .counter, "storage_provider_read_hits of INFO on KeyDB", isLegacy: true),
    InfoField("storage_provider_read_misses", "redis_storage_provider_read_misses", .counter, "storage_provider_read_misses of INFO on KeyDB", isLegacy: true),
  ]
}
