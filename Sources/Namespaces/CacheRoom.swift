public import CacheModel

/// What a server holds and may hold: the ground for saying how many keys more would fit into more memory.
public struct CacheRoom: Sendable, Hashable {
  /// Keys in all databases, and those of them that have a time to live.
  let keys: Double
  private let mortals: Double
  private let used: Double
  private let maximum: Double
  let policy: String?
  /// Mean bytes of a key by namespace, the last for keys of none; nil where not known.
  let sizes: [Double?]

  /// What INFO said, and what is known of the sizes of each namespace's keys; nil where the server has no limit or does not
  /// tell.
  public init?(_ facts: ServerFacts, sizes: [Double?] = []) {
    guard let keys = facts.keys, keys > 0, let used = facts.usedMemory, let maximum = facts.maximumMemory,
      maximum > 0
    else { return nil }
    self.keys = Double(keys)
    mortals = min(Double(facts.keysWithTTL ?? 0), Double(keys))
    self.used = Double(used)
    self.maximum = Double(maximum)
    policy = facts.evictionPolicy
    self.sizes = sizes
  }

  /// Whether the limit is another by more than a hundredth, or keys are evicted in another order.
  func isLimitedOtherwise(than other: CacheRoom) -> Bool {
    policy != other.policy || abs(maximum - other.maximum) > 0.01 * other.maximum
  }

  /// What a server without keys takes, in bytes, about.
  static let empty = 1_000_000.0

  /// Bytes that a key takes on average, its place in the tables left out.
  var meanSize: Double { max(32, (used - Self.empty - Self.tables(keys) - Self.tables(mortals)) / keys) }

  /// The part of the keys that have a time to live, in 0…1.
  var mortalPart: Double { mortals / keys }

  /// How many keys there are to choose from.
  var evictable: Double { policy?.hasPrefix("volatile") == true && mortals > 0 ? mortals : keys }

  /// How many keys more fit into `factor` times the limit.
  ///
  /// Hash tables have a power of two of places of eight bytes each, so that they grow in steps.
  func added(factor: Double) -> Double {
    let room = (factor - 1) * maximum
    var added = room / meanSize
    for _ in 0..<3 {
      let part = 1 + added / keys
      let tables = Self.tables(keys * part) + Self.tables(mortals * part) - Self.tables(keys) - Self.tables(mortals)
      added = max(0, room - max(0, tables)) / meanSize
    }
    return added
  }

  /// A full server lets a table fill up to 1.618 times its places before it doubles it.
  static func tables(_ keys: Double) -> Double {
    guard keys > 0 else { return 0 }
    var places = 4.0
    while places * 1.3 < keys { places *= 2 }
    return places * 8
  }

  /// Each namespace's mean size as a multiple of the server's; nil where none is known.
  var relativeSizes: [Double]? {
    guard sizes.contains(where: { $0 != nil }) else { return nil }
    let mean = meanSize
    return sizes.map { ($0 ?? mean) / mean }
  }
}
