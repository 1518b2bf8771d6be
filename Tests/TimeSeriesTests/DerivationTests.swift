import Randomness
import Testing

@testable import TimeSeries

/// Columns that follow from others, exactly or nearly, come back exactly and cost little.
@Suite struct DerivationTests {
  private static let rules = [
    DerivationRule("cmd.*.mean", .ratio([.init("cmd.*.usec")], over: [.init("cmd.*.calls")])),
    DerivationRule(
      "used.percent", .ratio([.init("used"), .init("base", times: -1)], over: [.init("limit")], factor: 100)),
    DerivationRule("commands", .sum(of: "cmd.*.calls")),
  ]
  private static let names = [
    "cmd.get.calls", "cmd.get.usec", "cmd.get.mean", "cmd.set.calls", "cmd.set.usec", "cmd.set.mean", "commands",
    "used",
    "base", "limit", "used.percent", "free", "twin", "bytes", "noise",
  ]

  /// The server of these tests: every value that can be computed from others is.
  private struct Server {
    var random: SeededRandom
    var calls: [Int64] = [100, 7]
    var usec: [Int64] = [1234, 99]
    var used: Int64 = 1_000_000
    var bytes: Int64 = 0

    mutating func poll(_ number: Int, lying: Bool) -> [String: FixedPoint] {
      for at in 0..<2 {
        let more = Int64.random(in: 0...(number > 400 && at == 1 ? 900 : 200), using: &random)
        calls[at] += more
        usec[at] += more * 3 + Int64.random(in: 0...400, using: &random)
        bytes += more * 117 + Int64.random(in: 0...50, using: &random)
      }
      used += Int64.random(in: -5000...5000, using: &random)
      let limit: Int64 = number > 2500 ? 3_000_000 : 2_000_000
      var values: [String: FixedPoint] = [
        "commands": FixedPoint(calls[0] + (number >= 300 ? calls[1] : 0) + 55),
        "used": FixedPoint(used), "base": FixedPoint(876_328), "limit": FixedPoint(limit),
        "used.percent": percent(limit), "free": FixedPoint(limit - used), "twin": FixedPoint(used + 17),
        "bytes": FixedPoint(bytes), "noise": FixedPoint(Int64.random(in: 0...9999, using: &random)),
      ]
      for (at, name) in ["get", "set"].enumerated() where at == 0 || number >= 300 {
        values["cmd.\(name).calls"] = FixedPoint(calls[at])
        values["cmd.\(name).usec"] = FixedPoint(usec[at])
        let mean = (Double(Float(usec[at]) / Float(calls[at])) * 100).rounded(.toNearestOrEven)
        values["cmd.\(name).mean"] = FixedPoint(Int64(mean) + (lying && number == 777 ? 1 : 0), digits: 2)
      }
      return values
    }

    private func percent(_ limit: Int64) -> FixedPoint {
      let percent = Float(used - 876_328) * 100 / Float(limit)
      return FixedPoint(Int64((Double(percent) * 100).rounded(.toNearestOrEven)), digits: 2)
    }
  }

