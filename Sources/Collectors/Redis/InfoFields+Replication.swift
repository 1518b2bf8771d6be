import CacheModel

extension InfoField {
  /// Section Replication of INFO.
  static let replication: [InfoField] = [
    InfoField("connected_slaves", "redis_connected_slaves", .gauge),
    InfoField("repl_backlog_size", "redis_replication_backlog_bytes", .gauge, .bytes),
    InfoField("repl_backlog_active", "redis_repl_backlog_is_active", .gauge),
    InfoField("repl_backlog_first_byte_offset", "redis_repl_backlog_first_byte_offset", .gauge),
    InfoField("repl_backlog_histlen", "redis_repl_backlog_history_bytes", .gauge, .bytes),
    InfoField("master_repl_offset", "redis_master_repl_offset", .gauge),
    InfoField("second_repl_offset", "redis_second_repl_offset", .gauge),
    InfoField("slave_priority", "redis_slave_priority", .gauge),
  ]
}
