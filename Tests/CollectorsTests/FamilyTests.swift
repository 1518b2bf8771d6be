import CacheModel
import TestSupport
import Testing

@testable import Collectors

@Suite struct FamilyTests {
  static let fields = InfoField.tables.flatMap(\.self)
  static let current = fields.filter { !$0.isLegacy }.map(\.family) + RedisFamilies.all + RedisFamilies.others
  static let legacy = RedisFamilyList.legacy.filter { $0 != RedisFamilies.keyGroupsDuration }
  /// What promtool does not like in the names of families that are served where they are chosen.
  static let disliked = [
    // Bits of a record, as FT.INFO tells them; they are no bytes.
    "redis_search_index_avg_per_record_offset_bits"
  ]

  @Test func `no two fields and no two families share a name`() {
    let names = Self.fields.map(\.name)
    #expect(names.count == Set(names).count)
    let families = (Self.current + Self.legacy).map(\.name)
    #expect(families.count == Set(families).count)
  }

  @Test(arguments: current) func `a family is named, typed and explained as Prometheus wants`(
    _ family: MetricFamily
  ) {
    #expect(family.name.hasPrefix("redis_"))
    #expect(family.name.allSatisfy { $0.isASCII && ($0.isLowercase || $0.isNumber || $0 == "_") })
    #expect((family.type == .counter) == family.name.hasSuffix("_total"))
    #expect(!family.help.isEmpty && !family.help.contains("\n"))
  }

  @Test(.enabled(if: isInstalled("promtool")))
  func `promtool finds no fault with any family that has its name without legacy names`() throws {
    let faults = try lint(Self.current)
    #expect(faults.keys.sorted() == Self.disliked)
  }

  @Test(.enabled(if: isInstalled("promtool")))
  func `promtool finds fault with each family that is legacy`() throws {
    let faults = try lint(Self.legacy)
    let innocent = Self.legacy.map(\.name).filter { faults[$0] == nil }
    #expect(innocent.isEmpty)
  }
}
