import CacheModel
import HTTPServer
import Health
import Testing
import TimeSeries

@testable import Daemon

/// What history keeps of very many namespaces.
@Suite struct HistoryPlacesTests {
  private static let start = UnixTime(seconds: 1_795_219_200)

  /// A server with 301 series of its own, of which namespaces are sampled and keys counted.
  private struct World {
    let store: TimeSeriesStore
    let ring: Ring
    var history: TargetHistory
    var snapshot: TargetSnapshot
    private var catalog = SeriesCatalog()
    private var indices: [SeriesIndex] = []

    init(namespaces: Int, memory: Int = 64 << 20) {
      store = TimeSeriesStore(configuration: TimeSeries.Configuration(memory: memory))
      ring = store.ring(named: "shop", period: 1000)
      history = TargetHistory(ring: ring, isHeard: true, isCounted: true)
      snapshot = TargetSnapshot(
        target: Target(name: "shop", isNamed: true, kind: .redis, address: "127.0.0.1:1"), time: start, interval: 1,
        namespaces: (0..<namespaces).map {
          NamespaceCounts(definition: NamespaceDefinition(name: "n\($0)"), hits: nil, misses: nil, origin: .sampled)
        })
      snapshot.facts.evictedKeys = 0
      let names = [HistorySeries.connections[0]] + (0..<300).map { "redis_figure_\($0)" }
      indices = names.compactMap { catalog.register(SeriesDefinition(MetricFamily($0, .gauge, "Of a test"))) }
    }

    /// What is told comes bit by bit: at first misses, then hits, then sizes.
    mutating func poll(_ second: Int64) {
      snapshot.isUp = second > 0
      var sample = Sample(catalog: catalog, time: start, epoch: 7)
      for index in indices { sample[index] = FixedPoint(second) }
      snapshot.sample = second > 0 ? sample : nil
      for index in snapshot.namespaces.indices {
        let misses = second * 5 + Int64(index)
        snapshot.namespaces[index].misses = misses
        snapshot.namespaces[index].observed = ObservedMisses(
          total: misses, causes: [second, second, second, second, second + Int64(index)])
        snapshot.namespaces[index].hits = second > 2 ? second * 15 : nil
        snapshot.namespaces[index].census =
          second > 3 ? CensusCounts(keys: Int64(index), memoryBytes: Int64(index) * 100) : nil
      }
      history.append(snapshot, at: start.adding(seconds: Double(second)))
    }

    func has(_ name: String) -> Bool { ring.id(named: name) != nil }
    func count(_ name: (String) -> String) -> Int { snapshot.namespaces.count { has(name($0.definition.name)) } }
    var own: Int { ring.series { $0.hasPrefix("redis_") }.count }
  }

