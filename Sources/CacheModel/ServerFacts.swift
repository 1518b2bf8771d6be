/// What health and the JSON reports need of one server, typed, whatever kind of cache it is.
///
/// Everything is optional: a server, a version or a permission may not give it, and nothing is guessed.
public struct ServerFacts: Sendable, Hashable {
  /// `redis`, `valkey`, `keydb`, `dragonfly`, …
  public var software: String?
  /// The version as the server prints it.
  public var version: String?
  /// `master`, `slave`, `sentinel`.
  public var role: String?
  /// Seconds since the server started.
  public var uptime: Int64?
  /// Identity of the server's process.
  public var runID: String?
  /// Bytes in use by the server's allocator.
  public var usedMemory: Int64?
  /// Resident bytes as the operating system sees them.
  public var residentMemory: Int64?
  /// The limit in bytes; 0 when there is none.
  public var maximumMemory: Int64?
  /// Bytes of memory that the server's machine has.
  public var machineMemory: Int64?
  /// `allkeys-lru`, `noeviction`, …
  public var evictionPolicy: String?
  /// Resident over used memory, as the server computes it.
  public var fragmentationRatio: Double?
  /// Resident minus used memory, in bytes, as the server computes it.
  public var fragmentationBytes: Int64?
  /// Keys in all databases.
  public var keys: Int64?
  /// Keys that have a time to live.
  public var keysWithTTL: Int64?
  /// Average seconds left to live of the keys that have a time to live, as the server estimates it.
  public var averageTTL: Double?
  /// Lookups that found their key since the server started, as it says itself.
  public var hits: Int64?
  /// Lookups that did not.
  public var misses: Int64?
  /// Hits over lookups as an application says itself, in 0…1, without a count of them.
  public var reportedHitRatio: Double?
  /// Keys evicted since start.
  public var evictedKeys: Int64?
  /// Keys expired since start.
  public var expiredKeys: Int64?
  /// Which part of the keys that have a time to live the server takes to be over but not removed yet, in 0…1.
  public var stalePart: Double?
  /// Open client connections.
  public var connectedClients: Int64?
  /// The most client connections that the server takes.
  public var maximumClients: Int64?
  /// Clients waiting in a blocking call.
  public var blockedClients: Int64?
  /// Connections refused since start since the limit was reached.
  public var rejectedConnections: Int64?
  /// Connections accepted since start.
  public var connectionsReceived: Int64?
  /// Bytes that clients' buffers take, without replicas'.
  public var clientMemory: Int64?
  /// The largest output buffer of a client of late, in bytes.
  public var largestOutputBuffer: Int64?
  /// Commands run since start.
  public var commandsProcessed: Int64?
  /// On a replica: whether the link to its master is up.
  public var masterLinkUp: Bool?
  /// On a replica: seconds since the link went down; nil while it is up.
  public var masterLinkDownSeconds: Int64?
  /// On a master: replicas that are online.
  public var onlineReplicas: Int64?
  /// On a master: replicas connected in any state.
  public var connectedReplicas: Int64?
  /// Whether the last background save succeeded.
  public var lastSaveSucceeded: Bool?
  /// Whether the dataset is being loaded.
  public var isLoading: Bool?

  /// No facts.
  public init() {}

  /// Whether it says that it is a replica.
  public var isReplica: Bool { role == "slave" || role == "replica" }
}
