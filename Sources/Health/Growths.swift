internal import CacheModel

/// How much the server's series grew over windows that end now, for all checks together.
///
/// Each is read again once every 1/150 of its window, so that a poll asks history for hardly more than one of them.
struct Growths: Sendable {
  /// A series and a window.
  enum Figure: Int, CaseIterable {
    case evictions
    case hits
    case misses
    case rejectedConnections
    case slowOperations
    case connections
    case commands
    /// Memory in use, over an hour.
    case memory

    /// Its names, of which history has one: kinds of caches differ.
    fileprivate var series: [String] {
      switch self {
      case .evictions: [HistorySeries.evictions]
      case .hits: [HistorySeries.hits]
      case .misses: [HistorySeries.misses]
      case .rejectedConnections: [HistorySeries.rejectedConnections]
      case .slowOperations: [HistorySeries.slowOperations]
      case .connections: HistorySeries.connections
      case .commands: HistorySeries.commands
      case .memory: [HistorySeries.usedMemory]
      }
    }

    /// Length of the window in seconds.
    var window: Int {
      switch self {
      case .memory: 3600
      default: 300
      }
    }
  }

  /// Growth of a series, and the seconds that samples cover of the window.
  struct Growth {
    var value: Double
    var seconds: Double
  }

  private var growths: [Growth?] = Array(repeating: nil, count: Figure.allCases.count)
  private var turns: [Int64] = Array(repeating: .min, count: Figure.allCases.count)

  subscript(_ figure: Figure) -> Growth? { growths[figure.rawValue] }

  /// Reads what is due at `now`, everything after a gap.
  mutating func refresh(
    at now: UnixTime, _ history: some History, _ polls: Coverage, interval: Double, isForced: Bool
  ) {
    for figure in Figure.allCases {
      let index = figure.rawValue
      let period = max(1, Int64(max(interval, Double(figure.window) / 150) * 1000))
      // Each at another time.
      let turn = (now.milliseconds + Int64(index) * 1000) / period
      guard turn != turns[index] || isForced else { continue }
      turns[index] = turn
      growths[index] = growth(of: figure, at: now, history, polls)
    }
  }

  private func growth(of figure: Figure, at now: UnixTime, _ history: some History, _ polls: Coverage) -> Growth? {
    let from = polls.clip(max(now.adding(seconds: -Double(figure.window)), history.oldest ?? now))
    guard from < now,
      let value = figure.series.lazy.compactMap({ history.increase(of: $0, from: from, to: now) }).first
    else { return nil }
    return Growth(value: value, seconds: polls.seconds(from: from, to: now))
  }
}
