import CacheModel
import Namespaces
import Testing

@testable import Daemon

/// Keys without values, times to live and evictions: enough of Redis for the plan.
private struct ModelServer {
  var keys: Set<String> = []
  var counters: [String: Int64] = [:]
  var lookups = 0
  var hits: Int64 = 0
  var refusesCounters = false

  mutating func reply(_ command: [String]) -> DemoReply {
    switch command[0] {
    case "GET", "SORT":
      lookups += 1
      let isHit = keys.contains(command[1])
      hits += isHit ? 1 : 0
      return isHit ? (command[0] == "SORT" ? .list(9) : .value) : (command[0] == "SORT" ? .list(0) : .null)
    case "SET", "RPUSH": keys.insert(command[1])
    case "DEL": keys.remove(command[1])
    case "HINCRBY":
      if refusesCounters { return .error("OOM") }
      counters["\(command[1]) \(command[2])", default: 0] += Int64(command[3]) ?? 0
    default: Issue.record("an unexpected command: \(command)")
    }
    return .value
  }
}

@Test func `counters equal what the lookups gave, once the last batch is closed`() {
  var plan = DemoPlan()
  var server = ModelServer()
  for batch in plan.warmUp() { for command in batch { _ = server.reply(command) } }
  for step in 0..<200 {
    server.refusesCounters = step % 7 == 3
    let commands = plan.next()
    plan.received(commands.map { server.reply($0) })
  }
  server.refusesCounters = false
  plan.received(plan.closing().map { server.reply($0) })
  #expect(plan.seen.map(\.hits) == plan.written.map(\.hits))
  #expect(plan.seen.map(\.misses) == plan.written.map(\.misses))
  for (part, counts) in zip(plan.parts, plan.seen) {
    #expect(server.counters["\(part.counterKey) hits"] == counts.hits)
    #expect(server.counters["\(part.counterKey) misses"] == counts.misses)
    #expect(counts.hits > 0)
  }
  #expect(plan.seen.reduce(0) { $0 + $1.hits } == server.hits)
  #expect(plan.seen.reduce(0) { $0 + $1.hits + $1.misses } == Int64(server.lookups))
  #expect(server.lookups == 200 * 40 + 5)
}

@Test func `each miss is written in the next batch, once`() {
  var plan = DemoPlan()
  let first = plan.next()
  plan.received(first.map { $0[0] == "GET" ? .null : .value })
  let missed = Set(first.filter { $0[0] == "GET" }.map { $0[1] })
  let written = plan.next().filter { $0[0] == "SET" }.map { $0[1] }
  #expect(written.count == missed.count)
  #expect(Set(written) == missed)
}

@Test func `a refused lookup counts as nothing`() {
  var plan = DemoPlan()
  plan.received(plan.next().map { _ in .error("LOADING") })
  #expect(plan.seen.allSatisfy { $0 == DemoCounts() })
  #expect(plan.closing().isEmpty)
}

@Test func `the same seed sends the same commands`() {
  var (one, same, other) = (DemoPlan(seed: 3), DemoPlan(seed: 3), DemoPlan(seed: 4))
  for _ in 0..<50 {
    let commands = one.next()
    #expect(commands == same.next())
    #expect(commands != other.next())
  }
}

@Test func `every key of the demo belongs to its own namespace alone`() throws {
  let patterns = try DemoNamespace.all.map { try KeyPattern($0.pattern) }
  for (index, namespace) in DemoNamespace.all.enumerated() {
    for number in [0, 1, 7, namespace.part.keyCount - 1] {
      let key = Array(namespace.part.key(number).utf8)
      #expect(patterns.indices.filter { patterns[$0].matches(key.span) } == [index])
    }
    let keys = Set((0..<namespace.part.keyCount).map { namespace.part.key($0) })
    #expect(keys.count == namespace.part.keyCount)
    let counter = Array(namespace.part.counterKey.utf8)
    #expect(patterns.allSatisfy { !$0.matches(counter.span) })
  }
  let slow = Array(DemoNamespace.slowKey.utf8)
  #expect(patterns.indices.filter { patterns[$0].matches(slow.span) } == [DemoNamespace.all.count - 1])
  #expect(DemoNamespace.all.reduce(0) { $0 + $1.part.share } == 1000)
}

@Test func `a Zipf distribution prefers small numbers as its exponent says`() {
  var random = SeededGenerator(seed: 11)
  let zipf = ZipfDistribution(count: 100, exponent: 1)
  var counts = [Int](repeating: 0, count: 100)
  for _ in 0..<100_000 { counts[zipf.draw(&random)] += 1 }
  // The harmonic number of 100 is 5.187: the first number has 19.3 % of the draws, the tenth a tenth of that.
  #expect((18_800...19_800).contains(counts[0]))
  #expect((1_750...2_100).contains(counts[9]))
  let even = ZipfDistribution(count: 4, exponent: 0)
  var evenCounts = [Int](repeating: 0, count: 4)
  for _ in 0..<40_000 { evenCounts[even.draw(&random)] += 1 }
  #expect(evenCounts.allSatisfy { (9_600...10_400).contains($0) })
}

@Test func `the demo's configuration is one that a file could give`() throws {
  var base = Configuration()
  base.listen.port = 9200
  base.poll.interval = .milliseconds(500)
  base.poll.timeout = .milliseconds(400)
  let configuration = DemoConfiguration.make(url: "unix:///tmp/x/redis.sock", over: base)
  let shown = LoadedConfiguration(configuration: configuration, origins: [:], warnings: [], file: nil).show()
  let loaded = try load(shown)
  #expect(loaded.configuration == configuration)
  #expect(loaded.warnings.isEmpty)
  #expect(configuration.listen.port == 9200)
  let target = try #require(configuration.targets.first)
  #expect(!target.identity.isNamed)
  #expect(target.namespaces.count >= 5)
  #expect(target.namespaces.filter(\.isCritical).map(\.name) == ["permissions"])
  #expect(Set(target.namespaces.map(\.ttl)).count == target.namespaces.count)
}
