import CacheModel

extension InfoField {
  /// Section Clients of INFO.
  static let clients: [InfoField] = [
    InfoField("connected_clients", "redis_connected_clients", .gauge),
    InfoField("blocked_clients", "redis_blocked_clients", .gauge),
    InfoField("maxclients", "redis_max_clients", .gauge),
    InfoField("tracking_clients", "redis_tracking_clients", .gauge),
    InfoField("clients_in_timeout_table", "redis_clients_in_timeout_table", .gauge),
    InfoField("pubsub_clients", "redis_pubsub_clients", .gauge),
    InfoField("watching_clients", "redis_watching_clients", .gauge),
    InfoField("total_watched_keys", "redis_total_watched_keys", .gauge),
    InfoField("total_blocking_keys", "redis_total_blocking_keys", .gauge),
    InfoField("total_blocking_keys_on_nokey", "redis_total_blocking_keys_on_nokey", .gauge),
    InfoField("client_longest_output_list", "redis_client_longest_output_list", .gauge),
    InfoField("client_biggest_input_buf", "redis_client_biggest_input_buf", .gauge),
    InfoField("client_recent_max_output_buffer", "redis_client_recent_max_output_buffer_bytes", .gauge, .bytes),
    InfoField("client_recent_max_input_buffer", "redis_client_recent_max_input_buffer_bytes", .gauge, .bytes),
    InfoField("cluster_connections", "redis_cluster_connections", .gauge),
  ]
}
