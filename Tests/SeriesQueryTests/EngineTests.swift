import CacheModel
import Locked
import Randomness
import SeriesQuery
import Testing
import TimeSeries

/// A ring of one target with a counter (5 a second, a reset at 40), a gauge, and a hole from 60 to 69.
private func source(labels: [Label] = [Label("target", "shop")]) throws -> SeriesSource {
  let ring = TimeSeriesStore().ring(named: "shop", period: 1000)
  let counter = try #require(ring.register("x_total{cmd=\"get\"}", kind: .counter))
  let gauge = try #require(ring.register("level", kind: .gauge))
  for second in Int64(0)..<100 where !(60..<70).contains(second) {
    var row = Row()
    row.set(counter, second < 40 ? second * 5 : (second - 40) * 5)
    row.set(gauge, FixedPoint(second % 10 * 5, digits: 1))
    try ring.append(at: second * 1000, epoch: 0, row: row)
  }
  return SeriesSource(ring, labels: labels)
}

private func engine(_ limits: QueryLimits = QueryLimits(), isCancelled: @escaping @Sendable () -> Bool = { false })
  throws -> QueryEngine
{
  QueryEngine([try source()], index: LabelIndex(), limits: limits, isCancelled: isCancelled)
}

@Suite struct `The engine` {
  @Test func `a series' label of a name that its target has is called as on the metrics' page`() throws {
    let source = try source(labels: [Label("target", "shop"), Label("cmd", "of the target")])
    let engine = QueryEngine([source], index: LabelIndex())
    let results = try engine.last(Selector(parsing: "x_total{exported_cmd=\"get\"}"), from: 5000, to: 5000, step: 1)
    #expect(results.map(\.labels) == [source.labels + [Label("exported_cmd", "get")]])
    #expect(try engine.last(Selector(parsing: "x_total{cmd=\"get\"}"), from: 5000, to: 5000, step: 1).isEmpty)
  }

  @Test func `a selector gives the newest sample that is not older than two and a half periods`() throws {
    let results = try engine().last(Selector(parsing: "level"), from: 58_000, to: 71_000, step: 1000)
    #expect(results.count == 1)
    #expect(results[0].name == "level")
    #expect(results[0].labels == [Label("target", "shop")])
    #expect(results[0].points.map(\.time) == [58_000, 59_000, 60_000, 61_000, 70_000, 71_000])
    #expect(results[0].points.map(\.value) == [4, 4.5, 4.5, 4.5, 0, 0.5])
  }

  @Test func `targets are told apart by their label`() throws {
    let engine = QueryEngine(
      [try source(), try source(labels: [Label("target", "other")])], index: LabelIndex())
    let all = try engine.last(Selector(parsing: "level"), from: 5000, to: 5000, step: 1)
    #expect(all.map { $0.labels.map(\.value) } == [["other"], ["shop"]])
    let one = try engine.last(Selector(parsing: "level{target!=\"shop\"}"), from: 5000, to: 5000, step: 1)
    #expect(one.map { $0.labels.map(\.value) } == [["other"]])
  }

