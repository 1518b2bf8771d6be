import CacheModel

extension StatField {
  /// What `stats settings` says.
  static let settings: [String: StatField] = table([
    StatField("maxconns", "memcached_max_connections", .gauge, "Connections that the server takes (-c)"),
    StatField(
      "lru_crawler", "memcached_lru_crawler_enabled", .gauge, "1 when the crawler that frees expired items runs",
      reading: .yesIsOne),
  ])

  /// What it says of the crawler, where that runs.
  static let crawlerSettings: [String: StatField] = table([
    StatField(
      "lru_crawler_sleep", "memcached_lru_crawler_sleep", .gauge,
      "Microseconds that the crawler sleeps between items"
    ),
    StatField(
      "lru_crawler_tocrawl", "memcached_lru_crawler_to_crawl", .gauge,
      "Items of a slab class that the crawler looks at in one run; 0 for all"),
    StatField(
      "lru_maintainer_thread", "memcached_lru_crawler_maintainer_thread", .gauge,
      "1 when a thread keeps the lists in order", reading: .yesIsOne),
    StatField("hot_lru_pct", "memcached_lru_crawler_hot_percent", .gauge, "Per cent of memory for the hot list"),
    StatField("warm_lru_pct", "memcached_lru_crawler_warm_percent", .gauge, "Per cent of memory for the warm list"),
    StatField(
      "hot_max_factor", "memcached_lru_crawler_hot_max_factor", .gauge,
      "Age that items reach on the hot list, as a part of the cold list's"),
    StatField(
      "warm_max_factor", "memcached_lru_crawler_warm_max_factor", .gauge,
      "Age that items reach on the warm list, as a part of the cold list's"),
  ])
}
