import CacheModel

extension InfoField {
  /// Section Clients of INFO.
  static let clients: [InfoField] = [
    InfoField("connected_clients", "redis_connected_clients", .gauge, "connected_clients of INFO clients"),
    InfoField("blocked_clients", "redis_blocked_clients", .gauge, "blocked_clients of INFO clients"),
    InfoField("maxclients", "redis_max_clients", .gauge, "maxclients of INFO clients"),
    InfoField("tracking_clients", "redis_tracking_clients", .gauge, "tracking_clients of INFO clients"),
    InfoField("clients_in_timeout_table", "redis_clients_in_timeout_table", .gauge, "clients_in_timeout_table of INFO clients"),
    InfoField("pubsub_clients", "redis_pubsub_clients", .gauge, "pubsub_clients of INFO clients"),
    InfoField("watching_clients", "redis_watching_clients", .gauge, "watching_clients of INFO clients"),
    InfoField("total_watched_keys", "redis_total_watched_keys", .gauge, "total_watched_keys of INFO clients"),
    InfoField("total_blocking_keys", "redis_total_blocking_keys", .gauge, "total_blocking_keys of INFO clients"),
    InfoField("total_blocking_keys_on_nokey", "redis_total_blocking_keys_on_nokey", .gauge, "total_blocking_keys_on_nokey of INFO clients"),
    InfoField("client_longest_output_list", "redis_client_longest_output_list", .gauge, "client_longest_output_list of INFO clients"),
    InfoField("client_biggest_input_buf", "redis_client_biggest_input_buf", .gauge, "client_biggest_input_buf of INFO clients"),
    InfoField("client_recent_max_output_buffer", "redis_client_recent_max_output_buffer_bytes", .gauge, "client_recent_max_output_buffer of INFO clients, in bytes"),
    InfoField("client_recent_max_input_buffer", "redis_client_recent_max_input_buffer_bytes", .gauge, "client_recent_max_input_buffer of INFO clients, in bytes"),
    InfoField("cluster_connections", "redis_cluster_connections", .gauge, "cluster_connections of INFO clients"),
  ]
}
