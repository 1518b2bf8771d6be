import CacheModel
import Exposition
import Randomness
import Testing
import TimeSeries

@Suite struct RendererTests {
  private typealias Family = ExpositionParser.Family

  private static func families(_ snapshot: Snapshot, _ format: MetricsFormat) throws -> [Family] {
    let text = MetricsRenderer().render(snapshot, format: format).text
    return try ExpositionParser.parse(text, openMetrics: format == .openMetrics)
  }

  @Test(arguments: DocumentTests.names, MetricsFormat.allCases)
  func `a strict parser accepts what is rendered`(_ name: String, _ format: MetricsFormat) throws {
    #expect(try Self.families(DocumentTests.snapshot(name), format).count > 5)
  }

  @Test(arguments: DocumentTests.names)
  func `families of the text format are sorted by name`(_ name: String) throws {
    let names = try Self.families(DocumentTests.snapshot(name), .prometheusText).map(\.name)
    #expect(names == names.sorted())
  }

  @Test(arguments: DocumentTests.names, MetricsFormat.allCases)
  func `two renders are byte-identical, whatever was rendered between`(_ name: String, _ format: MetricsFormat) {
    let renderer = MetricsRenderer()
    let first = renderer.render(DocumentTests.snapshot(name), format: format)
    for other in DocumentTests.names { _ = renderer.render(DocumentTests.snapshot(other), format: format) }
    #expect(renderer.render(DocumentTests.snapshot(name), format: format) == first)
  }

  @Test func `both formats have the same series with the same values`() throws {
    let text = try Self.families(Snapshots.pair, .prometheusText).flatMap(\.series)
    let open = try Self.families(Snapshots.pair, .openMetrics).flatMap(\.series)
    func keys(_ all: [ExpositionParser.Series]) -> Set<String> {
      Set(
        all.map { series in
          let labels = series.labels.map {
            "\($0.name)=\($0.name == "le" ? "\(Double($0.value) ?? .infinity)" : $0.value)"
          }
          return "\(series.name){\(labels.joined(separator: ","))} \(series.value)"
        })
    }
    #expect(keys(text) == keys(open))
    #expect(text.count == open.count)
  }

  @Test func `text from outside comes back from labels as it was, but for control characters`() throws {
    let snapshot = Snapshots.hostile
    let name = Label.value(snapshot.targets[0].target.name)
    #expect(name.contains(#" \x1b[31m"#) && name.contains("\n"))
    let series = try Self.families(snapshot, .prometheusText).flatMap(\.series)
    let field = try #require(series.first { $0.name == "redis_info_field" })
    #expect(field.label == ["target": name, "section": name, "field": "x"])
    #expect(field.value == "-1.5")
    #expect(series.contains { $0.name == "cache_namespace_hits_total" && $0.label["namespace"] == name })
  }

  @Test func `series with invalid or doubled names are left out, and ours win over a server's of the same name`()
    throws
  {
    let families = try Self.families(Snapshots.hostile, .prometheusText)
    #expect(!families.contains { $0.name == "redis_bad_label" })
    let up = try #require(families.first { $0.name == "cache_up" })
    #expect(up.series.map(\.value) == ["1"])
  }

