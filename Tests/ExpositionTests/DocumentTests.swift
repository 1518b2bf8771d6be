import CacheModel
import Exposition
import Foundation
import Testing

@Suite struct DocumentTests {
  static let names = ["solo", "pair", "hostile", "fresh", "watched"]

  static func snapshot(_ name: String) -> Snapshot {
    switch name {
    case "solo": Snapshots.solo
    case "pair": Snapshots.pair
    case "hostile": Snapshots.hostile
    case "watched": Snapshots.watched
    default: Snapshots.fresh
    }
  }

  @Test(arguments: names)
  func `JSON answers are as committed`(_ name: String) throws {
    let snapshot = Self.snapshot(name)
    try expectGolden(healthDocument(snapshot), "\(name).health.json")
    try expectGolden(statsDocument(snapshot), "\(name).stats.json")
    try expectGolden(reportDocument(snapshot, exposeKeys: name == "pair"), "\(name).report.json")
  }

  @Test func `a series' answer has pairs of time and value, with null for gaps`() throws {
    let noon = Snapshots.noon
    let bytes = seriesDocument(
      metric: "hit_rate", namespace: "menu", target: "first", function: "ratio", from: noon,
      to: noon.adding(seconds: 30), step: 15,
      points: [(noon, 0.875), (noon.adding(seconds: 15), nil), (noon.adding(seconds: 30), .nan)],
      series: [("hit_rate", [Label("target", "first"), Label("namespace", "a\"b")], [(noon, 0.875)])])
    try expectGolden(bytes, "series.json")
  }

  @Test(arguments: names)
  func `tables for people are as committed`(_ name: String) throws {
    let snapshot = Self.snapshot(name)
    try expectGolden(Array(checkTable(snapshot).utf8), "\(name).check.txt")
    try expectGolden(Array(reportText(snapshot, exposeKeys: name == "pair").utf8), "\(name).report.txt")
  }
}

@Suite struct PeriodTests {
  @Test(arguments: [(ReportFormat.json, "report.json"), (.text, "report.txt"), (.markdown, "report.md")])
  func `a period's report is as committed`(_ format: ReportFormat, _ ending: String) throws {
    try expectGolden(report(Snapshots.pair, format, period: Snapshots.day, width: 100), "period.\(ending)")
  }

  @Test func `on one line the document is the same, without line feeds`() throws {
    let line = reportDocument(Snapshots.hostile, isOneLine: true)
    #expect(!line.contains(10) && !line.contains(13))
    let options = JSONSerialization.WritingOptions.sortedKeys
    let both = try [line, reportDocument(Snapshots.hostile)].map { bytes in
      try JSONSerialization.data(withJSONObject: JSONSerialization.jsonObject(with: Data(bytes)), options: options)
    }
    #expect(both[0] == both[1])
  }

  @Test func `nothing of outside becomes markup in Markdown`() {
    let text = String(decoding: report(Snapshots.hostile, .markdown), as: UTF8.self)
    #expect(!text.contains("</script>") && text.contains("\\</script\\>"))
    #expect(text.split(separator: "\n").filter { $0.hasPrefix("|") }.allSatisfy { $0.hasSuffix(" |") })
  }
}

@Suite struct HealthAnswerTests {
  @Test(arguments: [
    (Status.healthy, true, 200), (.degraded, true, 200), (.unknown, true, 200), (.unhealthy, true, 503),
    (.healthy, false, 503), (.degraded, false, 503), (.unknown, false, 503), (.unhealthy, false, 503),
  ])
  func `health answers 503 when unhealthy or when nothing answers`(_ status: Status, _ isUp: Bool, _ code: Int) {
    var snapshot = Snapshots.solo
    snapshot.targets[0].health.status = status
    snapshot.targets[0].isUp = isUp
    #expect(healthStatusCode(snapshot) == code)
  }

  @Test func `without any target there is nothing to connect to`() {
    let empty = Snapshot(generation: 0, targets: [], exporter: Snapshots.exporter)
    #expect(healthStatusCode(empty) == 503)
    let text = healthDocument(empty).text
    #expect(text.contains("\"redis_available\": null"))
    #expect(text.contains("\"cache\": \"disconnected\""))
    #expect(statsDocument(empty).text.contains("No cache is configured."))
  }

  @Test func `availability of Redis does not hang on other kinds of cache`() {
    var snapshot = Snapshots.solo
    let memcached = Target(name: "sessions", isNamed: true, kind: .memcached, address: "127.0.0.1:11211")
    snapshot.targets.append(TargetSnapshot(target: memcached, time: Snapshots.noon, interval: 1, namespaces: []))
    let text = healthDocument(snapshot).text
    #expect(text.contains("\"redis_available\": true"))
    #expect(text.contains("\"cache\": \"disconnected\""))
  }

  @Test func `a namespace's summary is the last hour's, or all of it where that hour is empty`() {
    var snapshot = Snapshots.solo
    #expect(healthDocument(snapshot).text.contains("\"session_hit_rate\": 0.2"))
    snapshot.targets[0].health.namespaces = []
    #expect(healthDocument(snapshot).text.contains("\"session_hit_rate\": 0.1"))
  }

  @Test func `names that reduce to the same key are kept apart`() {
    let text = healthDocument(Snapshots.hostile).text
    #expect(text.contains("_hit_rate\": 0.75,"))
    #expect(text.contains("_2_hit_rate\": 0.75"))
  }

  @Test func `keys appear only where they are exposed`() {
    for text in [reportDocument(Snapshots.solo).text, reportText(Snapshots.solo)] {
      #expect(!text.contains("menu:restaurant:12"))
    }
    for text in [
      reportDocument(Snapshots.solo, exposeKeys: true).text, reportText(Snapshots.solo, exposeKeys: true),
    ] {
      #expect(text.contains("menu:restaurant:12"))
    }
  }

  @Test(arguments: DocumentTests.names)
  func `tables keep to the terminal and hold no control characters`(_ name: String) {
    let snapshot = DocumentTests.snapshot(name)
    for text in [checkTable(snapshot), reportText(snapshot)] {
      #expect(text.unicodeScalars.allSatisfy { $0 == "\n" || !($0.value < 0x20 || $0.value == 0x202E) })
      let rows = text.split(separator: "\n").filter { $0.contains("  ") }
      #expect(rows.allSatisfy { $0.count <= 80 }, "\(rows.filter { $0.count > 80 })")
    }
  }

  @Test func `colours are used only when asked for`() {
    #expect(!checkTable(Snapshots.solo).contains("\u{1B}["))
    #expect(checkTable(Snapshots.solo, color: true).contains("\u{1B}[33mdegraded\u{1B}[0m"))
  }
}