  @Test(arguments: [
    // Ten samples, 5 a second, from 21 to 30: extrapolated to the window's beginning.
    (RangeFunction.rate, "x_total", 30_000, 10_000, 5.0), (.increase, "x_total", 30_000, 10_000, 50),
    // 185, 190, 195, then 0, 5, …: the reset adds nothing for the fall itself, and 9 intervals grew by 40.
    (.increase, "x_total", 46_000, 10_000, 40.0 / 9 * 10), (.irate, "x_total", 40_000, 10_000, 0),
    (.irate, "x_total", 30_000, 10_000, 5), (.count, "x_total", 30_000, 10_000, 10),
    (.last, "x_total", 30_500, 10_000, 150),
    (.average, "level", 29_000, 10_000, 2.25), (.minimum, "level", 29_000, 10_000, 0),
    (.maximum, "level", 29_000, 10_000, 4.5),
    (.sum, "level", 29_000, 10_000, 22.5), (.quantile(0.5), "level", 29_000, 10_000, 2.25),
    (.quantile(1), "level", 29_000, 10_000, 4.5), (.quantile(-1), "level", 29_000, 10_000, -.infinity),
    (.delta, "level", 25_000, 4000, 2.0), (.count, "level", 72_000, 10_000, 3),
  ])
  func `functions of a window are as Prometheus has them`(
    function: RangeFunction, name: String, time: Int64, window: Int64, value: Double
  ) throws {
    let results = try engine().call(
      function, Selector(parsing: name), window: window, from: time, to: time, step: 1)
    #expect(results.count == 1)
    let point = try #require(results.first?.points.first)
    #expect(point.time == time)
    #expect(point.value == value || abs(point.value - value) < 1e-9)
    #expect(results[0].name == (function == .last ? name : nil))
  }

  @Test func `a window without samples has no point, and a rate needs two`() throws {
    let rate = try engine().call(
      .rate, Selector(parsing: "x_total"), window: 2000, from: 58_000, to: 74_000, step: 1000)
    #expect(rate[0].points.map(\.time) == [58_000, 59_000, 71_000, 72_000, 73_000, 74_000])
    let nothing = try engine().call(
      .average, Selector(parsing: "x_total"), window: 2000, from: 62_000, to: 68_000, step: 1000)
    #expect(nothing.isEmpty)
  }

  @Test func `long ranges are read in pieces, and give what one piece would`() throws {
    let ring = TimeSeriesStore().ring(named: "r", period: 1)
    let id = try #require(ring.register("x", kind: .gauge))
    for time in Int64(0)..<130_000 {
      var row = Row()
      row.set(id, time % 1000)
      try ring.append(at: time, epoch: 0, row: row)
      if time % 1000 == 0 { ring.sealPending() }
    }
    let engine = QueryEngine([SeriesSource(ring)], index: LabelIndex())
    for (window, step) in [(Int64(1000), Int64(1000)), (1000, 100), (100, 1000), (120_000, 1000)] {
      let from = window == 120_000 ? Int64(125_999) : 9999
      let points = try engine.call(
        .sum, Selector(parsing: "x"), window: window, from: from, to: 129_999, step: step)[0].points
      #expect(points.count == Int((129_999 - from) / step) + 1)
      for point in points.prefix(10) + points.suffix(10) {
        let expected = ((point.time - window + 1)...point.time).reduce(0) { $0 + $1 % 1000 }
        #expect(point.value == Double(expected), "\(window) \(step) \(point.time)")
      }
    }
  }

  @Test func `where only rollups are left, the ring's own summaries answer`() throws {
    let store = TimeSeriesStore(configuration: Configuration(memory: 150_000, rollupMemory: 1 << 20))
    let ring = store.ring(named: "r", period: 1000)
    let id = try #require(ring.register("x_total", kind: .counter))
    var random = SeededRandom(seed: 3)
    var value: Int64 = 0
    for second in Int64(0)..<100_000 {
      value += Int64(random.below(1000))
      var row = Row()
      row.set(id, value)
      try ring.append(at: second * 1000, epoch: 0, row: row)
      if second % 600 == 0 { ring.sealPending() }
    }
    #expect(ring.hasRollups)
    let detail = try #require(ring.detailBegin)
    let engine = QueryEngine([SeriesSource(ring)], index: LabelIndex())
    let rates = try engine.call(
      .rate, Selector(parsing: "x_total"), window: 3_600_000, from: detail - 10 * 3_600_000,
      to: detail + 10 * 3_600_000, step: 3_600_000)[0].points
    #expect(rates.count == 21)
    #expect(rates.allSatisfy { abs($0.value - 499.5) < 50 })
  }

