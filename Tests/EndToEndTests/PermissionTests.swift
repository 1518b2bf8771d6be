import Foundation
import RESP
import TestSupport
import Testing

/// What the documentation says that a user needs, word for word, is all that the whole exporter asks for.
@Suite(.enabled(if: isInstalled("redis-server"))) struct `The least user` {
  private static func document(_ name: String) throws -> String {
    let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..")
    return try String(contentsOf: folder.appending(path: name), encoding: .utf8)
  }

  /// The rules between `start` and the next backtick.
  private static func rules(_ name: String, after start: String) throws -> [String] {
    let text = try document(name)
    let begin = try #require(text.firstRange(of: start), "\(start) in \(name)")
    return text[begin.upperBound...].prefix { $0 != "`" }.split(whereSeparator: \.isWhitespace).map(String.init)
  }

  @Test(arguments: [false, true])
  func `of the README runs all of it, and of docs/targets.md on a cluster`(_ isCluster: Bool) async throws {
    let server = try RedisServer(
      ["--notify-keyspace-events", "Emxeg", "--slowlog-log-slower-than", "0", "--latency-monitor-threshold", "1"]
        + (isCluster ? ["--cluster-enabled", "yes", "--cluster-port", "\(freePort())"] : []))
    let redis = try server.connect()
    if isCluster {
      try redis.call("CLUSTER", "ADDSLOTSRANGE", "0", "16383")
      let isWhole = await eventually {
        (try? redis.call("CLUSTER", "INFO").string)?.contains("cluster_state:ok") == true
      }
      #expect(isWhole)
    } else {
      try redis.pipeline([["SELECT", "2"], ["SET", "menu:elsewhere", "v"], ["SELECT", "0"]])
    }
    try redis.call("HSET", "stats:menu", "hits", "3", "misses", "1")
    for number in 0..<20 { try redis.call("SET", "menu:\(number)", "v") }
    let base = try Self.rules("README.md", after: "`ACL SETUSER monitor on >… ")
    let more = try Self.rules("README.md", after: "What `observe` and `census` need beside: `")
    let cluster = try Self.rules("docs/targets.md", after: "The user needs, beside what the README names, `")
    let acl = ["ACL", "SETUSER", "monitor", "on", ">secret"] + base + more + (isCluster ? cluster : [])
    #expect(try redis.pipeline([acl])[0].string == "OK", "\(acl)")
    let gauge = try await Cachegauge(
      [],
      configuration: """
        poll: { interval: 200ms, slow_interval: 1s, timeout: 30s }
        targets:
          - name: shop
            url: "\(server.url)"
            cluster: \(isCluster)
            username: monitor
            password: secret
            observe: { events: true, sample: true }
            census: { share: 20%, interval: 1s }
            namespaces:
              - name: menu
                keys: ["menu:*"]
                counters: { hash: "stats:menu", hits: hits, misses: misses }
        """)
    let labels = isCluster ? "target=\"shop/127.0.0.1:\(server.port)\",cluster=\"shop\"" : "target=\"shop\""
    let works = await eventually {
      let metrics = (try? gauge.metrics()) ?? [:]
      return (!isCluster || metrics["cache_cluster_up{cluster=\"shop\"}"] == 1)
        // Counted from the first reading on.
        && metrics["cache_namespace_hits_total{\(labels),namespace=\"menu\"}"] == 0
        && metrics["cache_events_subscribed{\(labels)}"] == 1
        && metrics["cache_sample_bursts_total{\(labels)}"] ?? 0 >= 1
        && metrics["cache_census_walks_total{\(labels)}"] ?? 0 >= 1
        && metrics["cache_namespace_keys{\(labels),namespace=\"menu\"}"] == (isCluster ? 20 : 21)
        && metrics["cache_namespace_memory_bytes{\(labels),namespace=\"menu\"}"] ?? 0 > 0
    }
    #expect(works, "\(gauge.log)")
    let collectors = try gauge.metrics().filter { $0.key.hasPrefix("cachegauge_collector_disabled{") }
    #expect(collectors.count > 5)
    #expect(collectors.filter { $0.value != 0 }.isEmpty, "\(collectors)")
    // Nothing was asked for that the user may not.
    let denials = try redis.call("ACL", "LOG").array ?? []
    #expect(denials.isEmpty, "\(denials.map { $0.array?.compactMap(\.string) ?? [] })")
  }
}
