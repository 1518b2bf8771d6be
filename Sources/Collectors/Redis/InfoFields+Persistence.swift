import CacheModel

extension InfoField {
  /// Section Persistence of INFO.
  static let persistence: [InfoField] = [
    InfoField("loading", "redis_loading_dump_file", .gauge),
    InfoField("async_loading", "redis_async_loading", .gauge),
    InfoField("rdb_changes_since_last_save", "redis_rdb_changes_since_last_save", .gauge),
    InfoField("rdb_bgsave_in_progress", "redis_rdb_bgsave_in_progress", .gauge),
    InfoField("rdb_last_save_time", "redis_rdb_last_save_timestamp_seconds", .gauge, .seconds),
    InfoField("rdb_last_bgsave_status", "redis_rdb_last_bgsave_status", .gauge, reading: .okIsOne),
    InfoField("rdb_last_bgsave_time_sec", "redis_rdb_last_bgsave_duration_sec", .gauge, .seconds, isLegacy: true),
    InfoField(
      "rdb_current_bgsave_time_sec", "redis_rdb_current_bgsave_duration_sec", .gauge, .seconds, isLegacy: true),
    InfoField("rdb_saves", "redis_rdb_saves_total", .gauge, isLegacy: true),
    InfoField("rdb_last_cow_size", "redis_rdb_last_cow_size_bytes", .gauge, .bytes),
    InfoField("rdb_last_load_keys_expired", "redis_rdb_last_load_expired_keys", .gauge),
    InfoField("rdb_last_load_keys_loaded", "redis_rdb_last_load_loaded_keys", .gauge),
    InfoField("aof_enabled", "redis_aof_enabled", .gauge),
    InfoField("aof_rewrite_in_progress", "redis_aof_rewrite_in_progress", .gauge),
    InfoField("aof_rewrite_scheduled", "redis_aof_rewrite_scheduled", .gauge),
    InfoField("aof_last_rewrite_time_sec", "redis_aof_last_rewrite_duration_sec", .gauge, .seconds, isLegacy: true),
    InfoField(
      "aof_current_rewrite_time_sec", "redis_aof_current_rewrite_duration_sec", .gauge, .seconds, isLegacy: true),
    InfoField("aof_last_cow_size", "redis_aof_last_cow_size_bytes", .gauge, .bytes),
    InfoField("aof_current_size", "redis_aof_current_size_bytes", .gauge, .bytes),
    InfoField("aof_base_size", "redis_aof_base_size_bytes", .gauge, .bytes),
    InfoField("aof_pending_rewrite", "redis_aof_pending_rewrite", .gauge),
    InfoField("aof_buffer_length", "redis_aof_buffer_length", .gauge),
    InfoField("aof_rewrite_buffer_length", "redis_aof_rewrite_buffer_length", .gauge),
    InfoField("aof_pending_bio_fsync", "redis_aof_pending_bio_fsync", .gauge),
    InfoField("aof_delayed_fsync", "redis_aof_delayed_fsync", .gauge),
    InfoField("aof_last_bgrewrite_status", "redis_aof_last_bgrewrite_status", .gauge, reading: .okIsOne),
    InfoField("aof_last_write_status", "redis_aof_last_write_status", .gauge, reading: .okIsOne),
    InfoField("module_fork_in_progress", "redis_module_fork_in_progress", .gauge),
    InfoField("module_fork_last_cow_size", "redis_module_fork_last_cow_size", .gauge),
  ]
}
