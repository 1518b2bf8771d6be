import Randomness
import Testing
import TimeSeries

/// The same questions answered from plain samples, one at a time.
private struct NaiveHistory {
  var samples: [(time: Int64, value: Double, epoch: UInt64)]
  var period: Int64 = 1000
  /// The reset-corrected growth up to each sample.
  var totals: [Double] = []

  mutating func sumUp(isCounter: Bool) {
    var total = samples.first?.value ?? 0
    totals = [total]
    for (before, now) in zip(samples, samples.dropFirst()) {
      let isReset = isCounter && (now.value < before.value || now.epoch != before.epoch)
      total += isReset ? now.value : now.value - before.value
      totals.append(total)
    }
  }

  func newest(_ time: Int64) -> Int? {
    var low = 0
    var high = samples.count
    while low < high {
      let middle = (low + high) / 2
      if samples[middle].time <= time { low = middle + 1 } else { high = middle }
    }
    return low == 0 ? nil : low - 1
  }

  func edge(_ time: Int64) -> Int? {
    guard let at = newest(time), time - samples[at].time <= period * 5 / 2 else { return nil }
    return at
  }

  func value(_ function: Function, _ time: Int64, _ step: Int64) -> Double? {
    guard let now = edge(time) else { return nil }
    let window = samples[((newest(time - step) ?? -1) + 1)..<(now + 1)].map(\.value)
    switch function {
    case .last: return samples[now].value
    case .min: return window.min()
    case .max: return window.max()
    case .sum: return window.isEmpty ? nil : window.reduce(0, +)
    case .avg: return window.isEmpty ? nil : window.reduce(0, +) / Double(window.count)
    case .quantile(let rank):
      let sorted = window.sorted()
      if sorted.isEmpty { return nil }
      let place = rank * Double(sorted.count - 1)
      let low = Int(place)
      let high = min(low + 1, sorted.count - 1)
      return sorted[low] + (sorted[high] - sorted[low]) * (place - Double(low))
    case .increase, .rate:
      let isBornInside = samples[0].time > time - step
      guard let start = isBornInside ? 0 : edge(time - step) else { return nil }
      let growth = totals[now] - totals[start]
      if function == .increase { return growth }
      let seconds = Double(samples[now].time - samples[start].time) / 1000
      return seconds > 0 ? growth / seconds : nil
    }
  }
}

@Suite struct QueryTests {
  /// Averages of columns of every kind, some of them sums of others: from sums where there is a short way, from values elsewhere.
  @Test(arguments: [7_000, 60_000, 90_500, 700_000] as [Int64], [0, 13_037, 650_000] as [Int64])
  func `averages of gauges agree with plain samples`(_ step: Int64, _ shift: Int64) throws {
    var random = SeededRandom(seed: UInt64(step))
    let (_, ring) = makeRing()
    let ids = ["used", "overhead", "dataset", "steps", "trend", "far"].compactMap {
      ring.register($0, kind: .gauge)
    }
    var histories = ids.map { _ in NaiveHistory(samples: []) }
    var (used, steps, trend) = (Int64(50_000_000), Int64(0), Int64(0))
    for number in 0..<2900 as Range<Int64> where number % 1000 > 8 {
      used += 8 * .random(in: -600...600, using: &random)
      if number % 37 == 5 { steps = .random(in: -9_000...9_000, using: &random) }
      trend += .random(in: 3_000...3_300, using: &random)
      let overhead = 4_000_000 + 8 * Int64.random(in: 0...900, using: &random)
      let far = Int64.random(in: (1 << 49)...(1 << 51), using: &random)
      let time = midnight + number * 1000 + (number % 5 == 2 ? .random(in: 0...400, using: &random) : 0)
      var row = Row()
      for (at, value) in [used, overhead, used - overhead, steps, trend, far].enumerated() {
        row.set(ids[at], value, digits: at == 3 ? 2 : 0)
        histories[at].samples.append((time, Double(value) / (at == 3 ? 100 : 1), 1))
      }
      try ring.append(at: time, epoch: 1, row: row)
      ring.sealPending()
    }
    let (from, to) = (midnight + shift, midnight + 2_850_000)
    for (at, id) in ids.enumerated() {
      for function in [Function.avg, .sum] {
        let points = ring.query(id, from: from, to: to, step: step, function)
        let expected = stride(from: from, through: to, by: Int64.Stride(step)).compactMap { time in
          histories[at].value(function, time, step).map { Point(time: time, value: $0) }
        }
        #expect(points.map(\.time) == expected.map(\.time))
        for (point, other) in zip(points, expected) {
          #expect(abs(point.value - other.value) <= abs(other.value) * 1e-12, "\(at) at \(point.time)")
        }
      }
    }
  }

  static let functions: [Function] = [
    .last, .min, .max, .avg, .sum, .increase, .rate, .quantile(0), .quantile(0.95), .quantile(1),
  ]

