import CacheModel

extension InfoField {
  /// Section Server of INFO.
  static let server: [InfoField] = [
    InfoField("uptime_in_seconds", "redis_uptime_in_seconds", .gauge, "uptime_in_seconds of INFO server, in seconds"),
    InfoField("process_id", "redis_process_id", .gauge, "process_id of INFO server"),
    InfoField("io_threads_active", "redis_io_threads_active", .gauge, "io_threads_active of INFO server"),
    InfoField("configured_hz", "redis_configured_hz", .gauge, "configured_hz of INFO server"),
    InfoField("hz", "redis_hz", .gauge, "hz of INFO server"),
  ]
}
