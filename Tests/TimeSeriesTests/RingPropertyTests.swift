import Randomness
import Testing
import TimeSeries

/// Random and hostile rows: whatever the ring still holds comes back exactly, and the budget always holds.
@Suite struct RingPropertyTests {
  @Test(arguments: 0..<16)
  func `every value comes back exactly`(_ seed: Int) throws {
    var rows = HostileRows(seed: UInt64(seed))
    let (store, ring) = makeRing(
      memory: seed % 3 == 0 ? 300_000 : 64 << 20, maximumRows: [1, 7, 64, 1024][seed % 4])
    var model = Model()
    for count in 0..<1300 {
      let (time, epoch, row) = rows.next(ring)
      try ring.append(at: time, epoch: epoch, row: row)
      model.append(row, at: time, ids: rows.ids)
      #expect(store.bytesUsed <= store.budget)
      if count % 97 == 0 { ring.sealPending() }
    }
    ring.sealPending()
    try compare(ring, model, rows.ids)
    ring.closeOpenBlock()
    ring.sealPending()
    try compare(ring, model, rows.ids)
  }

  /// Offsets from the least value, and residuals, that need the whole of 32 bits, with and without patches.
  @Test(arguments: [1 << 27, 1 << 28, 1_000_000, 1000] as [Int64])
  func `a few values that lie 2^31 and more from the others come back`(_ usual: Int64) throws {
    var random = SeededRandom(seed: UInt64(usual))
    for sign in [1, -1] as [Int64] {
      for oneIn in [600, 60, 10] {
        let (_, ring) = makeRing()
        var model = Model()
        let ids = ["gauge", "sum"].compactMap { ring.register($0, kind: $0 == "sum" ? .counter : .gauge) }
        var sum: Int64 = 0
        for number in 0..<1200 as Range<Int64> {
          let isFar = Int.random(in: 0..<oneIn, using: &random) == 0
          let far = Int64.random(in: 1 << 31..<1 << 32, using: &random)
          let value = isFar ? far : .random(in: 0..<usual, using: &random)
          sum += value
          var row = Row()
          row.set(ids[0], sign * value)
          row.set(ids[1], sum)
          try ring.append(at: midnight + number * 1000, epoch: 1, row: row)
          model.append(row, at: midnight + number * 1000, ids: ids)
        }
        ring.closeOpenBlock()
        ring.sealPending()
        try compare(ring, model, ids)
      }
    }
  }

  private func compare(_ ring: Ring, _ model: Model, _ ids: [SeriesID]) throws {
    let kept = ring.rowCount
    #expect(kept > 0)
    let oldest = model.times[model.times.count - kept]
    for (index, id) in ids.enumerated() {
      let expected = model.samples[index].filter { $0.time >= oldest }
      let found = ring.samples(of: id, from: oldest, to: .max).map { Model.Sample(time: $0.time, value: $0.value) }
      if found != expected {
        let at = zip(found, expected).enumerated().first { $0.element.0 != $0.element.1 }
        Issue.record("series \(index): \(found.count) of \(expected.count), first at \(String(describing: at))")
        return
      }
    }
  }
}

/// Rows with resets, extremes, absences, births, digit changes, clock steps.
struct HostileRows {
  var random: SeededRandom
  var ids: [SeriesID] = []
  private var kinds: [Int] = []
  private var values: [Int64] = []
  private var time = midnight
  private var epoch: UInt64 = 1

  init(seed: UInt64) { random = SeededRandom(seed: seed) }

  mutating func next(_ ring: Ring) -> (time: Int64, epoch: UInt64, row: Row) {
    if ids.count < 40, ids.isEmpty || chance(30) { bear(ring) }
    time += chance(200) ? Int64.random(in: 1...5_000_000, using: &random) : chance(10) ? 999 : 1000
    let restarts = chance(300)
    if restarts { epoch += 1 }
    var row = Row()
    for index in ids.indices where !(kinds[index] % 5 == 4 && chance(8)) {
      values[index] = step(kinds[index], values[index], restarts)
      let digits: UInt8 =
        kinds[index] == 6 && chance(40) ? UInt8.random(in: 0...6, using: &random) : UInt8(kinds[index] % 3)
      row.set(ids[index], values[index], digits: kinds[index] == 7 ? 0 : digits)
    }
    return (time, epoch, row)
  }

  private mutating func bear(_ ring: Ring) {
    let kind = ids.count % 11
    guard let id = ring.register("s\(ids.count)", kind: kind < 3 ? .counter : .gauge) else { return }
    ids.append(id)
    kinds.append(kind)
    values.append(Int64.random(in: 0...1000, using: &random))
  }

  private mutating func step(_ kind: Int, _ value: Int64, _ restarts: Bool) -> Int64 {
    switch kind {
    case 0: return restarts ? 0 : value + Int64.random(in: 0...100, using: &random)
    case 1: return chance(50) ? 0 : value &+ Int64.random(in: 0...1_000_000, using: &random)
    case 2: return value &+ 1000
    case 3: return Int64.random(in: -50...50, using: &random)
    case 4: return chance(2) ? Int64.random(in: .min ... .max, using: &random) : .max
    case 5: return chance(100) ? value + 1 : value
    case 6: return Int64.random(in: 0...1_000_000, using: &random)
    case 7: return [Int64.min, .max, 0, -1, 1][Int.random(in: 0..<5, using: &random)]
    case 8: return [3, 30, 300, 3000, 30000][Int.random(in: 0..<5, using: &random)]
    case 9: return value
    default: return value &+ Int64.random(in: -3...3, using: &random)
    }
  }

  private mutating func chance(_ oneIn: Int) -> Bool { Int.random(in: 0..<oneIn, using: &random) == 0 }
}
