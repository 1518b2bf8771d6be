import CacheModel

extension InfoField {
  /// What only KeyDB has.
  static let keyDB: [InfoField] = [
    InfoField("server_threads", "redis_server_threads_total", .gauge, isLegacy: true),
    InfoField("long_lock_waits", "redis_long_lock_waits_total", .gauge, isLegacy: true),
    InfoField("current_client_thread", "redis_current_client_thread", .gauge),
    InfoField("cached_keys", "redis_cached_keys_total", .counter),
    InfoField("storage_provider_read_hits", "redis_storage_provider_read_hits", .counter, isLegacy: true),
    InfoField("storage_provider_read_misses", "redis_storage_provider_read_misses", .counter, isLegacy: true),
  ]
}