  @Test(arguments: functions, [1500, 7000, 60_000, 600_000, 1_234_567] as [Int64])
  func `every function agrees with plain samples`(_ function: Function, _ step: Int64) throws {
    for seed in [1, 2, 3] as [UInt64] {
      let (ring, ids, histories) = try history(seed: seed, sealing: seed != 1)
      for (index, id) in ids.enumerated() {
        let from = midnight + 500_000
        let to = from + 2_500_000
        let points = ring.query(id, from: from, to: to, step: step, function)
        var found: [Int64: Double] = [:]
        for point in points { found[point.time] = point.value }
        for time in stride(from: from, through: to, by: Int64.Stride(step)) {
          let expected = histories[index].value(function, time, step)
          let isSame = close(found[time], expected)
          #expect(isSame, "seed \(seed) series \(index) at \(time - midnight)")
          if !isSame { return }
        }
      }
    }
  }

  @Test func `several series at once give what each gives alone`() throws {
    let (ring, ids, _) = try history(seed: 9, sealing: true)
    for function in [Function.rate, .last, .increase, .max] {
      let from = midnight + 100_000
      let together = ring.query(ids + ids, from: from, to: from + 3_000_000, step: 10_000, function)
      for (index, id) in (ids + ids).enumerated() {
        #expect(together[index] == ring.query(id, from: from, to: from + 3_000_000, step: 10_000, function))
      }
    }
  }

  @Test func `the increase between any two moments is the sum of the steps`() throws {
    for seed in 0..<4 as Range<UInt64> {
      let (ring, ids, histories) = try history(seed: seed, sealing: seed % 2 == 0)
      var random = SeededRandom(seed: seed)
      for (index, id) in ids.enumerated() {
        let totals = histories[index].totals
        for _ in 0..<200 {
          let from = midnight + Int64.random(in: -10_000...5_000_000, using: &random)
          let to = from + Int64.random(in: 0...3_000_000, using: &random)
          let end = histories[index].newest(to)
          let expected = end.map { totals[$0] - totals[histories[index].newest(from) ?? 0] }
          #expect(close(ring.increase(of: id, from: from, to: to), expected), "seed \(seed) series \(index)")
        }
      }
    }
  }

  @Test func `a value is found until it is two and a half periods old`() throws {
    let (_, ring) = makeRing()
    let id = try #require(ring.register("a", kind: .gauge))
    var row = Row()
    row.set(id, 15, digits: 1)
    try ring.append(at: midnight, epoch: 1, row: row)
    #expect(ring.value(of: id, at: midnight - 1) == nil)
    #expect(ring.value(of: id, at: midnight) == FixedPoint(15, digits: 1))
    #expect(ring.value(of: id, at: midnight + 2500) == FixedPoint(15, digits: 1))
    #expect(ring.value(of: id, at: midnight + 2501) == nil)
    #expect(ring.lastRow?.row[id] == FixedPoint(15, digits: 1))
  }

  @Test func `a row that is not later is refused and changes nothing`() throws {
    let (_, ring) = makeRing()
    let id = try #require(ring.register("a", kind: .counter))
    var row = Row()
    row.set(id, 1)
    try ring.append(at: midnight, epoch: 1, row: row)
    row.set(id, 2)
    #expect(throws: AppendError.notLater) { try ring.append(at: midnight, epoch: 1, row: row) }
    #expect(throws: AppendError.notLater) { try ring.append(at: midnight - 5, epoch: 1, row: row) }
    #expect(ring.rowCount == 1)
    #expect(ring.value(of: id, at: midnight) == FixedPoint(1))
  }

  @Test func `a restart without a fall of the value is still a reset`() throws {
    let (_, ring) = makeRing()
    let id = try #require(ring.register("hits", kind: .counter))
    var row = Row()
    for (index, value) in [5, 7, 7, 9].enumerated() {
      row.set(id, Int64(value))
      try ring.append(at: midnight + Int64(index) * 1000, epoch: index < 2 ? 1 : 2, row: row)
    }
    #expect(ring.increase(of: id, from: midnight, to: midnight + 3000) == 11.0)
  }

  @Test(arguments: [false, true])
  func `a lasting counter goes on where the server restarts`(_ isSealed: Bool) throws {
    let (_, ring) = makeRing()
    let hash = try #require(ring.register("hash", kind: .lastingCounter))
    let hits = try #require(ring.register("hits", kind: .counter))
    var row = Row()
    // An epoch of 0 is that of the row before.
    for (index, (value, epoch)) in [(5, 1), (7, 1), (7, 0), (9, 1), (9, 2), (12, 0), (3, 2)].enumerated() {
      row.set(hash, Int64(value))
      row.set(hits, Int64(value))
      try ring.append(at: midnight + Int64(index) * 1000, epoch: UInt64(epoch), row: row)
    }
    #expect(ring.epoch == 2)
    if isSealed {
      ring.closeOpenBlock()
      ring.sealPending()
    }
    #expect(ring.increase(of: hash, from: midnight, to: midnight + 3000) == 4)
    #expect(ring.increase(of: hash, from: midnight, to: midnight + 5000) == 7)
    #expect(ring.increase(of: hash, from: midnight, to: midnight + 6000) == 10)
    #expect(ring.increase(of: hits, from: midnight, to: midnight + 5000) == 16)
  }

