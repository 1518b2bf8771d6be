import CacheModel
import Exposition
import Testing
import TimeSeries

@Suite struct MetricsTests {
  static let cases: [(name: String, snapshot: Snapshot)] = [
    ("solo", Snapshots.solo), ("pair", Snapshots.pair), ("hostile", Snapshots.hostile), ("fresh", Snapshots.fresh),
    ("cluster", Snapshots.cluster), ("watched", Snapshots.watched),
  ]

  @Test(arguments: cases.indices)
  func `text and OpenMetrics are as committed`(_ index: Int) throws {
    let (name, snapshot) = Self.cases[index]
    let renderer = MetricsRenderer()
    try expectGolden(renderer.render(snapshot, format: .prometheusText), "\(name).txt")
    try expectGolden(renderer.render(snapshot, format: .openMetrics), "\(name).openmetrics.txt")
  }

  @Test(.enabled(if: Program.path("promtool") != nil || Program.areRequired), arguments: cases.indices)
  func `promtool finds nothing to say of our own families`(_ index: Int) throws {
    let text = MetricsRenderer().render(Self.cases[index].snapshot, format: .prometheusText)
    let own = text.text.split(separator: "\n").filter { line in
      !line.hasPrefix("redis_") && !line.hasPrefix("# HELP redis_") && !line.hasPrefix("# TYPE redis_")
    }
    let answer = try Program.run(
      "promtool", ["check", "metrics"], input: Array((own.joined(separator: "\n") + "\n").utf8))
    #expect(answer.output == "")
    #expect(answer.status == 0)
  }
}
