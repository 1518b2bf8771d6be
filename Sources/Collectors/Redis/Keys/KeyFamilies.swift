public import CacheModel

/// Families of single keys and groups of keys, as redis_exporter names them.
public enum KeyFamilies {
  /// Bytes that one key takes.
  public static let memory = MetricFamily(
    "redis_key_memory_usage_bytes", .gauge, "Bytes that a checked key takes, by MEMORY USAGE")
  /// Keys that match a pattern.
  public static let count = RenamedFamily(
    "redis_matching_keys", legacy: "redis_keys_count", .gauge, "Keys that match a pattern of checks.count_keys")
  /// Keys of a group.
  public static let groupCount = RenamedFamily(
    "redis_key_group_keys", legacy: "redis_key_group_count", .gauge,
    "Keys of a group by checks.key_groups, by the last walk over all keys")
  /// Bytes of a group.
  public static let groupMemory = MetricFamily(
    "redis_key_group_memory_usage_bytes", .gauge, "Bytes that the keys of a group take")
  /// Groups before those beyond the most are joined.
  public static let groups = MetricFamily(
    "redis_number_of_distinct_key_groups", .gauge, "Distinct groups of keys, those joined to overflow among them")

  /// What a key holds.
  public static let size = MetricFamily(
    "redis_key_size", .gauge, "Bytes of a string, elements of anything else, of a key that checks.lookups looks up")
  /// A string that is a number.
  public static let value = MetricFamily(
    "redis_key_value", .gauge, "The value of a key that checks.lookups looks up, where it is a number")

  static let all = [size, value, memory, groupMemory, groups]
  static let renamed = [count, groupCount]
}