  @Test(arguments: MetricsFormat.allCases)
  func `a series keeps a label whose name its target has under another, as Prometheus does`(_ format: MetricsFormat)
    throws
  {
    // The strict parser refuses a label that comes twice, and a series that does.
    let series = try Self.families(Snapshots.labelled, format).flatMap(\.series)
    let about = series.filter { $0.label["target"] == "shop" }
    #expect(about.count > 50)
    for name in Snapshots.labelled.targets[0].target.labels.map(\.name) {
      #expect(about.allSatisfy { $0.label[name] == "of the target" })
    }
    let menu = try #require(
      about.first { $0.name == "cache_namespace_hits_total" && $0.label["exported_exported_namespace"] == "menu" })
    #expect(menu.label["exported_namespace"] == "of the target")
    #expect(about.contains { $0.name.hasPrefix("redis_db_keys") && $0.label["exported_db"] == "db0" })
  }

  @Test func `a target that is down keeps what is ours and loses what is its server's`() throws {
    let families = try Self.families(Snapshots.pair, .prometheusText)
    let second = families.filter { family in family.series.contains { $0.label["target"] == "second" } }.map(\.name)
    #expect(second.filter { $0.hasPrefix("redis_") } == ["redis_up"])
    for name in [
      "cache_hits_total", "cache_misses_total", "cache_memory_used_bytes", "cache_keys", "cache_evictions_total",
    ] {
      #expect(!second.contains(name))
    }
    for name in [
      "cache_up", "cache_failure_info", "cache_namespace_hits_total", "cache_hit_ratio", "cache_warning_active",
    ] {
      #expect(second.contains(name))
    }
    let up = try #require(families.first { $0.name == "cache_up" })
    #expect(up.series.map(\.value) == ["1", "0"])
  }

  @Test func `before the first poll nothing is made up`() throws {
    let names = try Self.families(Snapshots.fresh, .prometheusText).map(\.name)
    #expect(!names.contains { $0.hasPrefix("redis_") })
    for name in [
      "cache_up", "cache_poll_duration_seconds", "cache_namespace_hits_total", "cache_hit_ratio",
      "process_open_fds",
    ] {
      #expect(!names.contains(name))
    }
    #expect(names.contains("cache_polls_total"))
  }

  @Test func `one target alone comes without the process`() throws {
    let text = MetricsRenderer().render(Snapshots.pair, format: .prometheusText, target: "first").text
    let series = try ExpositionParser.parse(text, openMetrics: false).flatMap(\.series)
    #expect(series.allSatisfy { $0.label["target"] == "first" })
    #expect(series.contains { $0.name == "redis_db_keys" })
    #expect(MetricsRenderer().render(Snapshots.pair, format: .openMetrics, target: "third").text == "# EOF\n")
  }

  @Test(arguments: MetricsFormat.allCases)
  func `a catalog that grows is rendered as if new`(_ format: MetricsFormat) {
    let renderer = MetricsRenderer()
    var snapshot = Snapshots.solo
    var generator = SeededRandom(seed: 3)
    for step in 0..<40 {
      let family = MetricFamily(
        "redis_field_\(generator.next() % 7)", step.isMultiple(of: 2) ? .gauge : .counter, "f")
      let labels = generator.next().isMultiple(of: 2) ? [Label("n", "\(generator.next() % 5)")] : []
      snapshot.targets[0].sample?.set(SeriesDefinition(family, labels: labels), FixedPoint(Int64(step)))
      #expect(renderer.render(snapshot, format: format) == MetricsRenderer().render(snapshot, format: format))
    }
  }

  @Test(arguments: MetricsFormat.allCases)
  func `the order of registration does not show`(_ format: MetricsFormat) throws {
    let original = try #require(Snapshots.solo.targets[0].sample)
    var series: [(SeriesDefinition, FixedPoint)] = []
    original.forEachPresent { series.append((original.catalog[$0], $1)) }
    let expected = MetricsRenderer().render(Snapshots.solo, format: format)
    var generator = SeededRandom(seed: 5)
    for _ in 0..<20 {
      series.shuffle(using: &generator)
      var sample = Sample(catalog: SeriesCatalog(), time: Snapshots.noon, epoch: 1)
      for (definition, value) in series { sample.set(definition, value) }
      var snapshot = Snapshots.solo
      snapshot.targets[0].sample = sample
      #expect(MetricsRenderer().render(snapshot, format: format) == expected)
    }
  }

  @Test func `many targets come and go`() throws {
    let renderer = MetricsRenderer()
    for generation in 0..<4 {
      var snapshot = Snapshots.pair
      snapshot.targets = (0..<50).map { Snapshots.redis("cache-\(generation)-\($0)", isNamed: true) }
      let text = renderer.render(snapshot, format: .openMetrics).text
      let families = try ExpositionParser.parse(text, openMetrics: true)
      let up = try #require(families.first { $0.name == "redis_up" })
      #expect(up.series.compactMap { $0.label["target"] } == snapshot.targets.map(\.target.name))
    }
  }

  @Test(arguments: MetricsFormat.allCases, [1, 2, 7, 12, 10_000])
  func `parts are the whole, however many and whatever the pieces`(_ format: MetricsFormat, _ count: Int) {
    for name in DocumentTests.names {
      var snapshot = DocumentTests.snapshot(name)
      snapshot.targets += (0..<3).map { Snapshots.redis("more-\($0)", isNamed: true) }
      let renderer = MetricsRenderer()
      let parts = renderer.parts(count, of: snapshot, format: format)
      #expect(parts.count <= count)
      let pieces = parts.flatMap { part in
        var part = part
        return Array(AnyIterator { part.next() })
      }
      #expect(pieces.allSatisfy { !$0.isEmpty })
      #expect(Array(pieces.joined()) == renderer.render(snapshot, format: format))
    }
  }

  @Test func `a thousand targets come in pieces of bounded size`() throws {
    var snapshot = Snapshots.pair
    snapshot.targets = (0..<1000).map { Snapshots.redis("cache-\($0)", isNamed: true) }
    var part = try #require(MetricsRenderer().parts(1, of: snapshot, format: .prometheusText).first)
    var sizes: [Int] = []
    while let piece = part.next() { sizes.append(piece.count) }
    #expect(sizes.count > 10)
    #expect(sizes.dropLast().allSatisfy { (60_000...80_000).contains($0) })
  }

  @Test(arguments: MetricsFormat.allCases)
  func `how late polls begin is a histogram`(_ format: MetricsFormat) throws {
    var snapshot = Snapshots.solo
    var punctuality = PollPunctuality()
    for seconds in [-0.001, 0.0005, 0.004, 0.05, 3] { punctuality.add(late: seconds, missed: 2) }
    snapshot.exporter.punctuality = punctuality
    let families = try Self.families(snapshot, format)
    let lateness = try #require(families.first { $0.name == "cachegauge_poll_lateness_seconds" })
    let buckets = lateness.series.filter { $0.name.hasSuffix("_bucket") }
    #expect(buckets.map(\.value) == ["2", "2", "3", "3", "3", "4", "4", "4", "4", "4", "5"])
    #expect(buckets.map { $0.label["le"] }.suffix(2) == ["1.0", "+Inf"])
    #expect(lateness.series.first { $0.name.hasSuffix("_count") }?.value == "5")
    #expect(families.flatMap(\.series).first { $0.name == "cachegauge_polls_missed_total" }?.value == "10")
  }

  @Test(arguments: DocumentTests.names)
  func `points are what is served`(_ name: String) throws {
    var snapshot = DocumentTests.snapshot(name)
    snapshot.exporter.punctuality = PollPunctuality()
    let served = try Self.families(snapshot, .prometheusText).flatMap(\.series)
    let points = snapshot.targets.flatMap(\.points) + snapshot.exporter.points
    #expect(points.count == served.count)
    #expect(
      Set(points.map { "\($0.name) \($0.labels.map { "\($0.name)=\($0.value)" })" })
        == Set(served.map { "\($0.name) \($0.labels.map { "\($0.name)=\($0.value)" })" }))
    let values = Dictionary(points.map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first })
    for series in served where points.count(where: { $0.name == series.name }) == 1 {
      let value = try #require(values[series.name])
      #expect(value == Double(series.value) || "\(series.value)".hasSuffix("Inf") || series.value == "NaN")
    }
  }

  @Test func `saved time is hits times the cost of a miss`() throws {
    let families = try Self.families(Snapshots.solo, .prometheusText)
    let saved = try #require(families.first { $0.name == "cache_saved_seconds_total" })
    #expect(saved.series.map(\.value) == ["747"])
    #expect(saved.series.first?.label == ["namespace": "menu"])
  }

  @Test(arguments: [Int64.min, -5, Int64.max])
  func `numbers at their worst trap nothing and break no rule`(_ number: Int64) throws {
    let snapshot = Snapshots.extreme(number)
    for format in MetricsFormat.allCases { #expect(try Self.families(snapshot, format).count > 5) }
    for document in [healthDocument(snapshot), statsDocument(snapshot), reportDocument(snapshot)] {
      #expect(!document.text.contains("Inf") && !document.text.contains("NaN"))
    }
    var day = Snapshots.day
    day.targets[0].mostMemory = Double(number)
    for period in [nil, day] { #expect(reportText(snapshot, period: period).contains("Status: ")) }
    #expect(checkTable(snapshot).contains("Status: "))
  }

  @Test func `threads that render at once get the same bytes`() async {
    let renderer = MetricsRenderer()
    let expected = MetricsRenderer().render(Snapshots.pair, format: .openMetrics)
    await withTaskGroup(of: Bool.self) { group in
      for _ in 0..<8 {
        group.addTask {
          (0..<10).allSatisfy { _ in renderer.render(Snapshots.pair, format: .openMetrics) == expected }
        }
      }
      for await isEqual in group { #expect(isEqual) }
    }
  }
}
