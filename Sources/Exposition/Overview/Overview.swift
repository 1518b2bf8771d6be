/// What `/api/cache/report` tells, as far as a glance needs it: read from a cachegauge that runs elsewhere, of this
/// version or another. Members that it does not know are left out, and unknown words are kept as they are.
public struct Overview: Sendable, Decodable {
  /// The worst status of all caches.
  public var status: String
  /// When the newest sample was taken, RFC 3339; nil without a cache.
  public var time: String?
  /// In the configuration's order.
  public var targets: [Target]

  /// One cache.
  public struct Target: Sendable, Decodable {
    var name: String
    var status: String
    var up: Bool
    var failure: String?
    var server: Server
    var windows: [String: Window]
    var lookups: Lookups
    var namespaces: [String: Namespace]
    var warnings: [Warning]
    var slowOperations: SlowOperations?

    private enum CodingKeys: String, CodingKey {
      case name, status, up, failure, server, windows, lookups, namespaces, warnings
      case slowOperations = "slow_operations"
    }
  }

  struct Server: Sendable, Decodable {
    var usedMemory: Int64?
    var maximumMemory: Int64?
    var keys: Int64?
    var clients: Int64?
    var evicted: Int64?

    private enum CodingKeys: String, CodingKey {
      case usedMemory = "used_memory_bytes"
      case maximumMemory = "maximum_memory_bytes"
      case keys
      case clients = "connected_clients"
      case evicted = "evicted_keys"
    }
  }

  struct Window: Sendable, Decodable {
    var hits: Double
    var misses: Double
    var coveredSeconds: Double

    private enum CodingKeys: String, CodingKey {
      case hits, misses
      case coveredSeconds = "covered_seconds"
    }

    var ratio: Double? { hits + misses > 0 ? hits / (hits + misses) : nil }
    /// Lookups a second.
    var pace: Double? { coveredSeconds > 0 ? (hits + misses) / coveredSeconds : nil }
  }

  struct Lookups: Sendable, Decodable {
    var hits: Int64?
    var misses: Int64?
  }

  struct Namespace: Sendable, Decodable {
    var status: String
    var hits: Int64?
    var misses: Int64?
    var windows: [String: Window]
    var target: Aim?

    struct Aim: Sendable, Decodable {
      var hitRate: Double

      private enum CodingKeys: String, CodingKey { case hitRate = "hit_rate" }
    }
  }

  struct Warning: Sendable, Decodable {
    var code: String
    var severity: String
    var namespace: String?
    var since: String
    var message: String
    var advice: String
  }

  struct SlowOperations: Sendable, Decodable {
    var totals: [Total]

    struct Total: Sendable, Decodable {
      var namespace: String
      var count: Int64
    }
  }
}

extension Overview {
  /// Rows of the table of namespaces.
  public var rowCount: Int { targets.reduce(0) { $0 + max(1, $1.namespaces.count) } }
}
