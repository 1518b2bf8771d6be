public import CacheModel
public import MemcachedProtocol

/// What `stats` says at the moment when a watch of the log begins.
public struct LogBaseline: Sendable, Hashable {
  /// The server's process, as `run_id` of ``ServerFacts`` has it; nil where the reply is none.
  public private(set) var process: String?
  /// What it counted until now.
  public private(set) var totals = LogTotals()
  /// Whether it never removed a key: as many are there as were ever stored.
  public private(set) var nothingRemoved = false

  /// Reads the reply to `stats`; what it lacks stays unknown.
  public init(_ reply: MemcachedReply) {
    guard case .lines(let bytes) = reply else { return }
    let stats = StatLines(bytes)
    var figures: [StatFigure: Int64] = [:]
    for line in stats.lines {
      guard let figure = StatFigure(rawValue: stats.name(line)) else { continue }
      figures[figure] = Int64(stats.value(line)).flatMap(\.asCount)
    }
    var identity = MemcachedIdentity()
    _ = identity.note(figures)
    process = identity.text
    totals = LogTotals(figures)
    if let items = figures[.items], let total = figures[.totalItems] {
      nothingRemoved = items == total && figures[.evictions] == 0
    }
  }
}

extension LogTotals {
  /// Lookups that are no readers', but that the log has lines of as well.
  private static let otherLookups: [StatFigure] = [
    .deleteHits, .deleteMisses, .incrementHits, .incrementMisses, .decrementHits, .decrementMisses, .touchHits,
    .touchMisses,
  ]

  /// What `stats` counts.
  init(_ figures: [StatFigure: Int64]) {
    self.init(
      dropped: figures[.logDropped] ?? 0,
      lookups: [StatFigure.hits, .misses].compactMap { figures[$0] }.saturatingSum,
      others: Self.otherLookups.compactMap { figures[$0] }.saturatingSum)
  }
}
