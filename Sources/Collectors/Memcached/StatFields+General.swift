import CacheModel

extension StatField {
  /// What `stats` says of the server as a whole.
  static let general: [String: StatField] = table(process + connections + lookups + items + crawler + log)

  private static let process: [StatField] = [
    StatField(
      "uptime", "memcached_uptime_seconds", .gauge, "Seconds since the server started", legacy: .counter),
    StatField("time", "memcached_time_seconds", .gauge, "The server's clock, Unix time in seconds"),
    StatField(
      "rusage_user", "memcached_process_user_cpu_seconds_total", .counter,
      "Processor time of the server in user mode, in seconds"),
    StatField(
      "rusage_system", "memcached_process_system_cpu_seconds_total", .counter,
      "Processor time of the server in kernel mode, in seconds"),
    StatField("threads", "memcached_threads", .gauge, "Worker threads"),
    StatField("hash_bytes", "memcached_hash_bytes", .gauge, "Bytes that the hash table takes"),
    StatField(
      "hash_is_expanding", "memcached_hash_is_expanding", .gauge, "1 while the hash table grows"),
    StatField("malloc_fails", "memcached_malloc_failures_total", .counter, "Allocations that failed"),
    StatField(
      "read_buf_oom", "memcached_read_buffer_failures_total", .counter,
      "Connections that found no memory for a read buffer"),
    StatField(
      "response_obj_oom", "memcached_response_object_failures_total", .counter,
      "Connections that found no memory for a response object"),
    StatField(
      "unexpected_napi_ids", "memcached_unexpected_napi_ids_total", .counter,
      "NAPI ids of connections that were not expected"),
    StatField(
      "round_robin_fallback", "memcached_round_robin_fallback_total", .counter,
      "Connections whose thread was chosen in turn, since their NAPI id was unknown"),
  ]

  private static let connections: [StatField] = [
    StatField("bytes_read", "memcached_read_bytes_total", .counter, "Bytes that came over the network"),
    StatField("bytes_written", "memcached_written_bytes_total", .counter, "Bytes sent over the network"),
    StatField("curr_connections", "memcached_current_connections", .gauge, "Open connections"),
    StatField("total_connections", "memcached_connections_total", .counter, "Connections opened"),
    StatField(
      "rejected_connections", "memcached_connections_rejected_total", .counter,
      "Connections refused, the limit being reached"),
    StatField(
      "conn_yields", "memcached_connections_yielded_total", .counter,
      "Times that a connection had to let others go first"),
    StatField(
      "listen_disabled_num", "memcached_connections_listener_disabled_total", .counter,
      "Times that the server stopped accepting connections, the limit being reached"),
    StatField(
      "time_in_listen_disabled_us", "memcached_listen_disabled_seconds_total", .counter,
      "Seconds in which the server accepted no connection", reading: .number(shift: 6)),
    StatField(
      "accepting_conns", "memcached_accepting_connections", .gauge, "1 while the server accepts connections"),
    StatField("auth_cmds", "memcached_auth_commands_total", .counter, "Logins tried"),
    StatField("auth_errors", "memcached_auth_errors_total", .counter, "Logins refused"),
  ]

  private static let lookups: [StatField] = [
    .command("get_hits", "get", "hit"), .command("get_misses", "get", "miss"),
    .command("delete_hits", "delete", "hit"), .command("delete_misses", "delete", "miss"),
    .command("incr_hits", "incr", "hit"), .command("incr_misses", "incr", "miss"),
    .command("decr_hits", "decr", "hit"), .command("decr_misses", "decr", "miss"),
    .command("cas_hits", "cas", "hit"), .command("cas_misses", "cas", "miss"),
    .command("cas_badval", "cas", "badval"), .command("touch_hits", "touch", "hit"),
    .command("touch_misses", "touch", "miss"), .command("cmd_flush", "flush", "hit"),
    StatField("cmd_meta", "memcached_meta_commands_total", .counter, "Meta commands, which no prefix counts"),
    StatField(
      "get_expired", "memcached_get_expired_total", .counter,
      "Lookups that met an item whose time had passed; most expired items are gone before they are looked up"),
    StatField(
      "get_flushed", "memcached_get_flushed_total", .counter, "Lookups that met an item from before a flush_all"),
  ]

  private static let items: [StatField] = [
    StatField("bytes", "memcached_current_bytes", .gauge, "Bytes that items take"),
    StatField("limit_maxbytes", "memcached_limit_bytes", .gauge, "Bytes that items may take (-m)"),
    StatField("curr_items", "memcached_current_items", .gauge, "Items stored now"),
    StatField("total_items", "memcached_items_total", .counter, "Items stored since the server started"),
    StatField("evictions", "memcached_items_evicted_total", .counter, "Items evicted to make room"),
    StatField(
      "evicted_active", "memcached_items_evicted_active_total", .counter,
      "Items evicted although they had been read lately"),
    StatField(
      "evicted_unfetched", "memcached_items_evicted_unfetched_total", .counter,
      "Items evicted that nobody had read since they were stored"),
    StatField(
      "expired_unfetched", "memcached_items_expired_unfetched_total", .counter,
      "Items whose time passed before anybody read them"),
    StatField(
      "reclaimed", "memcached_items_reclaimed_total", .counter, "Items stored in the place of expired ones"),
    StatField(
      "store_too_large", "memcached_item_too_large_total", .counter, "Stores refused: the item is too large"),
    StatField("store_no_memory", "memcached_item_no_memory_total", .counter, "Stores refused: no memory is free"),
    StatField(
      "direct_reclaims", "memcached_direct_reclaims_total", .counter,
      "Times that a worker thread had to free memory itself"),
    StatField("total_malloced", "memcached_malloced_bytes", .gauge, "Bytes allocated for slab pages"),
  ]

  private static let crawler: [StatField] = [
    StatField(
      "lru_crawler_starts", "memcached_lru_crawler_starts_total", .counter, "Times that the crawler was started"),
    StatField(
      "crawler_reclaimed", "memcached_lru_crawler_reclaimed_total", .counter, "Items freed by the crawler"),
    StatField(
      "crawler_items_checked", "memcached_lru_crawler_items_checked_total", .counter,
      "Items looked at by the crawler"),
    StatField(
      "moves_to_cold", "memcached_lru_crawler_moves_to_cold_total", .counter, "Items moved to the cold list"),
    StatField(
      "moves_to_warm", "memcached_lru_crawler_moves_to_warm_total", .counter, "Items moved to the warm list"),
    StatField(
      "moves_within_lru", "memcached_lru_crawler_moves_within_lru_total", .counter,
      "Items moved to the head of their list"),
  ]

  private static let log: [StatField] = [
    StatField(
      "log_worker_dropped", "memcached_log_worker_dropped_total", .counter,
      "Log lines for watchers that a full buffer of a worker lost"),
    StatField(
      "log_watcher_skipped", "memcached_log_watcher_skipped_total", .counter,
      "Log lines that a slow watcher did not get"),
  ]
}
