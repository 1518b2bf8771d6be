import CacheModel

extension InfoField {
  /// Section Replication of INFO.
  static let replication: [InfoField] = [
    InfoField("connected_slaves", "redis_connected_slaves", .gauge, "connected_slaves of INFO replication"),
    InfoField("repl_backlog_size", "redis_replication_backlog_bytes", .gauge, "repl_backlog_size of INFO replication, in bytes"),
    InfoField("repl_backlog_active", "redis_repl_backlog_is_active", .gauge, "repl_backlog_active of INFO replication"),
    InfoField("repl_backlog_first_byte_offset", "redis_repl_backlog_first_byte_offset", .gauge, "repl_backlog_first_byte_offset of INFO replication"),
    InfoField("repl_backlog_histlen", "redis_repl_backlog_history_bytes", .gauge, "repl_backlog_histlen of INFO replication, in bytes"),
    InfoField("master_repl_offset", "redis_master_repl_offset", .gauge, "master_repl_offset of INFO replication"),
    InfoField("second_repl_offset", "redis_second_repl_offset", .gauge, "second_repl_offset of INFO replication"),
    InfoField("slave_priority", "redis_slave_priority", .gauge, "slave_priority of INFO replication"),
  ]
}
