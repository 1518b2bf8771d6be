import CacheModel

extension InfoField {
  /// Section Persistence of INFO.
  static let persistence: [InfoField] = [
    InfoField("loading", "redis_loading_dump_file", .gauge, "loading of INFO persistence"),
    InfoField("async_loading", "redis_async_loading", .gauge, "async_loading of INFO persistence"),
    InfoField("rdb_changes_since_last_save", "redis_rdb_changes_since_last_save", .gauge, "rdb_changes_since_last_save of INFO persistence"),
    InfoField("rdb_bgsave_in_progress", "redis_rdb_bgsave_in_progress", .gauge, "rdb_bgsave_in_progress of INFO persistence"),
    InfoField("rdb_last_save_time", "redis_rdb_last_save_timestamp_seconds", .gauge, "rdb_last_save_time of INFO persistence, in seconds"),
    InfoField("rdb_last_bgsave_status", "redis_rdb_last_bgsave_status", .gauge, "rdb_last_bgsave_status of INFO persistence", reading: .okIsOne),
    InfoField("rdb_last_bgsave_time_sec", "redis_rdb_last_bgsave_duration_sec", .gauge, "rdb_last_bgsave_time_sec of INFO persistence, a ratio", isLegacy: true),
    InfoField("rdb_current_bgsave_time_sec", "redis_rdb_current_bgsave_duration_sec", .gauge, "rdb_current_bgsave_time_sec of INFO persistence, a ratio", isLegacy: true),
    InfoField("rdb_saves", "redis_rdb_saves_total", .gauge, "rdb_saves of INFO persistence", isLegacy: true),
    InfoField("rdb_last_cow_size", "redis_rdb_last_cow_size_bytes", .gauge, "rdb_last_cow_size of INFO persistence, in bytes"),
    InfoField("rdb_last_load_keys_expired", "redis_rdb_last_load_expired_keys", .gauge, "rdb_last_load_keys_expired of INFO persistence"),
    InfoField("rdb_last_load_keys_loaded", "redis_rdb_last_load_loaded_keys", .gauge, "rdb_last_load_keys_loaded of INFO persistence"),
    InfoField("aof_enabled", "redis_aof_enabled", .gauge, "aof_enabled of INFO persistence"),
    InfoField("aof_rewrite_in_progress", "redis_aof_rewrite_in_progress", .gauge, "aof_rewrite_in_progress of INFO persistence"),
    InfoField("aof_rewrite_scheduled", "redis_aof_rewrite_scheduled", .gauge, "aof_rewrite_scheduled of INFO persistence"),
    InfoField("aof_last_rewrite_time_sec", "redis_aof_last_rewrite_duration_sec", .gauge, "aof_last_rewrite_time_sec of INFO persistence, a ratio", isLegacy: true),
    InfoField("aof_current_rewrite_time_sec", "redis_aof_current_rewrite_duration_sec", .gauge, "aof_current_rewrite_time_sec of INFO persistence, a ratio", isLegacy: true),
    InfoField("aof_last_cow_size", "redis_aof_last_cow_size_bytes", .gauge, "aof_last_cow_size of INFO persistence, in bytes"),
    InfoField("aof_current_size", "redis_aof_current_size_bytes", .gauge, "aof_current_size of INFO persistence, in bytes"),
    InfoField("aof_base_size", "redis_aof_base_size_bytes", .gauge, "aof_base_size of INFO persistence, in bytes"),
    InfoField("aof_pending_rewrite", "redis_aof_pending_rewrite", .gauge, "aof_pending_rewrite of INFO persistence"),
    InfoField("aof_buffer_length", "redis_aof_buffer_length", .gauge, "aof_buffer_length of INFO persistence"),
    InfoField("aof_rewrite_buffer_length", "redis_aof_rewrite_buffer_length", .gauge, "aof_rewrite_buffer_length of INFO persistence"),
    InfoField("aof_pending_bio_fsync", "redis_aof_pending_bio_fsync", .gauge, "aof_pending_bio_fsync of INFO persistence"),
    InfoField("aof_delayed_fsync", "redis_aof_delayed_fsync", .gauge, "aof_delayed_fsync of INFO persistence"),
    InfoField("aof_last_bgrewrite_status", "redis_aof_last_bgrewrite_status", .gauge, "aof_last_bgrewrite_status of INFO persistence", reading: .okIsOne),
    InfoField("aof_last_write_status", "redis_aof_last_write_status", .gauge, "aof_last_write_status of INFO persistence", reading: .okIsOne),
    InfoField("module_fork_in_progress", "redis_module_fork_in_progress", .gauge, "module_fork_in_progress of INFO persistence"),
    InfoField("module_fork_last_cow_size", "redis_module_fork_last_cow_size", .gauge, "module_fork_last_cow_size of INFO persistence"),
  ]
}
