import CacheModel

extension InfoField {
  /// Section Memory of INFO.
  static let memory: [InfoField] = [
    InfoField("allocator_active", "redis_allocator_active_bytes", .gauge, .bytes),
    InfoField("allocator_allocated", "redis_allocator_allocated_bytes", .gauge, .bytes),
    InfoField("allocator_resident", "redis_allocator_resident_bytes", .gauge, .bytes),
    InfoField("allocator_frag_ratio", "redis_allocator_frag_ratio", .gauge, .ratio),
    InfoField("allocator_frag_bytes", "redis_allocator_frag_bytes", .gauge, .bytes),
    InfoField("allocator_muzzy", "redis_allocator_muzzy_bytes", .gauge, .bytes),
    InfoField("allocator_rss_ratio", "redis_allocator_rss_ratio", .gauge, .ratio),
    InfoField("allocator_rss_bytes", "redis_allocator_rss_bytes", .gauge, .bytes),
    InfoField("used_memory", "redis_memory_used_bytes", .gauge, .bytes),
    InfoField("used_memory_rss", "redis_memory_used_rss_bytes", .gauge, .bytes),
    InfoField("used_memory_peak", "redis_memory_used_peak_bytes", .gauge, .bytes),
    InfoField("used_memory_lua", "redis_memory_used_lua_bytes", .gauge, .bytes),
    InfoField("used_memory_vm_eval", "redis_memory_used_vm_eval_bytes", .gauge, .bytes),
    InfoField("used_memory_scripts_eval", "redis_memory_used_scripts_eval_bytes", .gauge, .bytes),
    InfoField("used_memory_overhead", "redis_memory_used_overhead_bytes", .gauge, .bytes),
    InfoField("used_memory_startup", "redis_memory_used_startup_bytes", .gauge, .bytes),
    InfoField("used_memory_dataset", "redis_memory_used_dataset_bytes", .gauge, .bytes),
    InfoField("number_of_cached_scripts", "redis_number_of_cached_scripts", .gauge),
    InfoField("number_of_functions", "redis_number_of_functions", .gauge),
    InfoField("number_of_libraries", "redis_number_of_libraries", .gauge),
    InfoField("used_memory_vm_functions", "redis_memory_used_vm_functions_bytes", .gauge, .bytes),
    InfoField("used_memory_scripts", "redis_memory_used_scripts_bytes", .gauge, .bytes),
    InfoField("used_memory_functions", "redis_memory_used_functions_bytes", .gauge, .bytes),
    InfoField("used_memory_vm_total", "redis_memory_used_vm_total", .gauge, isLegacy: true),
    InfoField("maxmemory", "redis_memory_max_bytes", .gauge, .bytes),
    InfoField("maxmemory_reservation", "redis_memory_max_reservation_bytes", .gauge, .bytes),
    InfoField("maxmemory_desired_reservation", "redis_memory_max_reservation_desired_bytes", .gauge, .bytes),
    InfoField(
      "maxfragmentationmemory_reservation", "redis_memory_max_fragmentation_reservation_bytes", .gauge, .bytes),
    InfoField(
      "maxfragmentationmemory_desired_reservation", "redis_memory_max_fragmentation_reservation_desired_bytes",
      .gauge, .bytes),
    InfoField("mem_fragmentation_ratio", "redis_mem_fragmentation_ratio", .gauge, .ratio),
    InfoField("mem_fragmentation_bytes", "redis_mem_fragmentation_bytes", .gauge, .bytes),
    InfoField("mem_clients_slaves", "redis_mem_clients_slaves", .gauge),
    InfoField("mem_clients_normal", "redis_mem_clients_normal", .gauge),
    InfoField("mem_cluster_links", "redis_mem_cluster_links_bytes", .gauge, .bytes),
    InfoField("mem_aof_buffer", "redis_mem_aof_buffer_bytes", .gauge, .bytes),
    InfoField("mem_replication_backlog", "redis_mem_replication_backlog_bytes", .gauge, .bytes),
    InfoField("mem_not_counted_for_evict", "redis_mem_not_counted_for_eviction_bytes", .gauge, .bytes),
    InfoField("mem_total_replication_buffers", "redis_mem_total_replication_buffers_bytes", .gauge, .bytes),
    InfoField(
      "mem_overhead_db_hashtable_rehashing", "redis_mem_overhead_db_hashtable_rehashing_bytes", .gauge, .bytes),
    InfoField("lazyfree_pending_objects", "redis_lazyfree_pending_objects", .gauge),
    InfoField("lazyfreed_objects", "redis_lazyfreed_objects", .gauge),
    InfoField("active_defrag_running", "redis_active_defrag_running", .gauge),
    InfoField("total_system_memory", "redis_total_system_memory_bytes", .gauge, .bytes),
  ]
}
