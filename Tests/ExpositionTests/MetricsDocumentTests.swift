import CacheModel
import Exposition
import Foundation
import Testing

@Suite struct MetricsDocumentTests {
  private static let file = documentsFolder.appending(path: "metrics.md")

  /// The part up to the servers' own families, which collectors' tables add below.
  @Test func `the document of metrics says what the tables say`() throws {
    let own = metricsDocument()
    let committed = (try? String(contentsOf: Self.file, encoding: .utf8)) ?? ""
    if isUpdatingGolden, !committed.hasPrefix(own) {
      let rest = committed.range(of: "\n| name | type | meaning |").map { committed[$0.lowerBound...] } ?? ""
      return try Data((own + rest).utf8).write(to: Self.file)
    }
    #expect(committed.hasPrefix(own), "UPDATE_GOLDEN=1 rewrites docs/metrics.md")
  }

  @Test func `servers' families follow, sorted, once each, fit for a table`() {
    let text = metricsDocument(families: [
      MetricFamily("redis_b", .counter, "one | two\nthree"), MetricFamily("redis_a", .gauge, "a"),
      MetricFamily("redis_b", .counter, "again"),
    ])
    #expect(text.hasSuffix("| `redis_a` | gauge | a |\n| `redis_b` | counter | one \\| two three |\n"))
  }

  @Test func `our own families keep Prometheus' rules of naming`() throws {
    let rows = metricsDocument().split(separator: "\n").filter { $0.hasPrefix("| `") }.map { row in
      row.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
    }
    #expect(rows.count > 50)
    #expect(Set(rows.map(\.[0])).count == rows.count)
    for row in rows {
      let name = row[0].trimmingCharacters(in: ["`"])
      #expect((row[1] == "counter") == name.hasSuffix("_total"), "\(name)")
      #expect(
        ["redis_up", "memcached_up", "cache_", "cachegauge_", "process_"].contains { name.hasPrefix($0) }, "\(name)"
      )
      #expect(row.last?.isEmpty == false, "\(name)")
    }
  }
}
