import CacheModel
import TimeSeries

/// A replica as its master sees it, from `slave0:ip=…,port=…,state=online,offset=…,lag=…`.
struct Replica {
  var address = ""
  var port = ""
  var state = ""
  var offset: FixedPoint?
  var lag: FixedPoint?

  init(_ reply: InfoReply, _ range: Range<Int>) {
    forEachPair(in: reply.bytes, range) { key, value in
      let text = String(decoding: reply.bytes[value], as: UTF8.self)
      switch String(decoding: reply.bytes[key], as: UTF8.self) {
      case "ip": address = text
      case "port": port = text
      case "state": state = text
      case "offset": offset = decimal(reply.bytes, value)
      case "lag": lag = decimal(reply.bytes, value)
      default: break
      }
    }
  }
}

/// What INFO says in words, and the series that take several lines to make.
struct InfoTexts {
  /// The fields whose text is kept.
  static let wanted: Set<String> = [
    "redis_version", "redis_build_id", "redis_mode", "os", "tcp_port", "run_id", "master_replid",
    "maxmemory_policy",
    "role", "master_host", "master_port", "master_link_status", "slave_read_only", "server_name", "valkey_version",
    "valkey_release_stage", "rdb_last_bgsave_status", "dragonfly_version", "garnet_version", "kvrocks_version",
    "master_last_io_seconds_ago", "master_sync_in_progress", "slave_repl_offset",
  ]

  var values: [String: String] = [:]
  var replicas: [Replica] = []

  /// Writes facts and series once all lines are read.
  func complete(_ poll: inout RedisPoll) {
    completeFacts(&poll)
    setInstance(&poll)
    setReplicas(&poll)
    if values["role"] == "slave" { setMaster(&poll) }
  }

  private func completeFacts(_ poll: inout RedisPoll) {
    poll.facts.runID = values["run_id"]
    poll.facts.role = values["role"]
    poll.facts.evictionPolicy = values["maxmemory_policy"]
    poll.facts.lastSaveSucceeded = values["rdb_last_bgsave_status"].map { $0 == "ok" }
    poll.facts.masterLinkUp = values["role"] == "slave" ? values["master_link_status"] == "up" : nil
    poll.facts.onlineReplicas = values["role"] == "master" ? Int64(replicas.count { $0.state == "online" }) : nil
    // A server without keys prints no database at all.
    poll.facts.keys = poll.facts.keys ?? 0
    poll.facts.keysWithTTL = poll.facts.keysWithTTL ?? 0
    let relatives = [
      ("valkey_version", "valkey"), ("dragonfly_version", "dragonfly"), ("garnet_version", "garnet"),
      ("kvrocks_version", "kvrocks"),
    ]
    let relative = relatives.first { values[$0.0] != nil }
    poll.facts.software = relative?.1 ?? values["server_name"] ?? "redis"
    poll.facts.version = relative.flatMap { values[$0.0] } ?? values["redis_version"]
    poll.redisVersion = values["redis_version"]
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

  private func setReplicas(_ poll: inout RedisPoll) {
    for replica in replicas {
      let labels = [
        Label("slave_ip", replica.address), Label("slave_port", replica.port), Label("slave_state", replica.state),
      ]
      if let offset = replica.offset { poll.set(RedisFamilies.replicaOffset, labels, offset) }
      if let lag = replica.lag { poll.set(RedisFamilies.replicaLag, labels, lag) }
    }
  }

  private func setMaster(_ poll: inout RedisPoll) {
    let labels = [
      Label("master_host", values["master_host"] ?? ""), Label("master_port", values["master_port"] ?? ""),
    ]
    poll.set(RedisFamilies.masterLinkUp, labels, FixedPoint(values["master_link_status"] == "up" ? 1 : 0))
    let numbers = [
      ("master_last_io_seconds_ago", RedisFamilies.masterLastIO),
      ("master_sync_in_progress", RedisFamilies.masterSync), ("slave_repl_offset", RedisFamilies.replicaOwnOffset),
    ]
    for (name, family) in numbers {
      if let value = values[name].flatMap({ Int64($0) }) { poll.set(family, labels, FixedPoint(value)) }
    }
    let readOnly = Label("read_only", values["slave_read_only"] ?? "")
    poll.set(RedisFamilies.slaveInfo, labels + [readOnly], FixedPoint(1))
  }
}
