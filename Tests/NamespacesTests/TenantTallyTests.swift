import CacheModel
import Randomness
import Testing

@testable import Namespaces

/// Misses of tenants: the name is the rank in a Zipf-like order, "other" now and then.
private func misses(_ count: Int, tenants: Int, seed: UInt64) -> [String] {
  var random = SeededRandom(seed: seed)
  return (0..<count).map { _ in
    let unit = Double(random.next() >> 11) / Double(1 << 53)
    return "t\(Int(Double(tenants) * unit * unit * unit))"
  }
}

extension TenantTally {
  /// A miss of the tenant of this name.
  fileprivate mutating func add(_ name: String) {
    let bytes = Array(name.utf8)
    add(bytes.span, tenant: 0..<bytes.count)
  }
}

@Suite struct `Misses by tenant` {
  @Test(arguments: [50, 1000, 100_000])
  func `the most frequent are found, and their counts hold the truth within the bound`(tenants: Int) {
    var hitters = HeavyHitters()
    var truth: [String: Int] = [:]
    for name in misses(40_000, tenants: tenants, seed: 3) {
      truth[name, default: 0] += 1
      let bytes = Array(name.utf8)
      hitters.add(bytes.span, hash: KeyHash.hash(bytes.span, database: 0))
    }
    let kept = Dictionary(hitters.entries.map { (String(decoding: $0.name, as: UTF8.self), $0) }) { first, _ in
      first
    }
    #expect(hitters.entries.count == min(HeavyHitters.capacity, truth.count))
    for (name, count) in truth where count * HeavyHitters.capacity > 40_000 {
      #expect(kept[name] != nil, "\(name)")
    }
    for (name, entry) in kept {
      let real = Double(truth[name] ?? 0)
      #expect(real <= entry.count && real >= entry.count - entry.excess, "\(name)")
    }
  }

  @Test func `tenants whose names are no UTF-8 are told apart`() {
    var tally = TenantTally()
    for byte in [0xFE, 0xFF, 0xFF] as [UInt8] {
      for _ in 0..<20 { tally.add([byte].span, tenant: 0..<1) }
    }
    tally.choose(fading: 1)
    #expect(tally.report?.tenants.map(\.name) == [#"\xff"#, #"\xfe"#])
  }

  @Test func `counts of those told only grow, and with the others' they are all misses`() {
    var tally = TenantTally()
    var last: [String: Int64] = [:]
    var all: Int64 = 0
    for (index, name) in misses(20_000, tenants: 3000, seed: 5).enumerated() {
      tally.add(name)
      all += 1
      guard index % 500 == 499 else { continue }
      tally.choose(fading: 0.999)
      guard let report = tally.report else { continue }
      #expect(report.tenants.count <= TenantTally.places)
      for tenant in report.tenants { #expect(tenant.misses >= last[tenant.name] ?? 0) }
      last = Dictionary(uniqueKeysWithValues: report.tenants.map { ($0.name, $0.misses) })
      #expect(report.others + report.tenants.reduce(0) { $0 + $1.misses } <= all)
    }
    #expect(last.count >= 10)
    #expect(tally.report?.tenants.first?.name == "t0")
    let share = tally.report?.tenants.first?.share ?? 0...0
    #expect(share.lowerBound > 0.05 && share.upperBound - share.lowerBound < 0.02)
  }

  @Test func `one that comes up takes the place of the least`() {
    var tally = TenantTally()
    for round in 0..<40 {
      for tenant in 0..<20 { for _ in 0..<(20 + tenant) { tally.add("old\(tenant)") } }
      if round >= 20 { for _ in 0..<60 { tally.add("new") } }
      tally.choose(fading: 0.9)
    }
    let names = tally.report?.tenants.map(\.name) ?? []
    #expect(names.count == 20 && names.contains("new") && !names.contains("old0"))
  }

  @Test func `names that are too long, empty, or mean all others are not told`() {
    var tally = TenantTally()
    for name in [String(repeating: "x", count: 65), "", "other"] {
      for _ in 0..<100 { tally.add(name) }
    }
    let none: [UInt8] = []
    for _ in 0..<50 { tally.add(none.span, tenant: nil) }
    tally.choose(fading: 1)
    #expect(tally.report == TenantReport(tenants: [], others: 350))
    #expect(TenantTally().report == nil)
  }
}
