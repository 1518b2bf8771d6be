import CacheModel
import RESP
import TimeSeries

/// What a Sentinel says of itself, and of the masters that it watches: INFO, SENTINEL MASTERS, then for each master
/// CKQUORUM, SENTINELS and SLAVES. Addresses and states are labels that change, so they pass by history.
struct SentinelCollector: RedisCollector {
  let name = "sentinel"
  let tier = CollectorTier.fast
  /// Whether each other Sentinel is told of.
  let tellsPeers: Bool
  let legacyNames: Bool
  private var masters: [SentinelMaster] = []
  private var isListed = false

  /// The most masters that are told of.
  private static let capacity = 200

  init(tellsPeers: Bool, legacyNames: Bool = false) {
    self.tellsPeers = tellsPeers
    self.legacyNames = legacyNames
  }

  mutating func commands(_ context: CollectorContext) -> [RESPCommand] {
    masters = []
    isListed = false
    return context.isSentinel ? [RESPCommand("INFO", "sentinel"), RESPCommand("SENTINEL", "MASTERS")] : []
  }

  mutating func followUp() -> [RESPCommand] {
    guard !isListed else { return [] }
    isListed = true
    return masters.flatMap { master in
      ["CKQUORUM", "SENTINELS", "SLAVES"].map { RESPCommand("SENTINEL", $0, master.name) }
    }
  }

  mutating func receive(_ replies: [RESPValue], into poll: inout RedisPoll) throws(CollectorFailure) {
    if isListed { return receiveDetails(replies[...], into: &poll) }
    guard replies.count == 2 else { throw CollectorFailure(.malformedReply, "SENTINEL MASTERS: no reply") }
    let info = InfoReply(try replies[0].bytes(of: "INFO sentinel"))
    for line in info.lines { note(info.key(line), info.value(line), in: &poll) }
    for element in try replies[1].elements(of: "SENTINEL MASTERS").prefix(Self.capacity) {
      guard let master = SentinelMaster(element) else { continue }
      masters.append(master)
      for (field, family) in SentinelFamilies.settings {
        if let value = master.number(field) { poll.pass(family, master.labels, FixedPoint(value)) }
      }
      if let wait = master.number("down-after-milliseconds") {
        legacyNames
          ? poll.pass(SentinelFamilies.legacyDownAfter, master.labels, FixedPoint(wait))
          : poll.pass(SentinelFamilies.downAfter, master.labels, FixedPoint(wait, digits: 3))
      }
      if let age = master.number("last-ok-ping-reply") {
        poll.pass(SentinelFamilies.lastPing, master.labels, FixedPoint(age, digits: 3))
      }
    }
  }

  private func receiveDetails(_ replies: ArraySlice<RESPValue>, into poll: inout RedisPoll) {
    var rest = replies
    for master in masters {
      guard let quorum = rest.popFirst(), let sentinels = rest.popFirst(), let replicas = rest.popFirst() else {
        return
      }
      let hasQuorum = quorum.error == nil
      // The server's sentence would be free text in a label; what it says is whether the quorum is reached.
      poll.pass(
        SentinelFamilies.quorum,
        [Label("master_name", master.name), Label("message", quorum.string ?? quorum.error?.code ?? "")],
        FixedPoint(hasQuorum ? 1 : 0))
      let peers = sentinels.array?.compactMap(SentinelMaster.init)
      if let peers {
        poll.pass(SentinelFamilies.okSentinels, master.labels, FixedPoint(Int64(peers.count { $0.isUp } + 1)))
        if tellsPeers { tell(peers, of: master, in: &poll) }
      }
      if let replicas = replicas.array?.compactMap(SentinelMaster.init) {
        poll.pass(SentinelFamilies.okReplicas, master.labels, FixedPoint(Int64(replicas.count { $0.isUp })))
      }
    }
  }

  private func tell(_ peers: [SentinelMaster], of master: SentinelMaster, in poll: inout RedisPoll) {
    for peer in peers {
      let labels = ["name", "ip", "port", "runid", "flags"].map { Label($0, peer.fields[$0] ?? "") }
      poll.pass(SentinelFamilies.peer, master.labels + labels, FixedPoint(1))
    }
  }

  /// `sentinel_masters:1`, or `master0:name=mymaster,status=ok,address=127.0.0.1:6379,slaves=1,sentinels=3`.
  private func note(_ key: String, _ value: String, in poll: inout RedisPoll) {
    if let family = SentinelFamilies.own[key], let number = Int64(value) {
      poll.set(family, [], FixedPoint(number))
    }
    guard key.hasPrefix("master"), !key.dropFirst(6).isEmpty, key.dropFirst(6).allSatisfy(\.isNumber) else {
      return
    }
    var parts: [Substring: Substring] = [:]
    for part in value.split(separator: ",") {
      let pair = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      if pair.count == 2 { parts[pair[0]] = pair[1] }
    }
    guard let name = parts["name"], let status = parts["status"] else { return }
    let labels = [Label("master_name", String(name)), Label("master_address", String(parts["address"] ?? ""))]
    poll.pass(
      SentinelFamilies.status, labels + [Label("master_status", String(status))], FixedPoint(status == "ok" ? 1 : 0)
    )
    if let count = parts["slaves"].flatMap({ Int64($0) }) {
      poll.pass(SentinelFamilies.replicas, labels, FixedPoint(count))
    }
    if let count = parts["sentinels"].flatMap({ Int64($0) }) {
      poll.pass(SentinelFamilies.sentinels, labels, FixedPoint(count))
    }
  }
}

/// A master, a replica or a peer as a Sentinel describes it: pairs of texts.
struct SentinelMaster: Sendable {
  let fields: [String: String]

  /// Nil for anything but pairs with a name.
  init?(_ value: RESPValue) {
    guard let fields = value.texts, fields["name"] != nil else { return nil }
    self.fields = fields
  }

  var name: String { fields["name"] ?? "" }
  var labels: [Label] {
    [Label("master_name", name), Label("master_address", "\(fields["ip"] ?? ""):\(fields["port"] ?? "")")]
  }
  /// Neither this Sentinel nor the others think that it is down.
  var isUp: Bool {
    let flags = (fields["flags"] ?? "").split(separator: ",")
    return !flags.contains("o_down") && !flags.contains("s_down")
  }

  func number(_ field: String) -> Int64? { fields[field].flatMap { Int64($0) } }
}
