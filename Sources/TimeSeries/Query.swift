internal import Locked

/// What a query computes at each step, over the window (t − step, t].
public enum Function: Hashable, Sendable {
  /// The newest value at or before t.
  case last
  case min
  case max
  /// The mean of the samples.
  case avg
  /// The sum of the samples.
  case sum
  /// The growth of a counter, resets counted from 0. Gauges: the difference.
  case increase
  /// The increase a second, over the time between the samples that it is taken from.
  case rate
  /// The sample at rank 0…1, interpolated linearly between neighbours; 0.5 is the median.
  case quantile(Double)
}

/// One step's result.
public struct Point: Hashable, Sendable {
  /// The step's end, Unix milliseconds.
  public var time: Int64
  /// In the unit of the series; `rate` in that unit a second.
  public var value: Double

  /// A result; nothing is checked.
  public init(time: Int64, value: Double) {
    self.time = time
    self.value = value
  }
}

extension Ring {
  /// Evaluates `function` at `from`, `from` + `step`, … up to `to`, all in milliseconds.
  ///
  /// A step that ends in a hole yields no point; nor do `increase` and `rate` where the window begins in one. A hole
  /// is a stretch of more than `maximumGap` (2.5 periods if nil) without a sample. Nothing is interpolated. Costs
  /// about a microsecond for each block that a step's edge cuts, and less for blocks that lie inside one step.
  public func query(
    _ id: SeriesID, from: Int64, to: Int64, step: Int64, _ function: Function, maximumGap: Int64? = nil
  ) -> [Point] {
    guard step > 0, from <= to, let view = view(of: id) else { return [] }
    let gap = maximumGap ?? view.period * 5 / 2
    return read(view) { reader throws(RingCorruption) in
      switch function {
      case .last, .increase, .rate:
        return try EdgeQuery(from: from, to: to, step: step, gap: gap, function: function).run(reader)
      case .min, .max, .avg, .sum, .quantile:
        var query = WindowQuery(
          from: from, to: to, step: step, gap: gap, function: function, isCounter: view.isCounter)
        return try query.run(reader)
      }
    }
  }

  /// The same for several series, in their order. Cheaper than one by one: blocks are visited in turn, and columns
  /// that others are predicted from are decoded once.
  public func query(
    _ ids: [SeriesID], from: Int64, to: Int64, step: Int64, _ function: Function, maximumGap: Int64? = nil
  ) -> [[Point]] {
    switch function {
    case .last, .increase, .rate: break
    default: return ids.map { query($0, from: from, to: to, step: step, function, maximumGap: maximumGap) }
    }
    guard step > 0, from <= to else { return ids.map { _ in [] } }
    // One lock for each, so that the appender never waits for all of them.
    let views = ids.map { view(of: $0) }
    guard let sample = views.lazy.compactMap({ $0 }).first else { return ids.map { _ in [] } }
    let gap = maximumGap ?? sample.period * 5 / 2
    let steps = EdgeQuery(from: from, to: to, step: step, gap: gap, function: function)
    return read(sample) { reader throws(RingCorruption) in
      var runs = views.compactMap { view in view.map { EdgeRun(steps, reader.sibling($0)) } }
      try steps.run(&runs, over: reader)
      var rest = runs[...]
      return views.map { view in view == nil ? [] : rest.popFirst()?.points ?? [] }
    }
  }

  /// The growth of a counter over (`from`, `to`], resets counted from 0, from the last values at or before both ends,
  /// however old; from the first value if the series was born in between. Nil if it has no value at or before `to`.
  /// Looks at no more than two blocks.
  public func increase(of id: SeriesID, from: Int64, to: Int64) -> Double? {
    guard from <= to, let view = view(of: id), view.birth.time != RingState.unborn, view.birth.time <= to else {
      return nil
    }
    return read(view) { reader throws(RingCorruption) in
      let end = try reader.state(atOrBefore: to)
      if from >= view.birth.time {
        return try end.growth(since: reader.state(atOrBefore: from), isCounter: view.isCounter)
      }
      return end.growth(
        since: CounterState(value: view.birth.value, adjustment: 0, scale: view.birth.scale),
        isCounter: view.isCounter)
    }
  }

  /// The newest value at or before `time`, if it is not older than 2.5 periods.
  public func value(of id: SeriesID, at time: Int64) -> FixedPoint? {
    guard let view = view(of: id, before: time) else { return nil }
    return read(view) { reader throws(RingCorruption) in
      return try reader.sample(atOrBefore: time, notBefore: time.saturatingMinus(view.period * 5 / 2))
    }
  }

  /// Every sample of a series with `from` ≤ time ≤ `to`, exactly as appended up to trailing zeros.
  public func samples(of id: SeriesID, from: Int64, to: Int64) -> [(time: Int64, value: FixedPoint)] {
    guard from <= to, let view = view(of: id) else { return [] }
    return read(view) { reader throws(RingCorruption) in
      return try reader.samples(from: from, to: to)
    }
  }

  /// The value at the end of each rollup row whose time lies in `from`...`to`: what is left where single samples are gone.
  public func rollupSamples(of id: SeriesID, from: Int64, to: Int64) -> [(time: Int64, value: FixedPoint)] {
    guard from <= to, let view = view(of: id), view.rollups > 0 else { return [] }
    return read(view) { reader throws(RingCorruption) in try reader.rollupSamples(from: from, to: to) }
  }

  /// Lends scratch memory to a reader of `view`.
  func read<T>(_ view: SeriesView, _ body: (SeriesReader) throws(RingCorruption) -> T) -> T {
    do throws(RingCorruption) {
      return try scratch.with { scratch throws(RingCorruption) in try body(SeriesReader(view, scratch)) }
    } catch {
      preconditionFailure("blocks in memory are as the sealer wrote them or were checked when loaded: \(error)")
    }
  }

  /// The newest row, with every present cell, and its time.
  public var lastRow: (time: Int64, row: Row)? {
    let (time, last, scales, present) = state.withLock { ($0.lastTime, $0.last, $0.scales, $0.present) }
    guard let time else { return nil }
    var row = Row()
    for word in present.words.indices {
      forEachBit(present.words[word], base: word * 64) { index in
        row.set(SeriesID(rawValue: Int32(index)), last[index], digits: scales[index])
      }
    }
    return (time, row)
  }
}

extension Int64 {
  /// Difference, held at the ends of the range.
  func saturatingMinus(_ other: Int64) -> Int64 {
    let (result, overflow) = subtractingReportingOverflow(other)
    return overflow ? (other > 0 ? .min : .max) : result
  }
}
