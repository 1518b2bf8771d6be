import CacheModel

extension InfoField {
  /// Section Stats of INFO.
  static let stats: [InfoField] = [
    InfoField("expired_stale_perc", "redis_expired_stale_percentage", .gauge, .percent),
    InfoField("migrate_cached_sockets", "redis_migrate_cached_sockets_total", .gauge, isLegacy: true),
    InfoField("active_defrag_hits", "redis_defrag_hits", .gauge),
    InfoField("active_defrag_misses", "redis_defrag_misses", .gauge),
    InfoField("active_defrag_key_hits", "redis_defrag_key_hits", .gauge),
    InfoField("active_defrag_key_misses", "redis_defrag_key_misses", .gauge),
    InfoField(
      "current_eviction_exceeded_time", "redis_current_eviction_exceeded_time_ms", .gauge, .milliseconds,
      isLegacy: true),
    InfoField("pubsub_channels", "redis_pubsub_channels", .gauge),
    InfoField("pubsub_patterns", "redis_pubsub_patterns", .gauge),
    InfoField("pubsubshard_channels", "redis_pubsubshard_channels", .gauge),
    InfoField("latest_fork_usec", "redis_latest_fork_seconds", .gauge, .seconds, reading: .number(shift: 6)),
    InfoField("tracking_total_keys", "redis_tracking_total_keys", .gauge),
    InfoField("tracking_total_items", "redis_tracking_total_items", .gauge),
    InfoField("tracking_total_prefixes", "redis_tracking_total_prefixes", .gauge),
    InfoField(
      "instantaneous_eventloop_cycles_per_sec", "redis_instantaneous_eventloop_cycles_per_sec", .gauge,
      isLegacy: true),
    InfoField(
      "instantaneous_eventloop_duration_usec", "redis_instantaneous_eventloop_duration_usec", .gauge,
      .microseconds),
    InfoField("slave_expires_tracked_keys", "redis_slave_expires_tracked_keys", .gauge),
    InfoField("sync_full", "redis_replica_resyncs_full", .gauge),
    InfoField("sync_partial_ok", "redis_replica_partial_resync_accepted", .gauge),
    InfoField("sync_partial_err", "redis_replica_partial_resync_denied", .gauge),
    InfoField("total_connections_received", "redis_connections_received_total", .counter),
    InfoField("total_commands_processed", "redis_commands_processed_total", .counter),
    InfoField("rejected_connections", "redis_rejected_connections_total", .counter),
    InfoField("total_net_input_bytes", "redis_net_input_bytes_total", .counter, .bytes),
    InfoField("total_net_output_bytes", "redis_net_output_bytes_total", .counter, .bytes),
    InfoField("total_net_repl_input_bytes", "redis_net_repl_input_bytes_total", .counter, .bytes),
    InfoField("total_net_repl_output_bytes", "redis_net_repl_output_bytes_total", .counter, .bytes),
    InfoField("expired_subkeys", "redis_expired_subkeys_total", .counter),
    InfoField("expired_keys", "redis_expired_keys_total", .counter),
    InfoField("expired_time_cap_reached_count", "redis_expired_time_cap_reached_total", .counter),
    InfoField(
      "expire_cycle_cpu_milliseconds", "redis_expire_cycle_cpu_time_ms_total", .counter, .milliseconds,
      isLegacy: true),
    InfoField("evicted_keys", "redis_evicted_keys_total", .counter),
    InfoField("evicted_clients", "redis_evicted_clients_total", .counter),
    InfoField("evicted_scripts", "redis_evicted_scripts_total", .counter),
    InfoField(
      "total_eviction_exceeded_time", "redis_eviction_exceeded_time_ms_total", .counter, .milliseconds,
      isLegacy: true),
    InfoField("keyspace_hits", "redis_keyspace_hits_total", .counter),
    InfoField("keyspace_misses", "redis_keyspace_misses_total", .counter),
    InfoField("eventloop_cycles", "redis_eventloop_cycles_total", .counter),
    InfoField("eventloop_duration_sum", "redis_eventloop_duration_sum_usec_total", .counter, .microseconds),
    InfoField("eventloop_duration_cmd_sum", "redis_eventloop_duration_cmd_sum_usec_total", .counter, .microseconds),
    InfoField("unexpected_error_replies", "redis_unexpected_error_replies", .counter, isLegacy: true),
    InfoField("total_error_replies", "redis_total_error_replies", .counter, isLegacy: true),
    InfoField("dump_payload_sanitizations", "redis_dump_payload_sanitizations", .counter, isLegacy: true),
    InfoField("total_reads_processed", "redis_total_reads_processed", .counter, isLegacy: true),
    InfoField("total_writes_processed", "redis_total_writes_processed", .counter, isLegacy: true),
    InfoField("io_threaded_reads_processed", "redis_io_threaded_reads_processed", .counter, isLegacy: true),
    InfoField("io_threaded_writes_processed", "redis_io_threaded_writes_processed", .counter, isLegacy: true),
    InfoField(
      "client_query_buffer_limit_disconnections", "redis_client_query_buffer_limit_disconnections_total", .counter),
    InfoField(
      "client_output_buffer_limit_disconnections", "redis_client_output_buffer_limit_disconnections_total", .counter
    ),
    InfoField("reply_buffer_shrinks", "redis_reply_buffer_shrinks_total", .counter),
    InfoField("reply_buffer_expands", "redis_reply_buffer_expands_total", .counter),
    InfoField("acl_access_denied_auth", "redis_acl_access_denied_auth_total", .counter),
    InfoField("acl_access_denied_cmd", "redis_acl_access_denied_cmd_total", .counter),
    InfoField("acl_access_denied_key", "redis_acl_access_denied_key_total", .counter),
    InfoField("acl_access_denied_channel", "redis_acl_access_denied_channel_total", .counter),
  ]
}
