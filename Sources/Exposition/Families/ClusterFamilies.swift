import CacheModel

extension OwnFamily {
  /// Clusters and Sentinels' groups: who plays which part, and sums that stay continuous over a failover.
  static let clusterFamilies: [OwnFamily] = [
    OwnFamily(
      "cache_cluster_up", .gauge,
      "Whether the cluster answers and serves all slots, or a Sentinel's group has a master that answers: 1 or 0.",
      .cluster { target, _, out in out.integer(target.polls > 0 ? (target.isUp ? 1 : 0) : nil) }),
    OwnFamily(
      "cache_cluster_nodes", .gauge, by: ["role"], "Nodes that the cluster or the Sentinels know, by role.",
      .cluster { _, cluster, out in
        guard cluster.told != nil else { return }
        for role in ClusterFigures.Role.allCases { out.integer(Int64(cluster.count(role)), role.rawValue) }
      }),
    OwnFamily(
      "cache_cluster_node_info", .gauge, by: ["target", "address", "role", "shard"],
      "A node and its present role: 1. shard counts from 0 by the lowest slot; it is empty behind Sentinels.",
      .cluster { _, cluster, out in
        for node in cluster.nodes {
          out.integer(1, node.target, node.address, node.role.rawValue, node.shard.map(String.init) ?? "")
        }
      }),
    OwnFamily(
      "cache_cluster_node_failing", .gauge, by: ["target"],
      "Whether the other nodes, or the Sentinels, say that it failed: 1 or 0.",
      .cluster { _, cluster, out in
        for node in cluster.nodes { out.integer(node.isFailing ? 1 : 0, node.target) }
      }),
    OwnFamily(
      "cache_cluster_slots_served", .gauge, "Slots that a master serves which is not failing, of 16384.",
      .cluster { _, cluster, out in out.integer(cluster.slotsServed.map { Int64($0) }) }),
    OwnFamily(
      "cache_cluster_promotions_total", .counter, "Nodes that became master and were replica before.",
      .cluster { _, cluster, out in out.integer(cluster.promotions) }),
    OwnFamily(
      "cache_cluster_told_timestamp_seconds", .gauge,
      "When a node or a Sentinel last told who the nodes are, as Unix time.",
      .cluster { _, cluster, out in out.number(cluster.told?.seconds) }),
    totals(
      "cache_cluster_hits_total", "Lookups that found their key, over all nodes, without cachegauge's own"
    ) { $0.hits },
    totals(
      "cache_cluster_misses_total", "Lookups that did not find their key, over all nodes, without cachegauge's own"
    ) { $0.misses },
    totals("cache_cluster_evictions_total", "Keys evicted for want of memory, over all nodes") { $0.evictions },
    totals(
      "cache_cluster_expirations_total", "Keys removed at the end of their time to live, over all nodes"
    ) { $0.expirations },
    OwnFamily(
      "cache_cluster_keys", .gauge, "Keys of all masters.",
      .cluster { target, _, out in out.integer(target.facts.keys) }),
    OwnFamily(
      "cache_cluster_memory_used_bytes", .gauge, "Bytes in use by the allocators of all masters.",
      .cluster { target, _, out in out.integer(target.facts.usedMemory) }),
    OwnFamily(
      "cache_cluster_health_status", .gauge, by: ["status"],
      "The verdict on the cluster as one cache: 1 for the present status, 0 for the others.",
      .cluster { target, _, out in
        for status in Status.allCases { out.integer(status == target.health.status ? 1 : 0, status.rawValue) }
      }),
  ]

  private static func totals(
    _ name: String, _ help: String, _ count: @escaping @Sendable (ClusterFigures.Totals) -> Int64
  ) -> OwnFamily {
    OwnFamily(
      name, .counter, by: ["role"], "\(help); by the role at the time, since cachegauge began to watch.",
      .cluster { _, cluster, out in
        for role in ClusterFigures.Role.allCases {
          out.integer(cluster.totals[role].map(count), role.rawValue)
        }
      })
  }

  /// Namespaces of a cluster or a Sentinel's group as those of one cache.
  static let clusterNamespaceFamilies: [OwnFamily] = [
    OwnFamily(
      "cache_cluster_namespace_hits_total", .counter, by: ["namespace"],
      "Lookups in the namespace that found their key, over all masters.",
      .clusterNamespaces { counts, out in out.integer(counts.hits, counts.definition.name) }),
    OwnFamily(
      "cache_cluster_namespace_misses_total", .counter, by: ["namespace", "cause"],
      "Lookups in the namespace that did not find their key, by cause, over all masters.",
      .clusterNamespaces { counts, out in counts.writeMisses(to: &out) }),
    OwnFamily(
      "cache_cluster_namespace_hit_ratio", .gauge, by: ["namespace", "window"],
      "Hits over lookups in the namespace within the window, over all masters; absent without a lookup.",
      .cluster { target, _, out in
        for namespace in target.health.namespaces {
          for window in namespace.windows { out.number(window.ratio, namespace.name, window.name) }
        }
      }),
    OwnFamily(
      "cache_cluster_namespace_keys", .gauge, by: ["namespace"],
      "Keys of the namespace by the last walks over all masters' keys; other stands for those of none.",
      .cluster { target, _, out in
        target.forEachCensus { counts, name in out.integer(counts.keys, name) }
      }),
    OwnFamily(
      "cache_cluster_namespace_memory_bytes", .gauge, by: ["namespace"],
      "Bytes that the namespace's keys take, by the last walks over all masters' keys.",
      .cluster { target, _, out in
        target.forEachCensus { counts, name in out.integer(counts.memoryBytes, name) }
      }),
    OwnFamily(
      "cache_cluster_census_whole", .gauge,
      "Whether the counts are of a whole walk on each master: 1; 0 while one is scaled from a part of it.",
      .cluster { target, _, out in out.integer(target.census.map { $0.isWhole ? 1 : 0 }) }),
    OwnFamily(
      "cache_cluster_census_timestamp_seconds", .gauge,
      "When the oldest of the walks ended that the counts are of, as Unix time.",
      .cluster { target, _, out in out.number(target.census?.time?.seconds) }),
  ]
}

extension OwnFamily.Subject {
  /// One row's work for each namespace of a cluster, in the configuration's order.
  fileprivate static func clusterNamespaces(
    _ body: @escaping @Sendable (NamespaceCounts, inout SeriesWriter) -> Void
  ) -> Self {
    .cluster { target, _, out in
      for counts in target.namespaces { body(counts, &out) }
    }
  }
}
