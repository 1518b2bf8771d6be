/// What is known of a cluster, or of the master and replicas that Sentinels watch, as a whole.
public struct ClusterFigures: Sendable, Hashable {
  /// What a node does.
  public enum Role: String, Sendable, Hashable, CaseIterable {
    // Prometheus' users of Redis know these words.
    case master, replica
  }

  /// One node.
  public struct Node: Sendable, Hashable {
    /// The name of the target that it is.
    public var target: String
    /// Host and port.
    public var address: String
    /// As its own last answer says; as the cluster says while it does not answer.
    public var role: Role
    /// Number of its shard, by the lowest slot, from 0; nil where it serves no slots, as behind Sentinels.
    public var shard: Int?
    /// Slots that it serves as a master.
    public var slots: Int
    /// Whether its last poll succeeded.
    public var isUp: Bool
    /// Whether the others say that it failed.
    public var isFailing: Bool

    /// A node.
    public init(
      target: String, address: String, role: Role, shard: Int? = nil, slots: Int = 0, isUp: Bool = false,
      isFailing: Bool = false
    ) {
      self.target = target
      self.address = address
      self.role = role
      self.shard = shard
      self.slots = slots
      self.isUp = isUp
      self.isFailing = isFailing
    }
  }

  /// Sums of counters over nodes, gathered step by step: what a node counts is added to the role that it has when it
  /// counts it, so that a failover neither loses nor repeats anything.
  public struct Totals: Sendable, Hashable {
    /// Lookups that found their key.
    public var hits: Int64 = 0
    /// Lookups that did not.
    public var misses: Int64 = 0
    /// Keys evicted.
    public var evictions: Int64 = 0
    /// Keys expired.
    public var expirations: Int64 = 0

    /// Nothing yet.
    public init() {}
  }

  /// Sorted by target.
  public var nodes: [Node] = []
  /// Since cachegauge began to watch, by role.
  public var totals: [Role: Totals] = [:]
  /// Slots that some master serves that is not failing; nil behind Sentinels.
  public var slotsServed: Int?
  /// How often a node became a master that was a replica.
  public var promotions: Int64 = 0
  /// When the nodes were last told; nil before the first time.
  public var told: UnixTime?

  /// A cluster of which nothing is known.
  public init() {}

  /// The nodes of a role.
  public func count(_ role: Role) -> Int { nodes.count { $0.role == role } }
}
