import CacheModel
import Collectors
import Testing

@testable import Daemon

@Suite struct ConfigurationSurveyTests {
  private static let text = """
    targets:
      - url: redis://h
        census: { share: 2%, interval: 5m, samples: 0, ttl_sample: 20, idle_times: true }
        checks:
          keys: ["db3=session:*", "user:?"]
          single_keys: plain
          count_keys: ["*", "db12=*"]
          key_groups: ["^(%a+):", '"']
          max_key_groups: 7
          streams: ["jobs:*"]
          single_streams: ["db1=jobs"]
          stream_consumers: false
          lookups: true
          interval: 1m
        collect: { clients: true, client_ports: true, latency: false }
    """

  @Test func `everything about single keys is read, shown, and read again as the same`() throws {
    let loaded = try load(Self.text)
    let target = try #require(loaded.configuration.targets.first)
    #expect(target.census.isOn && target.census.share == 0.02 && target.census.ttlSample == 20)
    #expect(target.census.interval == .seconds(300) && target.census.samples == 0 && target.census.idleTimes)
    #expect(
      target.checks.keys.map(\.database) == [3, 0] && target.checks.keys.map(\.pattern) == ["session:*", "user:?"])
    #expect(target.checks.countKeys.last?.database == 12 && target.checks.maximumGroups == 7)
    #expect(target.checks.lookups && !target.checks.streamConsumers && target.checks.interval == .seconds(60))
    #expect(target.collect == [.clients, .clientPorts])
    #expect(try load(loaded.show()).configuration == loaded.configuration)
  }

  @Test(arguments: [("true", true), ("false", false), ("{}", true)]) func `a census is switched by one word`(
    _ text: String, _ isOn: Bool
  ) throws {
    let target = try load("targets: [{ url: redis://h, census: \(text) }]").configuration.targets.first
    #expect(target?.census.isOn == isOn)
    #expect(target?.census.share == 0.01)
    #expect(target?.collect == [.latency])
  }

  @Test func `nothing of it is on by itself`() throws {
    let target = try #require(try load("targets: [{ url: redis://h }]").configuration.targets.first)
    #expect(!target.census.isOn && !target.checks.isOn && target.census.ttlSample == 0 && !target.census.idleTimes)
  }

  @Test(arguments: [0.001, 0.01, 0.2]) func `a walk never takes more than its share of the time`(_ share: Double) {
    var pace = CensusPace(share: share)
    pace.noteFloor(0.0001)
    for seconds in [0.0001, 0.0004, 0.001, 0.5, 0.002, 0.0002] {
      let pause = pace.pause(after: seconds)
      #expect(seconds / (seconds + pause) <= share * 1.000_001)
      #expect((8...1024).contains(pace.batch))
    }
  }

  @Test func `a batch grows while it is short work, whatever the network takes, and shrinks when it is long`() {
    var pace = CensusPace(share: 0.01)
    pace.noteFloor(0.030)
    for _ in 0..<20 { _ = pace.pause(after: 0.0302) }
    #expect(pace.batch == 1024)
    for _ in 0..<20 { _ = pace.pause(after: 0.05) }
    #expect(pace.batch == 8)
  }
}