  /// Counters with resets and restarts, a constant, a walk, a sparse and a decimal series, one that another predicts and
  /// one that is the sum of two. Seed 3 is sampled at each tick, all others have holes and absences.
  private func history(seed: UInt64, sealing: Bool) throws -> (Ring, [SeriesID], [NaiveHistory]) {
    var random = SeededRandom(seed: seed &+ 77)
    let (_, ring) = makeRing()
    let ids = try (0..<9).map { try #require(ring.register("s\($0)", kind: $0 < 3 ? .counter : .gauge)) }
    var histories = [NaiveHistory](repeating: NaiveHistory(samples: []), count: ids.count)
    var values: [Int64] = [0, 1000, 50, 7, 100, 3, 1234, 0, 0]
    let isRegular = seed == 3
    var time = midnight
    var epoch: UInt64 = 1
    for poll in 0..<2500 {
      let isHole = !isRegular && Int.random(in: 0..<400, using: &random) == 0
      time += isHole ? Int64.random(in: 2000...90_000, using: &random) : 1000
      if seed == 2 { time += Int64.random(in: -200...200, using: &random) }
      if Int.random(in: 0..<900, using: &random) == 0 {
        epoch += 1
        values[0] = Int64.random(in: 0...20, using: &random)
        values[2] = 60
      }
      values[0] += Int64.random(in: 0...50, using: &random)
      values[1] = Int.random(in: 0..<700, using: &random) == 0 ? 0 : values[1] + 13
      values[4] += Int64.random(in: -9...9, using: &random)
      if Int.random(in: 0..<80, using: &random) == 0 { values[5] = Int64.random(in: 0...9, using: &random) }
      values[7] = values[4] * 5 + Int64.random(in: 0...3, using: &random)
      values[8] = values[1] + values[4]
      values[6] = Int64.random(in: 0...99_999, using: &random)
      var row = Row()
      for (index, id) in ids.enumerated() {
        if index == 5 && poll < 700
          || !isRegular && (index == 0 || index == 4) && Int.random(in: 0..<150, using: &random) == 0
        {
          continue
        }
        let value = FixedPoint(values[index], digits: index == 6 ? 3 : 0)
        row.set(id, value)
        histories[index].samples.append((time, value.double, epoch))
      }
      try ring.append(at: time, epoch: epoch, row: row)
      if sealing { ring.sealPending() }
    }
    if sealing {
      ring.closeOpenBlock()
      ring.sealPending()
    }
    for index in ids.indices { histories[index].sumUp(isCounter: index < 3) }
    return (ring, ids, histories)
  }

  @Test func `a ring that is asked for with another period has holes and blocks of that`() throws {
    let (store, ring) = makeRing(period: 1000)
    let ids = [ring.register("load", kind: .gauge), ring.register("hits", kind: .counter)].compactMap { $0 }
    var time = midnight
    func poll(after step: Int64) throws {
      time += step
      var row = Row()
      row.set(ids[0], 7)
      row.set(ids[1], (time - midnight) / 1000)
      try ring.append(at: time, epoch: 1, row: row)
    }
    for _ in 0..<10 { try poll(after: 1000) }
    #expect(store.ring(named: "target", period: 60_000) === ring)
    #expect(ring.period == 60_000)
    var sealed = 0
    for _ in 0..<200 {
      try poll(after: 60_000)
      sealed += ring.sealPending()
    }
    #expect(sealed <= 5, "an hour each")
    let between = time + 40_000
    #expect(ring.value(of: ids[0], at: between) == FixedPoint(7))
    for function in [.last, .max, .avg] as [Function] {
      let points = ring.query(ids[0], from: between, to: between, step: 120_000, function)
      #expect(points == [Point(time: between, value: 7)])
    }
    let rates = ring.query(ids, from: between, to: between, step: 120_000, .rate)
    #expect(rates.map { $0.map(\.value) } == [[0], [1]])
    // And back.
    _ = store.ring(named: "target", period: 1000)
    #expect(ring.value(of: ids[0], at: between) == nil)
    #expect(ring.query(ids[0], from: between, to: between, step: 120_000, .last).isEmpty)
    #expect(ring.query(ids, from: between, to: between, step: 120_000, .rate) == [[], []])
  }

  private func close(_ left: Double?, _ right: Double?) -> Bool {
    guard let left, let right else { return left == nil && right == nil }
    return abs(left - right) <= 1e-9 * max(1, abs(left), abs(right))
  }
}
