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
}
