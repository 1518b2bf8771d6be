import CacheModel

extension InfoField {
  /// Section CPU of INFO.
  static let cpu: [InfoField] = [
    InfoField("used_cpu_sys", "redis_cpu_sys_seconds_total", .counter, .seconds),
    InfoField("used_cpu_user", "redis_cpu_user_seconds_total", .counter, .seconds),
    InfoField("used_cpu_sys_children", "redis_cpu_sys_children_seconds_total", .counter, .seconds),
    InfoField("used_cpu_user_children", "redis_cpu_user_children_seconds_total", .counter, .seconds),
    InfoField("used_cpu_sys_main_thread", "redis_cpu_sys_main_thread_seconds_total", .counter, .seconds),
    InfoField("used_cpu_user_main_thread", "redis_cpu_user_main_thread_seconds_total", .counter, .seconds),
    InfoField("used_active_time_main_thread", "redis_active_time_main_thread_seconds_total", .counter, .seconds),
  ]
}
