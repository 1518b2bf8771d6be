import CacheModel
import TimeSeries

/// What INFO says in words, and the series that take several lines to make.
struct InfoTexts {
  /// The fields whose text is kept.
  static let wanted: Set<String> = [
    "redis_version", "redis_build_id", "redis_mode", "os", "tcp_port", "run_id", "master_replid",
    "maxmemory_policy",
    "role", "slave_read_only", "server_name", "valkey_version", "valkey_release_stage", "rdb_last_bgsave_status",
    "dragonfly_version", "garnet_version", "kvrocks_version", "slave_repl_offset", "executable",
  ]

  var values: [String: String] = [:]
  var replicas: [Replica] = []
  var masters = Masters()

  /// Writes facts and series once all lines are read.
  func complete(_ poll: inout RedisPoll) {
    completeFacts(&poll)
    setInstance(&poll)
    for replica in replicas { replica.set(in: &poll) }
    if values["role"] == "slave" {
      masters.set(offset: values["slave_repl_offset"], readOnly: values["slave_read_only"] ?? "", in: &poll)
    }
  }

  private func completeFacts(_ poll: inout RedisPoll) {
    let role = values["role"]
    poll.facts.runID = values["run_id"]
    poll.facts.role = role ?? (values["redis_mode"] == "sentinel" ? "sentinel" : nil)
    poll.facts.evictionPolicy = values["maxmemory_policy"]
    poll.facts.lastSaveSucceeded = values["rdb_last_bgsave_status"].map { $0 == "ok" }
    poll.facts.masterLinkUp = role == "slave" ? masters.areLinked : nil
    poll.facts.masterLinkDownSeconds = role == "slave" ? masters.linkDownSeconds : nil
    poll.facts.onlineReplicas = role == "master" ? Int64(replicas.count { $0.state == "online" }) : nil
    // A server without keys prints no database at all.
    poll.facts.keys = poll.facts.keys ?? 0
    poll.facts.keysWithTTL = poll.facts.keysWithTTL ?? 0
    poll.redisVersion = values["redis_version"]
    (poll.facts.software, poll.facts.version) = software
  }

  /// Relatives print the version of Redis that they are compatible with beside their own.
  private var software: (String, String?) {
    for name in ["valkey", "dragonfly", "garnet", "kvrocks"] {
      if let version = values["\(name)_version"] { return (name, version) }
    }
    let isKeyDB = values["executable"]?.split(separator: "/").last?.hasPrefix("keydb") ?? false
    return (values["server_name"] ?? (isKeyDB ? "keydb" : "redis"), values["redis_version"])
  }

  private func setInstance(_ poll: inout RedisPoll) {
    let names = [
      "role", "redis_version", "redis_build_id", "redis_mode", "os", "maxmemory_policy", "tcp_port", "run_id",
    ]
    var labels = names.map { Label($0, values[$0] ?? "") }
    labels.append(Label("process_id", poll.processID))
    labels.append(Label("master_replid", values["master_replid"] ?? ""))
    for name in ["valkey_version", "valkey_release_stage"] {
      if let value = values[name] { labels.append(Label(name, value)) }
    }
    poll.set(RedisFamilies.instanceInfo, labels, FixedPoint(1))
  }
}
