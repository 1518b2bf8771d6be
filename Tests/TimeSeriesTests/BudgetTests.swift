import Randomness
import Testing
import TimeSeries

@Suite struct BudgetTests {
  @Test func `evicted blocks leave rollup rows that still answer`() throws {
    let (store, ring) = makeRing(memory: 220_000, rollupMemory: 100_000)
    let hits = try #require(ring.register("hits", kind: .counter))
    let load = try #require(ring.register("load", kind: .gauge))
    let fixed = try #require(ring.register("fixed", kind: .gauge))
    let noise = try (0..<12).map { try #require(ring.register("noise\($0)", kind: .gauge)) }
    var random = SeededRandom(seed: 3)
    var total: [Int64] = []
    var loads: [Int64] = []
    var count: Int64 = 0
    var row = Row()
    for poll in 0..<40_000 {
      count = poll == 9000 ? 0 : count + Int64.random(in: 0...9, using: &random)
      total.append(
        poll == 9000 ? (total.last ?? 0) : (total.last.map { $0 + count - (last(row, hits) ?? 0) } ?? count))
      loads.append(Int64.random(in: 0...1_000_000, using: &random))
      row.set(hits, count)
      row.set(load, loads[poll], digits: 2)
      row.set(fixed, 42)
      for id in noise { row.set(id, Int64.random(in: 0...1_000_000, using: &random)) }
      try ring.append(at: midnight + Int64(poll) * 1000, epoch: 1, row: row)
      #expect(store.bytesUsed <= store.budget)
      if poll % 5 == 0 { ring.sealPending() }
    }
    let span = try #require(ring.span)
    let kept = ring.rowCount
    #expect(kept < 20_000, "the budget is meant to be too small for all rows")
    #expect(span.oldest < midnight + Int64(40_000 - kept - 5_000) * 1000, "rollups reach further back than rows")
    let end = midnight + 39_999_000
    // A rollup row stands at the end of its block.
    let from = (span.oldest / 600_000 + 3) * 600_000 - 1000
    let at = Int((from - midnight) / 1000)
    #expect(ring.increase(of: hits, from: from, to: end) == Double(total[39_999] - total[at]))
    let most = ring.query(load, from: end, to: end, step: end - from, .max)
    #expect(most == [Point(time: end, value: Double(loads[(at + 1)...].max() ?? 0) / 100)])
    let means = ring.query(load, from: from + 600_000, to: from + 1_200_000, step: 600_000, .avg)
    let mean = Double(loads[(at + 1)...(at + 600)].reduce(0, +)) / 60_000
    #expect(abs(try #require(means.first).value - mean) < 1e-6)
    #expect(ring.query(fixed, from: from, to: from + 6_000_000, step: 600_000, .last).allSatisfy { $0.value == 42 })
    #expect(ring.query(fixed, from: from, to: from + 6_000_000, step: 600_000, .last).count == 11)
    let rollups = ring.rollups(from: .min, to: .max)
    #expect(rollups.first?.lowerBound == span.oldest)
    #expect(try #require(rollups.last).upperBound < #require(ring.detailBegin))
    #expect(zip(rollups, rollups.dropFirst()).allSatisfy { $0.upperBound + 1000 == $1.lowerBound })
    #expect(ring.rollups(from: rollups[2].upperBound, to: rollups[4].lowerBound) == Array(rollups[2...4]))
  }

  private func last(_ row: Row, _ id: SeriesID) -> Int64? { row[id]?.mantissa }

  @Test func `a new ring shrinks the others before it is returned`() throws {
    let store = TimeSeriesStore(configuration: Configuration(memory: 600_000, rollupMemory: 60_000))
    var random = SeededRandom(seed: 5)
    for number in 0..<4 {
      let ring = store.ring(named: "ring\(number)", period: 1000)
      #expect(store.bytesUsed <= store.budget)
      let ids = try (0..<10).map { try #require(ring.register("s\($0)", kind: .gauge)) }
      for poll in 0..<6000 {
        var row = Row()
        for id in ids { row.set(id, Int64.random(in: 0...9_999_999, using: &random)) }
        try ring.append(at: midnight + Int64(poll) * 1000, epoch: 1, row: row)
        if poll % 50 == 0 { ring.sealPending() }
      }
      #expect(store.bytesUsed <= store.budget)
      #expect(ring.rowCount > 0)
    }
    #expect(store.allRings.count == 4)
    store.removeRing(named: "ring0")
    #expect(store.allRings.map(\.name) == ["ring1", "ring2", "ring3"])
    #expect(store.oldest != nil)
  }

  @Test func `a share too small for a block refuses rows instead of growing`() throws {
    let (store, ring) = makeRing(memory: 6_000, rollupMemory: 0)
    let id = try #require(ring.register("a", kind: .gauge))
    var row = Row()
    row.set(id, 1)
    #expect(throws: AppendError.noRoom) { try ring.append(at: midnight, epoch: 1, row: row) }
    #expect(store.bytesUsed <= store.budget)
  }

  /// What each of a thousand targets has of the default budget.
  @Test func `a share of 64 KiB holds minutes of forty series, and takes a block for each of them`() throws {
    let (store, ring) = makeRing(memory: 64 << 10, rollupMemory: 16 << 10)
    var random = SeededRandom(seed: 13)
    let ids = try (0..<40).map {
      try #require(ring.register("redis_some_figure_\($0)", kind: $0 < 20 ? .counter : .gauge))
    }
    var row = Row()
    var values = ids.map { _ in Int64(0) }
    for poll in 0..<3000 {
      for (index, id) in ids.enumerated() {
        values[index] =
          index < 20 ? values[index] + Int64.random(in: 0...300, using: &random) : Int64(poll / 50 * index)
        row.set(id, values[index])
      }
      try ring.append(at: midnight + Int64(poll) * 1000, epoch: 1, row: row)
      #expect(store.bytesUsed <= store.budget)
    }
    #expect(ring.rowCount >= 300)
    #expect(ring.sealPending() == 0, "a block is sealed at the append that finds it large")
    let newest = midnight + 2_999_000
    #expect(ring.value(of: ids[0], at: newest) == FixedPoint(values[0]))
    let begin = try #require(ring.detailBegin)
    #expect(newest - begin >= 300_000)
  }

  @Test func `series beyond the cap are refused and counted`() throws {
    let store = TimeSeriesStore(configuration: Configuration(maximumSeries: 3))
    let ring = store.ring(named: "a", period: 1000)
    let ids = (0..<5).map { ring.register("s\($0)", kind: .counter) }
    #expect(ids.compactMap { $0 }.count == 3)
    #expect(ring.droppedSeries == 2)
    #expect(ring.register("s1", kind: .gauge) == ids[1])
    #expect(ring.series { $0 != "s1" }.map(\.name) == ["s0", "s2"])
  }

  @Test func `the default share takes 27,000 series, of which any row may change all`() throws {
    let (store, ring) = makeRing()
    func ids(_ count: Int) throws -> [SeriesID] {
      try (0..<count).map {
        try #require(
          ring.register(#"cache_namespace_misses_total{namespace="n\#($0)",cause="expired"}"#, kind: .counter))
      }
    }
    var row = Row()
    for id in try ids(100) { row.set(id, 1) }
    try ring.append(at: midnight, epoch: 1, row: row)
    // They come while a block is open that was made for a hundred.
    let all = try ids(27_000)
    #expect(ring.droppedSeries == 0)
    for poll in 1..<40 {
      row.clear()
      // The target is down once, and all are absent.
      if poll != 20 {
        for (index, id) in all.enumerated() {
          row.set(id, poll < 10 || poll == 30 ? Int64(poll * 7) + Int64(index) : Int64(70 + index))
        }
      }
      try ring.append(at: midnight + Int64(poll) * 1000, epoch: 1, row: row)
      #expect(store.bytesUsed <= store.budget)
    }
    ring.closeOpenBlock()
    ring.sealPending()
    #expect(ring.rowCount == 40)
    for index in [0, 99, 100, 26_999] {
      #expect(ring.value(of: all[index], at: midnight + 9000) == FixedPoint(Int64(63 + index)))
      #expect(ring.value(of: all[index], at: midnight + 30_000) == FixedPoint(Int64(210 + index)))
    }
    #expect(store.bytesUsed <= store.budget)
  }

  @Test func `readers, the appender and the sealer may work at once`() async throws {
    let (store, ring) = makeRing(memory: 400_000, rollupMemory: 40_000)
    let ids = try (0..<20).map { try #require(ring.register("s\($0)", kind: $0 < 10 ? .counter : .gauge)) }
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask {
        var random = SeededRandom(seed: 11)
        var row = Row()
        for poll in 0..<6000 {
          for (index, id) in ids.enumerated() {
            row.set(id, index < 10 ? Int64(poll) * Int64(index) : Int64.random(in: 0...99_999, using: &random))
          }
          try ring.append(at: midnight + Int64(poll) * 1000, epoch: 1, row: row)
        }
      }
      group.addTask {
        while (ring.span?.newest ?? 0) < midnight + 5_999_000 {
          ring.sealPending()
          await Task.yield()
        }
      }
      for reader in 0..<2 {
        group.addTask {
          while (ring.span?.newest ?? 0) < midnight + 5_999_000 {
            guard let newest = ring.span?.newest else { continue }
            let from = newest - 700_000
            let growth = ring.increase(of: ids[9], from: from, to: newest)
            #expect(growth == Double((newest - max(from, midnight)) / 1000) * 9)
            _ = ring.query(ids, from: from, to: newest, step: 10_000, reader == 0 ? .rate : .max)
            #expect(store.bytesUsed <= store.budget)
            await Task.yield()
          }
        }
      }
      try await group.waitForAll()
    }
    #expect(ring.value(of: ids[3], at: midnight + 5_999_000) == FixedPoint(5999 * 3))
  }
}
