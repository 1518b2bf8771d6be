import CacheModel
import TimeSeries

/// The numeric fields of INFO that health and the reports need beside their series, by their name in INFO.
enum InfoFact: String, Sendable {
  case uptime = "uptime_in_seconds"
  case usedMemory = "used_memory"
  case residentMemory = "used_memory_rss"
  case maximumMemory = "maxmemory"
  case machineMemory = "total_system_memory"
  case clientMemory = "mem_clients_normal"
  case largestOutputBuffer = "client_recent_max_output_buffer"
  case connectionsReceived = "total_connections_received"
  case fragmentationRatio = "mem_fragmentation_ratio"
  case fragmentationBytes = "mem_fragmentation_bytes"
  case hits = "keyspace_hits"
  case misses = "keyspace_misses"
  // Garnet's words for these two.
  case found = "total_found"
  case notFound = "total_notfound"
  case evictedKeys = "evicted_keys"
  case expiredKeys = "expired_keys"
  case stalePercentage = "expired_stale_perc"
  case connectedClients = "connected_clients"
  case maximumClients = "maxclients"
  case blockedClients = "blocked_clients"
  case rejectedConnections = "rejected_connections"
  case commandsProcessed = "total_commands_processed"
  case connectedReplicas = "connected_slaves"
  case replicationOffset = "master_repl_offset"
  case isLoading = "loading"
  case isCluster = "cluster_enabled"
  case processID = "process_id"
  case networkInput = "total_net_input_bytes"
  case networkOutput = "total_net_output_bytes"

  /// Writes the value where it belongs. A count, size or duration below 0 is none: nothing is known then, rather than
  /// something wrong. Only what is fragmented may be negative, where the allocator's bookkeeping lags behind.
  func note(_ value: FixedPoint, in poll: inout RedisPoll) {
    let number = value.whole
    if number < 0, self != .fragmentationBytes { return }
    switch self {
    case .uptime: poll.facts.uptime = number
    case .usedMemory: poll.facts.usedMemory = number
    case .residentMemory: poll.facts.residentMemory = number
    case .maximumMemory: poll.facts.maximumMemory = number
    case .machineMemory: poll.facts.machineMemory = number
    case .clientMemory: poll.facts.clientMemory = number
    case .largestOutputBuffer: poll.facts.largestOutputBuffer = number
    case .connectionsReceived: poll.facts.connectionsReceived = number
    case .fragmentationRatio: poll.facts.fragmentationRatio = value.double
    case .fragmentationBytes: poll.facts.fragmentationBytes = number
    case .hits: poll.facts.hits = number
    case .misses: poll.facts.misses = number
    // Without Garnet's monitor (metrics-sampling-freq) all that it counts is 0, commands as well: nothing is known then.
    case .found: if poll.facts.commandsProcessed ?? 0 > 0 { poll.facts.hits = poll.facts.hits ?? number }
    case .notFound: if poll.facts.commandsProcessed ?? 0 > 0 { poll.facts.misses = poll.facts.misses ?? number }
    case .evictedKeys: poll.facts.evictedKeys = number
    case .expiredKeys: poll.facts.expiredKeys = number
    case .stalePercentage: poll.facts.stalePart = max(0, value.double / 100)
    case .connectedClients: poll.facts.connectedClients = number
    case .maximumClients: poll.facts.maximumClients = number
    case .blockedClients: poll.facts.blockedClients = number
    case .rejectedConnections: poll.facts.rejectedConnections = number
    case .commandsProcessed: poll.facts.commandsProcessed = number
    case .connectedReplicas: poll.facts.connectedReplicas = number
    case .replicationOffset: poll.replicationOffset = number
    case .isLoading: poll.facts.isLoading = number != 0
    case .isCluster: poll.isCluster = number != 0
    case .processID: poll.processID = "\(number)"
    case .networkInput: poll.networkInput = number
    case .networkOutput: poll.networkOutput = number
    }
  }
}
