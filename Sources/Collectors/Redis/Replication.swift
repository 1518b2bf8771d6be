import CacheModel
import TimeSeries

/// A replica as its master sees it, from `slave0:ip=…,port=…,state=online,offset=…,lag=…`.
struct Replica {
  private var address = ""
  private var port = ""
  private(set) var state = ""
  private var offset: FixedPoint?
  private var lag: FixedPoint?

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

  /// Adds its series. What it lacks is against the master's offset, which the same INFO tells.
  func set(in poll: inout RedisPoll) {
    let labels = [Label("slave_ip", address), Label("slave_port", port), Label("slave_state", state)]
    if let offset { poll.set(RedisFamilies.replicaOffset, labels, offset) }
    if let lag { poll.set(RedisFamilies.replicaLag, labels, lag) }
    if let offset, let end = poll.replicationOffset, offset.digits == 0 {
      let lack = max(0, end.saturatingDifference(offset.mantissa))
      poll.set(RedisFamilies.replicaLagBytes, labels, FixedPoint(lack))
    }
  }
}

/// The masters of a replica. Redis has one, `master_host`; KeyDB may have more, `master_1_host` and so on.
struct Masters {
  /// What is said of a master, with its number taken out of the name.
  enum Field: String, CaseIterable {
    case host = "host"
    case port = "port"
    case linkStatus = "link_status"
    case lastIO = "last_io_seconds_ago"
    case syncInProgress = "sync_in_progress"
    case linkDownSeconds = "link_down_since_seconds"
  }

  private var fields: [Int: [Field: String]] = [:]

  /// Which master and which of its fields a line of INFO is about; nil for any other line.
  static func field(_ key: String) -> (number: Int, field: Field)? {
    guard key.hasPrefix("master_") else { return nil }
    let rest = key.dropFirst("master_".count)
    if let field = Field(rawValue: String(rest)) { return (0, field) }
    let parts = rest.split(separator: "_", maxSplits: 1)
    guard parts.count == 2, let number = Int(parts[0]), number > 0, let field = Field(rawValue: String(parts[1]))
    else { return nil }
    return (number, field)
  }

  /// Notes a line.
  mutating func note(_ number: Int, _ field: Field, _ value: String) {
    fields[number, default: [:]][field] = value
  }

  /// Whether every link is up; nil without a master.
  var areLinked: Bool? {
    fields.isEmpty ? nil : fields.values.allSatisfy { $0[.linkStatus] == "up" }
  }

  /// For how long the longest lost link is down, in seconds; nil while all are up.
  var linkDownSeconds: Int64? {
    fields.values.compactMap { $0[.linkDownSeconds].flatMap { Int64($0) } }.filter { $0 >= 0 }.max()
  }

  /// Adds their series; `offset` is the replica's own.
  func set(offset: String?, readOnly: String, in poll: inout RedisPoll) {
    for (number, values) in fields.sorted(by: { $0.key < $1.key }) {
      let labels = [Label("master_host", values[.host] ?? ""), Label("master_port", values[.port] ?? "")]
      poll.set(RedisFamilies.masterLinkUp, labels, FixedPoint(values[.linkStatus] == "up" ? 1 : 0))
      let numbers = [
        (values[.lastIO], RedisFamilies.masterLastIO), (values[.syncInProgress], RedisFamilies.masterSync),
        (number == 0 ? offset : nil, RedisFamilies.replicaOwnOffset),
      ]
      for (text, family) in numbers {
        if let value = text.flatMap({ Int64($0) }) { poll.set(family, labels, FixedPoint(value)) }
      }
      if number == 0 { poll.set(RedisFamilies.slaveInfo, labels + [Label("read_only", readOnly)], FixedPoint(1)) }
    }
  }
}
