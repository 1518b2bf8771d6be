import TimeSeries

/// What Redis prints beside its terms: columns of history that follow exactly from others take no space. Each is
/// checked row by row before it is left out, so that a server which computes differently loses nothing.
let redisDerivationRules: [DerivationRule] = [
  DerivationRule(
    "redis_allocator_frag_ratio",
    .ratio([.init("redis_allocator_active_bytes")], over: [.init("redis_allocator_allocated_bytes")])),
  DerivationRule(
    "redis_allocator_rss_ratio",
    .ratio([.init("redis_allocator_resident_bytes")], over: [.init("redis_allocator_active_bytes")])),
  DerivationRule(
    memoryField("rss_overhead_ratio"),
    .ratio([.init("redis_memory_used_rss_bytes")], over: [.init("redis_allocator_resident_bytes")])),
  DerivationRule(
    "redis_mem_fragmentation_ratio",
    .ratio([.init("redis_memory_used_rss_bytes")], over: [.init("redis_memory_used_bytes")])),
  DerivationRule(
    memoryField("used_memory_peak_perc"),
    .ratio([.init("redis_memory_used_bytes")], over: [.init("redis_memory_used_peak_bytes")], factor: 100)),
  DerivationRule(
    memoryField("used_memory_dataset_perc"),
    .ratio(
      [.init("redis_memory_used_bytes"), .init("redis_memory_used_overhead_bytes", times: -1)],
      over: [.init("redis_memory_used_bytes"), .init("redis_memory_used_startup_bytes", times: -1)], factor: 100)),
  DerivationRule("redis_commands_processed_total", .sum(of: "redis_commands_total{cmd=*")),
]

private func memoryField(_ name: String) -> String {
  "redis_info_field{section=\"memory\",field=\"\(name)\"}"
}
