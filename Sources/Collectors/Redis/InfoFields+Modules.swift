import CacheModel

extension InfoField {
  /// What modules say of themselves: RediSearch, and Valkey's search, bloom and JSON.
  static let modules: [InfoField] = [
    InfoField("search_number_of_indexes", "redis_search_number_of_indexes", .gauge),
    InfoField("search_used_memory_indexes", "redis_search_used_memory_indexes_bytes", .gauge, .bytes),
    InfoField("search_dialect_1", "redis_search_dialect_1", .gauge),
    InfoField("search_dialect_2", "redis_search_dialect_2", .gauge),
    InfoField("search_dialect_3", "redis_search_dialect_3", .gauge),
    InfoField("search_dialect_4", "redis_search_dialect_4", .gauge),
    InfoField("search_global_idle", "redis_search_global_idle", .gauge),
    InfoField("search_global_total", "redis_search_global_total", .gauge, isLegacy: true),
    InfoField("search_bytes_collected", "redis_search_collected_bytes", .gauge, .bytes),
    InfoField("search_number_of_active_indexes", "redis_search_number_of_active_indexes", .gauge),
    InfoField(
      "search_number_of_active_indexes_running_queries", "redis_search_number_of_active_indexes_running_queries",
      .gauge),
    InfoField("search_number_of_active_indexes_indexing", "redis_search_number_of_active_indexes_indexing", .gauge),
    InfoField("search_total_active_write_threads", "redis_search_total_active_write_threads", .gauge),
    InfoField("search_total_num_docs_in_indexes", "redis_search_total_num_docs_in_indexes", .gauge),
    InfoField("search_smallest_memory_index", "redis_search_smallest_memory_index_bytes", .gauge, .bytes),
    InfoField("search_largest_memory_index", "redis_search_largest_memory_index_bytes", .gauge, .bytes),
    InfoField("search_used_memory_vector_index", "redis_search_used_memory_vector_index_bytes", .gauge, .bytes),
    InfoField("search_global_idle_user", "redis_search_global_idle_user", .gauge),
    InfoField("search_global_idle_internal", "redis_search_global_idle_internal", .gauge),
    InfoField("search_global_total_user", "redis_search_global_total_user", .gauge),
    InfoField("search_global_total_internal", "redis_search_global_total_internal", .gauge),
    InfoField("search_gc_bytes_collected", "redis_search_gc_collected_bytes", .gauge, .bytes),
    InfoField("search_gc_total_docs_not_collected", "redis_search_gc_total_docs_not_collected", .gauge),
    InfoField("search_gc_marked_deleted_vectors", "redis_search_gc_marked_deleted_vectors", .gauge),
    InfoField("search_errors_indexing_failures", "redis_search_errors_indexing_failures", .gauge),
    InfoField("bf_bloom_total_memory_bytes", "redis_bf_bloom_total_memory_bytes", .gauge, .bytes),
    InfoField("bf_bloom_num_objects", "redis_bf_bloom_num_objects", .gauge),
    InfoField("bf_bloom_num_filters_across_objects", "redis_bf_bloom_num_filters_across_objects", .gauge),
    InfoField("bf_bloom_num_items_across_objects", "redis_bf_bloom_num_items_across_objects", .gauge),
    InfoField("bf_bloom_capacity_across_objects", "redis_bf_bloom_capacity_across_objects", .gauge),
    InfoField("json_total_memory_bytes", "redis_json_total_memory_bytes", .gauge, .bytes),
    InfoField("json_num_documents", "redis_json_num_documents", .gauge),
    InfoField("search_used_memory_bytes", "redis_search_used_memory_bytes", .gauge, .bytes),
    InfoField("search_number_of_attributes", "redis_search_number_of_attributes", .gauge),
    InfoField("search_total_indexed_documents", "redis_search_total_indexed_documents", .gauge),
    InfoField("search_query_queue_size", "redis_search_query_queue_size", .gauge),
    InfoField("search_writer_queue_size", "redis_search_writer_queue_size", .gauge),
    InfoField("search_string_interning_store_size", "redis_search_string_interning_store_size", .gauge),
    InfoField(
      "search_vector_externing_hash_extern_errors", "redis_search_vector_externing_hash_extern_errors", .gauge),
    InfoField("search_vector_externing_num_lru_entries", "redis_search_vector_externing_num_lru_entries", .gauge),
    InfoField(
      "search_total_indexing_time", "redis_search_indexing_time_ms_total", .counter, .milliseconds, isLegacy: true),
    InfoField("search_total_cycles", "redis_search_cycles_total", .counter),
    InfoField("search_total_ms_run", "redis_search_run_ms_total", .counter, .milliseconds, isLegacy: true),
    InfoField("search_gc_total_cycles", "redis_search_gc_cycles_total", .counter),
    InfoField("search_gc_total_ms_run", "redis_search_gc_run_ms_total", .counter, .milliseconds, isLegacy: true),
    InfoField("search_total_queries_processed", "redis_search_queries_processed_total", .counter),
    InfoField("search_total_query_commands", "redis_search_query_commands_total", .counter),
    InfoField(
      "search_total_query_execution_time_ms", "redis_search_query_execution_time_ms_total", .counter, .milliseconds,
      isLegacy: true),
    InfoField("search_total_active_queries", "redis_search_active_queries_total", .counter),
    InfoField("bf_bloom_defrag_hits", "redis_bf_bloom_defrag_hits_total", .counter),
    InfoField("bf_bloom_defrag_misses", "redis_bf_bloom_defrag_misses_total", .counter),
    InfoField("search_worker_pool_suspend_cnt", "redis_search_worker_pool_suspend_count", .counter, isLegacy: true),
    InfoField("search_writer_resumed_cnt", "redis_search_writer_resumed_count", .counter, isLegacy: true),
    InfoField("search_reader_resumed_cnt", "redis_search_reader_resumed_count", .counter, isLegacy: true),
    InfoField(
      "search_writer_suspension_expired_cnt", "redis_search_writer_suspension_expired_count", .counter,
      isLegacy: true),
    InfoField("search_rdb_load_success_cnt", "redis_search_rdb_load_success_count", .counter, isLegacy: true),
    InfoField("search_rdb_load_failure_cnt", "redis_search_rdb_load_failure_count", .counter, isLegacy: true),
    InfoField("search_rdb_save_success_cnt", "redis_search_rdb_save_success_count", .counter, isLegacy: true),
    InfoField("search_rdb_save_failure_cnt", "redis_search_rdb_save_failure_count", .counter, isLegacy: true),
    InfoField(
      "search_successful_requests_count", "redis_search_successful_requests_count", .counter, isLegacy: true),
    InfoField("search_failure_requests_count", "redis_search_failure_requests_count", .counter, isLegacy: true),
    InfoField("search_hybrid_requests_count", "redis_search_hybrid_requests_count", .counter, isLegacy: true),
    InfoField(
      "search_inline_filtering_requests_count", "redis_search_inline_filtering_requests_count", .counter,
      isLegacy: true),
    InfoField(
      "search_hnsw_add_exceptions_count", "redis_search_hnsw_add_exceptions_count", .counter, isLegacy: true),
    InfoField(
      "search_hnsw_remove_exceptions_count", "redis_search_hnsw_remove_exceptions_count", .counter, isLegacy: true),
    InfoField(
      "search_hnsw_modify_exceptions_count", "redis_search_hnsw_modify_exceptions_count", .counter, isLegacy: true),
    InfoField(
      "search_hnsw_search_exceptions_count", "redis_search_hnsw_search_exceptions_count", .counter, isLegacy: true),
    InfoField(
      "search_hnsw_create_exceptions_count", "redis_search_hnsw_create_exceptions_count", .counter, isLegacy: true),
    InfoField(
      "search_vector_externing_entry_count", "redis_search_vector_externing_entry_count", .counter, isLegacy: true),
    InfoField(
      "search_vector_externing_generated_value_cnt", "redis_search_vector_externing_generated_value_count",
      .counter, isLegacy: true),
    InfoField(
      "search_vector_externing_lru_promote_cnt", "redis_search_vector_externing_lru_promote_count", .counter,
      isLegacy: true),
    InfoField(
      "search_vector_externing_deferred_entry_cnt", "redis_search_vector_externing_deferred_entry_count", .counter,
      isLegacy: true),
  ]
}