  @Test(arguments: [true, false], [64 << 20, 280_000])
  func `whatever is left out comes back exactly`(_ lying: Bool, _ memory: Int) throws {
    let (store, ring) = makeRing(memory: memory, rollupMemory: 100_000, rules: Self.rules)
    let ids = try Self.names.map { name in
      try #require(ring.register(name, kind: name.hasSuffix("calls") || name == "commands" ? .counter : .gauge))
    }
    var server = Server(random: SeededRandom(seed: 21))
    var model = Model()
    for number in 0..<6500 {
      let values = server.poll(number, lying: lying)
      var row = Row()
      for (index, name) in Self.names.enumerated() { if let value = values[name] { row.set(ids[index], value) } }
      try ring.append(at: midnight + Int64(number) * 1000, epoch: 1, row: row)
      model.append(row, at: midnight + Int64(number) * 1000, ids: ids)
      #expect(store.bytesUsed <= store.budget)
      if number % 10 == 0 { ring.sealPending() }
    }
    let oldest = model.times[model.times.count - ring.rowCount]
    for (index, id) in ids.enumerated() {
      let found = ring.samples(of: id, from: oldest, to: .max).map { Model.Sample(time: $0.time, value: $0.value) }
      #expect(found == model.samples[index].filter { $0.time >= oldest }, "\(Self.names[index])")
    }
    let chain = ring.blockChain
    let last = try #require(chain.blocks.last)
    for name in ["cmd.get.mean", "used.percent", "commands"] {
      let index = try #require(Self.names.firstIndex(of: name))
      #expect(chain.blocks.contains { $0.isDerived(index) }, "\(name)")
    }
    let related = ["used", "free", "twin"].compactMap(Self.names.firstIndex)
    #expect(related.filter { last.isDerived($0) }.count == 2, "two of three columns follow from the third")
    try compareStates(ring, ids, model, oldest)
  }

  /// Queries over derived and predicted columns, and over rollup rows of them.
  private func compareStates(_ ring: Ring, _ ids: [SeriesID], _ model: Model, _ oldest: Int64) throws {
    for (index, id) in ids.enumerated() {
      for sample in model.samples[index] where sample.time >= oldest && sample.time % 97_000 == 0 {
        #expect(ring.value(of: id, at: sample.time) == sample.value, "\(Self.names[index])")
      }
    }
    let commands = try #require(Self.names.firstIndex(of: "commands"))
    let end = try #require(model.samples[commands].last)
    for start in model.samples[commands]
    where start.time % 600_000 == 599_000 && start.time > (ring.span?.oldest ?? 0) {
      let growth = end.value.double - start.value.double
      #expect(ring.increase(of: ids[commands], from: start.time, to: end.time) == growth)
    }
  }

  @Test func `a pattern's star stands for the same run everywhere`() {
    #expect(NamePattern("cmd.*.calls").match("cmd.get.calls") == "get")
    #expect(NamePattern("cmd.*.calls").match("cmd.calls") == nil)
    #expect(NamePattern("used").match("used") == "")
    #expect(NamePattern("used").match("used2") == nil)
  }

  /// Small numbers and such as single precision cannot hold, negative ones, zeros, and the extremes.
  private static func number(_ kind: Int, _ random: inout SeededRandom) -> Int64 {
    switch kind {
    case 0: Int64.random(in: 1...4000, using: &random)
    case 1: Int64.random(in: -(1 << 40)...(1 << 40), using: &random)
    case 2: [0, 1, -1, 1 << 50, 1 << 51, -(1 << 51), .max, .min][Int.random(in: 0..<8, using: &random)]
    default: Int64.random(in: .min ... .max, using: &random)
    }
  }

  @Test(arguments: 0..<4)
  func `quotients taken four at a time are those taken one by one`(_ kind: Int) {
    var random = SeededRandom(seed: UInt64(kind))
    for rows in 1...70 {
      let sources = [0, 1].map { _ in
        let column = Column(capacity: 80)
        column.reset(rows: rows)
        for row in 0..<rows { column[row] = Self.number(kind, &random) }
        return column
      }
      let term = { (series: Int) in Derivation.Term(series: series, coefficient: 1) }
      let digits = UInt8.random(in: 0...4, using: &random)
      let ratio = Derivation.ratio([term(0)], [term(1)], rows % 2 == 0 ? 100 : 1)
      let column = Column(capacity: 80)
      column.reset(rows: rows)
      ratio.fill(column, from: sources.map { .column($0) }, digits: digits, first: nil)
      for row in 0..<rows {
        let single = ratio.value(digits: digits) { sources[$0][row] }
        #expect(column[row] == single, "\(sources[0][row]) / \(sources[1][row])")
      }
    }
  }
}
