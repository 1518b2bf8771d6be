import CacheModel

/// Which part of all targets one of several processes with the same configuration watches.
public struct Shard: Sendable, Hashable {
  /// 1 … ``count``.
  public let index: Int
  /// 1 … 1,000.
  public let count: Int

  /// All targets.
  public static let whole = Shard(index: 1, count: 1)

  private init(index: Int, count: Int) {
    self.index = index
    self.count = count
  }

  /// Reads `2/3`.
  init(parsing text: String) throws(ValueError) {
    let parts = trimmed(text).split(separator: "/", omittingEmptySubsequences: false).map { Int($0) }
    guard parts.count == 2, let index = parts[0], let count = parts[1], (1...1000).contains(count),
      (1...count).contains(index)
    else { throw ValueError("\(quoted(text)) is no shard; write 2/3 for the second of three") }
    self.init(index: index, count: count)
  }

  /// Whether the target of this name belongs to it: of the shards of one count exactly one says so, on every machine and in every
  /// version. By the highest of a hash of the name with each shard's number, so that another count moves as few targets as can be.
  func takes(_ name: String) -> Bool {
    guard count > 1 else { return true }
    let own = Self.weight(name, index)
    return (1...count).allSatisfy { other in
      let weight = Self.weight(name, other)
      return other == index || weight < own || (weight == own && other > index)
    }
  }

  /// The name's hash, then SplitMix64's mixing, which spreads what it leaves alike.
  private static func weight(_ name: String, _ shard: Int) -> UInt64 {
    var hash = stableHash(name.utf8) &+ UInt64(shard) &* 0x9E37_79B9_7F4A_7C15
    hash = (hash ^ (hash >> 30)) &* 0xBF58_476D_1CE4_E5B9
    hash = (hash ^ (hash >> 27)) &* 0x94D0_49BB_1331_11EB
    return hash ^ (hash >> 31)
  }
}

extension Shard: CustomStringConvertible {
  /// `2/3`.
  public var description: String { "\(index)/\(count)" }
}
