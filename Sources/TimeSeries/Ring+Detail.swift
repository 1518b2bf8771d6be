internal import Locked

extension Ring {
  /// The time of the oldest row that can be read one by one, Unix milliseconds; nil while there is none.
  public var detailBegin: Int64? {
    state.withLock { state in
      if state.blocks.count > state.rollups { return state.blocks[state.rollups].firstTime }
      return state.closed.first?.time(0) ?? state.open?.firstTime
    }
  }

  /// Whether older rows are left as summaries.
  public var hasRollups: Bool { state.withLock { $0.rollups > 0 } }

  /// The stretch of time that each rollup row stands for, from its first row to its last, which is its own time; those
  /// that reach into `from`...`to`, oldest first.
  public func rollups(from: Int64, to: Int64) -> [ClosedRange<Int64>] {
    let rollups = state.withLock { $0.blocks.prefix($0.rollups) }
    return rollups.compactMap { row in
      row.lastTime >= from && row.firstTime <= to ? row.firstTime...row.lastTime : nil
    }
  }
}