  @Test func `a thousand namespaces have all of it in the default budget, and hit_rate answers for each`()
    async throws
  {
    var world = World(namespaces: 1000)
    for second in 0..<8 as Range<Int64> { world.poll(second) }
    #expect(world.history.refused == 0)
    #expect(world.history.takeShortage() == nil)
    #expect(world.count { HistorySeries.hits(of: $0) } == 1000)
    #expect(world.count { HistorySeries.misses(of: $0) } == 1000)
    #expect(world.count { HistorySeries.misses(of: $0, .expired) } == 1000)
    #expect(world.count { HistorySeries.memory(of: $0) } == 1000)
    #expect(world.own == 301)
    for name in ["n0", "n511", "n999"] {
      let growth = world.ring.increase(
        of: HistorySeries.hits(of: name), from: Self.start.adding(seconds: 3), to: Self.start.adding(seconds: 7))
      #expect(growth == 60)
    }
    let routes = Routes(
      snapshots: SnapshotStore(targets: [world.snapshot]), store: world.store, started: Self.start,
      exposeKeys: false)
    let begin = Self.start.milliseconds / 1000
    let path = "/api/cache/series?metric=hit_rate&namespace=n999&start=\(begin + 3)&end=\(begin + 7)&step=2s"
    let answer = await routes.router.response(to: try #require(HTTPRequest("GET", path)))
    #expect(answer.status == 200)
    #expect(String(decoding: answer.bytes, as: UTF8.self).contains("0.75"))
    #expect(world.store.bytesUsed <= world.store.budget)
  }

  @Test(arguments: [200_000, 1_000_000, 1_400_000])
  func `where memory is small hits and misses come first, and what is refused is counted and told`(memory: Int)
    throws
  {
    var world = World(namespaces: 300, memory: memory)
    var told: [String] = []
    for second in 0..<8 as Range<Int64> {
      world.poll(second)
      if let shortage = world.history.takeShortage() { told.append(shortage) }
      #expect(world.store.bytesUsed <= world.store.budget)
    }
    let hits = world.count { HistorySeries.hits(of: $0) }
    let misses = world.count { HistorySeries.misses(of: $0) }
    let causes = MissCause.allCases.map { cause in world.count { HistorySeries.misses(of: $0, cause) } }
    let sizes = world.count { HistorySeries.keys(of: $0) } + world.count { HistorySeries.memory(of: $0) }
    #expect(hits == misses, "a rate needs both")
    #expect(world.has(HistorySeries.evictions))
    #expect(world.has(HistorySeries.connections[0]), "health asks for it")
    #expect(Set(causes).count == 1, "some causes would look like fewer misses")
    if memory == 1_400_000 {
      #expect(hits == 300)
      #expect(causes[0] > 0)
      #expect(world.own > 1)
    } else {
      #expect(hits > 30)
    }
    let left = (300 - hits) * 2 + (300 - causes[0]) * 5 + (600 - sizes) + (301 - world.own)
    #expect(world.history.refused == Int64(left))
    #expect(told.count == 1)
    let sentence = try #require(told.first)
    #expect(sentence.contains("cachegauge_series_refused_total"))
    // What it names is enough.
    let wanted = try #require(sentence.split(separator: "history.memory: ").last?.split(separator: "MiB").first)
    var larger = World(namespaces: 300, memory: try #require(Int(wanted)) << 20)
    for second in 0..<8 as Range<Int64> { larger.poll(second) }
    #expect(larger.history.refused == 0)
  }

  @Test func `what had no place has one when the share grows, and is not counted twice`() throws {
    let store = TimeSeriesStore(configuration: TimeSeries.Configuration(memory: 2 << 20))
    _ = (0..<9).map { store.ring(named: "other\($0)", period: 1000) }
    var world = World(namespaces: 100)
    let ring = store.ring(named: "shop", period: 1000)
    world.history = TargetHistory(ring: ring, isHeard: true, isCounted: true)
    for second in 0..<6 as Range<Int64> { world.poll(second) }
    let refused = world.history.refused
    #expect(refused > 0)
    for number in 0..<9 { store.removeRing(named: "other\(number)") }
    world.poll(6)
    #expect(ring.id(named: HistorySeries.hits(of: "n99")) != nil)
    #expect(ring.id(named: "redis_figure_299") != nil)
    #expect(world.history.refused == refused)
  }

  @Test func `what health asks of the whole target may come late, and takes no room of hits and misses`() {
    var world = World(namespaces: 600, memory: 2 << 20)
    for second in 0..<8 as Range<Int64> {
      // By now all that is not kept for hits is taken; these come with the first warnings, before the hits do.
      if second == 2 {
        world.snapshot.health.warnings = [.evictionsHigh, .memoryNearLimit, .connectionsRejected, .slowOperations]
          .map {
            Warning(
              code: $0, severity: .warning, since: Self.start, message: "Of a test", advice: "None", evidence: [])
          }
      }
      world.poll(second)
      #expect(world.store.bytesUsed <= world.store.budget)
    }
    #expect(world.count { HistorySeries.misses(of: $0) } == 600)
    #expect(world.count { HistorySeries.hits(of: $0) } == 600)
    #expect(world.snapshot.health.warnings.allSatisfy { world.has(HistorySeries.warning($0)) })
    #expect(world.own > 1)
  }

  @Test func `what the start says of too little memory counts namespaces, and what it names is enough`() throws {
    var target = TargetConfiguration(url: "redis://127.0.0.1:1")
    target.name = "shop"
    (target.observe.events, target.census.isOn) = (true, true)
    target.namespaces = (0..<600).map { NamespaceDefinition(name: "n\($0)") }
    var configuration = Configuration()
    configuration.targets = [target]
    configuration.history.memory = 2 << 20
    let sentence = try #require(HistoryNeeds(configuration).shortage)
    let begin =
      "history.memory gives its only target 2048 KiB; shop with 400 series of its server and those of 600 namespaces wants "
    #expect(sentence.hasPrefix(begin), "\(sentence)")
    let wanted = try #require(sentence.split(separator: "history.memory: ").last?.split(separator: "MiB").first)
    configuration.history.memory = try #require(Int64(wanted)) << 20
    #expect(HistoryNeeds(configuration).shortage == nil)
    var world = World(namespaces: 600, memory: Int(configuration.history.memory))
    for second in 0..<8 as Range<Int64> { world.poll(second) }
    #expect(world.history.refused == 0)

    // Without namespaces a server's own series count alone.
    configuration.targets = (0..<4).map {
      var target = TargetConfiguration(url: "redis://127.0.0.1:1")
      target.name = "t\($0)"
      return target
    }
    configuration.history.memory = 2 << 20
    let few = try #require(HistoryNeeds(configuration).shortage)
    #expect(few.hasPrefix("history.memory gives each of 4 targets 512 KiB; t"), "\(few)")
    #expect(
      few.hasSuffix(
        " with 400 series of its server wants 640 KiB, so that some series have no history; history.memory: 3MiB would do"
      ),
      "\(few)")
    configuration.history.memory = 3 << 20
    #expect(HistoryNeeds(configuration).shortage == nil)
  }
}
