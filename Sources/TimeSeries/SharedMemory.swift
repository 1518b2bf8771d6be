internal import Locked

/// Working memory that all rings of a store share: of a thousand rings hardly more than one for each thread is sealed or read at
/// the same moment, and each would need some 400 KB of its own.
final class SharedMemory: Sendable {
  private let capacity: Int
  private let sealers = Locked<[Sealer]>([])
  /// For queries.
  let readers: ScratchPool
  /// What a ring that has sealed nothing begins with: the caller's rules.
  let sealing: SealingMemory
  /// Kept for later; more only while more threads seal at once.
  private static let kept = 2

  init(_ configuration: Configuration) {
    capacity = configuration.maximumRows
    readers = ScratchPool(capacity: capacity)
    sealing = SealingMemory(configuration.rules)
  }

  /// A sealer that nobody else has until it is given back.
  func takeSealer() -> Sealer { sealers.withLock { $0.popLast() } ?? Sealer(capacity: capacity) }

  func give(_ sealer: Sealer) {
    sealers.withLock { if $0.count < Self.kept { $0.append(sealer) } }
  }
}

/// What a ring remembers from one sealed block to the next.
struct SealingMemory: Sendable {
  /// What the blocks sealed last share.
  var tables = SharedTables()
  private var resolver: RuleResolver

  init(_ rules: [DerivationRule]) { resolver = RuleResolver(rules) }

  /// The formulas to try for series of these names: those found before, and the caller's.
  mutating func formulas(_ names: [String], _ ids: [String: Int]) -> [Int: Derivation] {
    resolver.update(names, ids)
    return tables.derivations.all.merging(resolver.derivations) { _, rule in rule }
  }
}
