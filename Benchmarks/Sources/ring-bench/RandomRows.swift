import TimeSeries

/// Random and hostile rows by the million: resets, Int64's extremes, absences, births, digits that change, clock
/// steps, small budgets. Whatever the ring still holds must come back exactly.
struct RandomRows {
  private var state: UInt64
  private var ids: [SeriesID] = []
  private var values: [Int64] = []
  private var time: Int64 = 1_795_219_200_000
  private var epoch: UInt64 = 1

  private init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 | 1 }

  /// Appends about `count` rows in all and compares; returns the values compared.
  static func verify(_ count: Int) throws -> Int {
    var compared = 0
    let perRound = 20_000
    for round in 0..<max(1, count / perRound) {
      var rows = RandomRows(seed: UInt64(round + 1))
      compared += try rows.run(perRound, round: round)
    }
    return compared
  }

  private mutating func run(_ count: Int, round: Int) throws -> Int {
    let memory = [400_000, 64 << 20, 3 << 20][round % 3]
    let store = TimeSeriesStore(
      configuration: Configuration(memory: memory, maximumRows: [1024, 600, 64, 7, 1][round % 5]))
    let ring = store.ring(named: "random", period: 1000)
    var model: [[(time: Int64, value: FixedPoint)]] = []
    var times: [Int64] = []
    for number in 0..<count {
      var row = next(ring)
      if chance(500) { stepBack(ring, &row) }
      try ring.append(at: time, epoch: epoch, row: row)
      guard store.bytesUsed <= store.budget else { throw Trace.Failure(description: "the budget is exceeded") }
      times.append(time)
      while model.count < ids.count { model.append([]) }
      for (index, id) in ids.enumerated() {
        if let value = row[id] { model[index].append((time, value)) }
      }
      if number % 61 == 0 { ring.sealPending() }
    }
    return try compare(ring, model, times)
  }

  /// A row that is not later is refused, and nothing of it is kept.
  private mutating func stepBack(_ ring: Ring, _ row: inout Row) {
    let newest = ring.span?.newest ?? time
    guard newest < time, (try? ring.append(at: newest, epoch: epoch, row: row)) == nil else { return }
  }

  private func compare(_ ring: Ring, _ model: [[(time: Int64, value: FixedPoint)]], _ times: [Int64]) throws -> Int
  {
    let oldest = times[times.count - ring.rowCount]
    var compared = 0
    for (index, id) in ids.enumerated() {
      let found = ring.samples(of: id, from: oldest, to: .max)
      let expected = model[index].filter { $0.time >= oldest }
      guard found.count == expected.count,
        zip(found, expected).allSatisfy({ $0.time == $1.time && $0.value == $1.value })
      else { throw Trace.Failure(description: "random series \(index) came back changed") }
      compared += found.count
    }
    return compared
  }

  private mutating func next(_ ring: Ring) -> Row {
    if ids.isEmpty || (ids.count < 24 && chance(200)) {
      let kind: SeriesKind = ids.count % 3 == 0 ? .counter : .gauge
      if let id = ring.register("s\(ids.count)", kind: kind) {
        ids.append(id)
        values.append(0)
      }
    }
    time += chance(300) ? Int64(random(4_000_000)) + 1 : chance(10) ? 999 : 1000
    let restarts = chance(700)
    if restarts { epoch += 1 }
    var row = Row()
    for index in ids.indices where !(index % 5 == 4 && chance(8)) {
      values[index] = step(index % 8, values[index], restarts)
      let digits: UInt8 = index % 8 == 6 && chance(900) ? UInt8(random(6)) : index % 8 == 6 ? 2 : 0
      row.set(ids[index], values[index], digits: digits)
    }
    return row
  }

  private mutating func step(_ kind: Int, _ value: Int64, _ restarts: Bool) -> Int64 {
    switch kind {
    case 0: restarts ? 0 : value &+ Int64(random(100))
    case 1: chance(50) ? Int64(bitPattern: bits()) : value
    case 2: value &+ 1000
    case 3: chance(60) ? 0 : value &+ Int64(random(1_000_000))
    case 4: [Int64.min, .max, 0, -1, 1][random(5)]
    case 5: chance(100) ? value &+ 1 : value
    case 6: Int64(random(1_000_000)) - 500_000
    default: [3, 30, 300, 3000, 30000][random(5)]
    }
  }

  private mutating func bits() -> UInt64 {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return state ^ state >> 29
  }

  private mutating func random(_ bound: Int) -> Int { Int(bits() >> 33) % bound }

  private mutating func chance(_ oneIn: Int) -> Bool { random(oneIn) == 0 }
}
