public import CacheModel
import RESP

/// The servers of a cluster, or the master and replicas that Sentinels watch, as one of them tells it.
public struct Topology: Sendable, Hashable {
  /// One server.
  public struct Node: Sendable, Hashable {
    /// An address or name, without brackets.
    public var host: String
    /// Of the plain or the TLS port, as the cluster announces it.
    public var port: UInt16
    /// What the teller takes it for.
    public var role: ClusterFigures.Role
    /// Number of its shard, by the lowest slot, from 0; nil where slots mean nothing or it has none.
    public var shard: Int?
    /// Slots that it serves as a master.
    public var slots: Int
    /// Whether the teller takes it for failed.
    public var isFailing: Bool

    /// A server.
    public init(
      host: String, port: UInt16, role: ClusterFigures.Role, shard: Int? = nil, slots: Int = 0,
      isFailing: Bool = false
    ) {
      self.host = host
      self.port = port
      self.role = role
      self.shard = shard
      self.slots = slots
      self.isFailing = isFailing
    }

    /// `host:port`, with brackets around an IPv6 address.
    public var address: String { hostAndPort(host, port) }
  }

  /// Sorted by address; each address once.
  public var nodes: [Node]
  /// The highest epoch of configuration that the teller knows: of two tellers, the one with the lower is behind.
  public var epoch: Int64
  /// Whether slots are what makes it whole.
  public var hasSlots: Bool

  /// A topology; the nodes are brought into order.
  public init(nodes: [Node], epoch: Int64, hasSlots: Bool) {
    var addresses: Set<String> = []
    self.nodes = nodes.sorted { ($0.host, $0.port) < ($1.host, $1.port) }
      .filter { addresses.insert($0.address).inserted }
    self.epoch = epoch
    self.hasSlots = hasSlots
  }

  /// Slots that a master serves which does not fail; nil where there are none.
  public var slotsServed: Int? {
    hasSlots ? nodes.lazy.filter { $0.role == .master && !$0.isFailing }.reduce(0) { $0 + $1.slots } : nil
  }
}
