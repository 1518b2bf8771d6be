import RESP

/// What one command of a demo's pipeline gave; all that the workload wants to know.
public enum DemoReply: Sendable, Hashable {
  /// No such key.
  case null
  /// A text or a status.
  case value
  /// A whole number: how many keys a deletion found.
  case count(Int64)
  /// A list with this many items; 0 where a key is missing.
  case list(Int)
  /// What one step of SCAN found, and where the next begins; `0` when that was the last.
  case keys([String], next: String)
  /// The server refused the command.
  case error(String)
}

extension DemoReply {
  /// What a server of the Redis family answered.
  init(_ value: RESPValue) {
    switch value {
    case .null: self = .null
    case .integer(let number): self = .count(number)
    case .error(let error): self = .error(error.message)
    case .simpleString, .bulk: self = .value
    case .array(let items):
      if items.count == 2, let next = items[0].string, let keys = items[1].array {
        self = .keys(keys.compactMap(\.string), next: next)
      } else {
        self = .list(items.count)
      }
    }
  }
}

/// Lookups of one part of the cache as the workload saw them.
public struct DemoCounts: Sendable, Hashable {
  /// Lookups that found their key.
  public var hits: Int64 = 0
  /// Lookups that did not.
  public var misses: Int64 = 0
  /// Those misses whose key it had never stored.
  public var cold: Int64 = 0
  /// Those whose key it had removed itself.
  public var invalidated: Int64 = 0
  /// Those whose key it had stored and not removed: it had expired, or was evicted where the server has no room.
  public var expired: Int64 = 0

  /// Zeros.
  public init() {}
}