  @Test func `raw samples come as they are`() throws {
    let results = try engine().samples(Selector(parsing: "level"), window: 3000, to: 12_000)
    #expect(
      results[0].points == [
        Point(time: 10_000, value: 0), Point(time: 11_000, value: 0.5), Point(time: 12_000, value: 1),
      ])
  }

  @Test func `series that could not be told apart without their names are refused`() throws {
    let ring = TimeSeriesStore().ring(named: "r", period: 1000)
    for name in ["a", "b"] {
      let id = try #require(ring.register(name, kind: .gauge))
      var row = Row()
      row.set(id, 1)
      try ring.append(at: name == "a" ? 1000 : 2000, epoch: 0, row: row)
    }
    let engine = QueryEngine([SeriesSource(ring)], index: LabelIndex())
    let error = #expect(throws: QueryError.self) {
      try engine.call(.sum, Selector(parsing: "{__name__=~\"a|b\"}"), window: 5000, from: 2000, to: 2000, step: 1)
    }
    #expect(error?.code == .refused)
  }

  @Test func `work beyond the limits is refused with a number, not done`() throws {
    var limits = QueryLimits()
    limits.points = 10
    limits.steps = 20
    limits.samples = 1000
    let engine = try engine(limits)
    let x = try Selector(parsing: "level")
    let both = try Selector(parsing: "{__name__=~\".+\"}")
    let attempts: [(String, () throws -> [ResultSeries])] = [
      ("21 points", { try engine.last(x, from: 0, to: 20_000, step: 1000) }),
      ("12 points", { try engine.last(both, from: 0, to: 5000, step: 1000) }),
      ("samples", { try engine.call(.average, x, window: 1 << 40, from: 0, to: 1 << 43, step: 1 << 40) }),
      ("points", { try engine.samples(x, window: 1 << 40, to: 0) }),
    ]
    for (number, attempt) in attempts {
      do {
        _ = try attempt()
        if number != "samples" { Issue.record("\(number) were answered") }
      } catch {
        #expect((error as? QueryError)?.code == .refused)
        #expect("\(error)".contains(number), "\(error)")
      }
    }
  }

  @Test func `a query that nobody waits for ends`() throws {
    let engine = try engine(isCancelled: { true })
    let error = #expect(throws: QueryError.self) {
      try engine.last(Selector(parsing: "level"), from: 0, to: 1000, step: 1000)
    }
    #expect(error?.code == .cancelled)
  }

  @Test func `a query that nobody waits for any more ends amid the windows of a series`() throws {
    let asked = Locked(0)
    let engine = try engine(isCancelled: {
      asked.withLock { asked in
        asked += 1
        return asked > 3
      }
    })
    let error = #expect(throws: QueryError.self) {
      try engine.call(.quantile(0.5), Selector(parsing: "level"), window: 3000, from: 0, to: 20_000, step: 1000)
    }
    #expect(error?.code == .cancelled)
  }

  @Test func `names that are registered later are found, and a new ring of an old name is read anew`() throws {
    let index = LabelIndex()
    let all = [Selector([])]
    let store = TimeSeriesStore()
    let ring = store.ring(named: "r", period: 1000)
    _ = ring.register("a{b=\"c\\\"\\\\\\n\"}", kind: .gauge)
    _ = ring.register("not a name", kind: .gauge)
    #expect(index.series(of: [SeriesSource(ring)], matching: all).map(\.labels) == [[Label("b", "c\"\\\n")]])
    _ = ring.register("d", kind: .gauge)
    #expect(index.series(of: [SeriesSource(ring)], matching: all).map(\.name) == ["a", "d"])
    store.removeRing(named: "r")
    let other = store.ring(named: "r", period: 1000)
    for name in ["x", "y", "z"] { _ = other.register(name, kind: .gauge) }
    #expect(index.series(of: [SeriesSource(other)], matching: all).map(\.name) == ["x", "y", "z"])
  }
}
