import Locked

/// All rings of a process and their byte budget, divided into equal shares.
///
/// Safe from any thread. The budget holds after every append: a new ring shrinks the shares, and with them the
/// older rings' history, before it is returned.
public final class TimeSeriesStore: Sendable {
  /// The limits, fixed at the start.
  public let configuration: Configuration
  private let rings = Locked<[String: Ring]>([:])
  private let memory: SharedMemory

  /// An empty store; memory is taken as rows arrive.
  public init(configuration: Configuration = Configuration()) {
    self.configuration = configuration
    memory = SharedMemory(configuration)
  }

  /// The ring of that name, made if need be. `period` is the poll interval in milliseconds from now on.
  public func ring(named name: String, period: Int64) -> Ring {
    rings.withLock { rings in
      if let ring = rings[name] {
        ring.setPeriod(period)
        return ring
      }
      Self.divide(configuration, among: Array(rings.values), count: rings.count + 1)
      let ring = Ring(name: name, period: period, configuration: configuration, memory: memory)
      rings[name] = ring
      Self.divide(configuration, among: [ring], count: rings.count)
      return ring
    }
  }

  /// Forgets a ring; its share goes to the others. Whoever still holds it may read it.
  public func removeRing(named name: String) {
    rings.withLock { rings in
      guard rings.removeValue(forKey: name) != nil else { return }
      Self.divide(configuration, among: Array(rings.values), count: rings.count)
    }
  }

  /// All rings, by name.
  public var allRings: [Ring] {
    rings.withLock { $0.values.sorted { $0.name < $1.name } }
  }

  /// Bytes held by all rings: samples, journals, per-series state and rollups.
  public var bytesUsed: Int { allRings.reduce(0) { $0 + $1.bytesUsed } }

  /// The bytes that `bytesUsed` never exceeds.
  public var budget: Int { configuration.memory + configuration.rollupMemory }

  /// The oldest row or rollup row of any ring, Unix milliseconds.
  public var oldest: Int64? { allRings.compactMap { $0.span?.oldest }.min() }

  private static func divide(_ configuration: Configuration, among rings: [Ring], count: Int) {
    for ring in rings {
      ring.setShare(memory: configuration.memory / count, rollupMemory: configuration.rollupMemory / count)
    }
  }
}
