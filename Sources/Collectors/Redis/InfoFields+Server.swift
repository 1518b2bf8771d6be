import CacheModel

extension InfoField {
  /// Section Server of INFO.
  static let server: [InfoField] = [
    InfoField("uptime_in_seconds", "redis_uptime_in_seconds", .gauge, .seconds),
    InfoField("process_id", "redis_process_id", .gauge),
    InfoField("io_threads_active", "redis_io_threads_active", .gauge),
    InfoField("configured_hz", "redis_configured_hz", .gauge),
    InfoField("hz", "redis_hz", .gauge),
  ]
}
