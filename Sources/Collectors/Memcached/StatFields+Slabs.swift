import CacheModel

extension StatField {
  /// What `stats slabs` says of a slab class.
  static let slabs: [String: StatField] = table(
    [
      slab("chunk_size", "chunk_size_bytes", .gauge, "Bytes of a chunk"),
      slab("chunks_per_page", "chunks_per_page", .gauge, "Chunks in a page"),
      slab("total_pages", "current_pages", .gauge, "Pages"),
      slab("total_chunks", "current_chunks", .gauge, "Chunks"),
      slab("used_chunks", "chunks_used", .gauge, "Chunks that hold items"),
      slab("free_chunks", "chunks_free", .gauge, "Chunks free"),
      slab("free_chunks_end", "chunks_free_end", .gauge, "Chunks free at the end of the last page"),
      slab("mem_requested", "mem_requested_bytes", .gauge, "Bytes that the items themselves need"),
    ]
      + [
        ("get_hits", "get", "hit"), ("delete_hits", "delete", "hit"), ("incr_hits", "incr", "hit"),
        ("decr_hits", "decr", "hit"), ("cas_hits", "cas", "hit"), ("cas_badval", "cas", "badval"),
        ("touch_hits", "touch", "hit"),
      ].map { name, command, status in
        StatField(
          name, MemcachedFamilies.slabCommands.name, .counter, MemcachedFamilies.slabCommands.help,
          labels: [Label("command", command), Label("status", status)])
      })

  /// What `stats items` says of a slab class.
  static let slabItems: [String: StatField] = table(
    [
      slab("number", "current_items", .gauge, "Items"),
      slab("age", "items_age_seconds", .gauge, "Age of the oldest item, in seconds"),
      slab("mem_requested", "mem_requested_bytes", .gauge, "Bytes that the items themselves need"),
      slab("crawler_reclaimed", "items_crawler_reclaimed_total", .counter, "Items freed by the crawler"),
      slab("evicted", "items_evicted_total", .counter, "Items evicted"),
      slab("evicted_nonzero", "items_evicted_nonzero_total", .counter, "Items evicted that had a time to live"),
      slab(
        "evicted_time", "items_evicted_time_seconds", .gauge,
        "Seconds since the item that was evicted last had been used", legacy: .counter),
      slab(
        "evicted_unfetched", "items_evicted_unfetched_total", .counter, "Items evicted that nobody had read"),
      slab(
        "expired_unfetched", "items_expired_unfetched_total", .counter,
        "Items whose time passed before anybody read them"),
      slab("outofmemory", "items_outofmemory_total", .counter, "Stores refused: no memory is free"),
      slab("reclaimed", "items_reclaimed_total", .counter, "Items stored in the place of expired ones"),
      slab("tailrepairs", "items_tailrepairs_total", .counter, "Items freed that were held for too long"),
      slab("moves_to_cold", "items_moves_to_cold", .gauge, "Items moved to the cold list", legacy: .counter),
      slab("moves_to_warm", "items_moves_to_warm", .gauge, "Items moved to the warm list", legacy: .counter),
      slab(
        "moves_within_lru", "items_moves_within_lru", .gauge, "Items moved to the head of their list",
        legacy: .counter),
      slab("number_hot", "hot_items", .gauge, "Items on the hot list"),
      slab("number_warm", "warm_items", .gauge, "Items on the warm list"),
      slab("number_cold", "cold_items", .gauge, "Items on the cold list"),
      slab("number_temp", "temporary_items", .gauge, "Items on the temporary list"),
      slab("age_hot", "hot_age_seconds", .gauge, "Age of the oldest item on the hot list, in seconds"),
      slab("age_warm", "warm_age_seconds", .gauge, "Age of the oldest item on the warm list, in seconds"),
    ]
      + ["hot", "warm", "cold", "temp"].map { list in
        StatField(
          "hits_to_\(list)", MemcachedFamilies.slabLookups.name, .counter, MemcachedFamilies.slabLookups.help,
          labels: [Label("lru", list == "temp" ? "temporary" : list)])
      })

  private static func slab(
    _ name: String, _ family: String, _ type: MetricType, _ help: String, legacy: MetricType? = nil
  ) -> StatField {
    StatField(name, "memcached_slab_\(family)", type, "\(help), of a slab class", legacy: legacy)
  }
}
