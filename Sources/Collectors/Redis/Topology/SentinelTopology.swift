import CacheModel
public import RESP

/// What a Sentinel says of one master and its replicas.
public enum SentinelTopology {
  /// To be sent in one pipeline. Servers before Redis 5 know `SLAVES` only.
  public static func commands(master name: String) -> [RESPCommand] {
    [
      RESPCommand("SENTINEL", "MASTER", name), RESPCommand("SENTINEL", "REPLICAS", name),
      RESPCommand("SENTINEL", "SLAVES", name),
    ]
  }

  /// Reads the replies of ``commands(master:)``.
  public static func read(_ replies: [RESPValue]) throws(CollectorFailure) -> Topology {
    guard replies.count == 3 else { throw CollectorFailure(.malformedReply, "SENTINEL MASTER: no reply") }
    let master = try RESPValue.array(replies[0].elements(of: "SENTINEL MASTER")).texts ?? [:]
    let listed = replies[1].error == nil ? replies[1] : replies[2]
    var nodes = [try node(master, .master, of: "SENTINEL MASTER")]
    for reply in try listed.elements(of: "SENTINEL REPLICAS") {
      nodes.append(try node(reply.texts ?? [:], .replica, of: "SENTINEL REPLICAS"))
    }
    return Topology(nodes: nodes, epoch: master["config-epoch"].flatMap { Int64($0) } ?? 0, hasSlots: false)
  }

  private static func node(
    _ fields: [String: String], _ role: ClusterFigures.Role, of command: String
  ) throws(CollectorFailure) -> Topology.Node {
    guard let host = fields["ip"], !host.isEmpty, let port = fields["port"].flatMap({ UInt16($0) }), port > 0 else {
      throw CollectorFailure(.malformedReply, "\(command): no address")
    }
    let flags = Set((fields["flags"] ?? "").split(separator: ",").map(String.init))
    return Topology.Node(
      host: host, port: port, role: role, isFailing: flags.contains("o_down") || flags.contains("s_down"))
  }
}
