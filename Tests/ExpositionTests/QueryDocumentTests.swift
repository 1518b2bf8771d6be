import CacheModel
import Exposition
import Randomness
import Testing
import TimeSeries

@Suite struct QueryDocumentTests {
  private static let series = QuerySeries(
    name: "a", labels: [Label("target", "x\"\\\n")],
    points: [Point(time: 1500, value: 0.1), Point(time: 2000, value: .nan), Point(time: 3000, value: -.infinity)])
  private static let nameless = QuerySeries(name: nil, labels: [], points: [Point(time: 1000, value: 1e21)])

  static let answers: [(String, QueryData)] = [
    ("matrix", .matrix([series, nameless])), ("vector", .vector([series, nameless])), ("scalar", .scalar(1500, 2)),
    ("string", .string(0, "a\"b")), ("names", .names(["a", "b\"c"])), ("labels", .series([series, nameless])),
    ("metadata", .metadata([MetricFamily("a", .counter, "All \"a\"."), MetricFamily("b", .summary, "")])),
    ("build", .build([("version", "1"), ("application", "cachegauge")])),
  ]

  @Test(arguments: answers.map(\.0))
  func `answers of Prometheus' interface are as committed`(_ name: String) throws {
    let data = try #require(Self.answers.first { $0.0 == name }).1
    try expectGolden(queryDocument(data), "\(name).query.json")
  }

  @Test func `errors of Prometheus' interface are as committed`() throws {
    try expectGolden(
      queryErrorDocument(type: "bad_data", message: "invalid parameter \"query\": column 1"), "refused.error.json")
  }
}

@Suite struct HistoryTextTests {
  @Test func `a time reads back as its millisecond where a reader cuts off`() throws {
    var random = SeededRandom(seed: 11)
    for _ in 0..<20_000 {
      let time = Int64.random(in: 0..<4_000_000_000_000, using: &random)
      let line = String(decoding: HistoryText.lines([(time, FixedPoint(5, digits: 1))], prefix: []), as: UTF8.self)
      let words = line.split { $0 == " " || $0 == "\n" }
      #expect(words.count == 2 && words[0] == "0.5")
      let seconds = try #require(Double(words[1]))
      #expect(Int64(seconds * 1000) == time, "\(line)")
      #expect((seconds * 1000).rounded() == Double(time))
    }
  }

  @Test func `a family's head says its type, or unknown where OpenMetrics has no such counter`() {
    let families = [
      MetricFamily("a_total", .counter, "A."), MetricFamily("b", .gauge, "B."), MetricFamily("c", .counter, "C."),
      MetricFamily("d_total", .counter, "D."), MetricFamily("d", .gauge, "D too."),
      MetricFamily("e", .histogram, "E."),
    ]
    let text = HistoryText(families: families, names: ["a_total", "b", "c", "d_total", "d", "e_sum", "f_total"])
    let table = [
      ("a_total", "a counter"), ("b", "b gauge"), ("c", "c unknown"), ("d_total", "d_total unknown"),
      ("d", "d gauge"),
      ("e_sum", "e_sum unknown"), ("f_total", "f_total unknown"),
    ]
    for (name, type) in table {
      let head = String(decoding: text.head(of: name, isCounter: name.hasSuffix("_total")), as: UTF8.self)
      #expect(head.hasSuffix("# TYPE \(type)\n"), "\(head)")
      #expect(head.hasPrefix("# HELP \(type.split(separator: " ")[0]) "))
    }
  }

  @Test func `labels are escaped as on the metrics page`() {
    let prefix = HistoryText.prefix(of: "a", labels: [Label("b", "c\"\\\n"), Label("d", "")])
    #expect(String(decoding: prefix, as: UTF8.self) == #"a{b="c\"\\\n",d=""} "#)
    #expect(HistoryText.prefix(of: "a", labels: []) == Array("a ".utf8))
  }
}
