/// Families that are served where they are asked for; raw values are their names in the configuration.
public enum RedisFamilyChoice: String, Sendable, Hashable, CaseIterable, Comparable {
  /// LATENCY LATEST and LATENCY HISTOGRAM.
  case latency
  /// CONFIG GET of all parameters, secrets left out.
  case config
  /// CLIENT LIST.
  case clients
  /// The ports of ``clients``, which make a series for each connection.
  case clientPorts = "client_ports"
  /// INFO modules.
  case modules
  /// FT.INFO of each search index.
  case searchIndexes = "search_indexes"
  /// The size of the RDB file, for a server on the same machine.
  case rdbFileSize = "rdb_file_size"
  /// The other Sentinels that a Sentinel knows.
  case sentinelPeers = "sentinel_peers"

  /// Those that are served unless something else is asked for.
  public static let usual: Set<Self> = [.latency]

  /// By name.
  public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}
