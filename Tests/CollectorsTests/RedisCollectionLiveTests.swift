import CacheModel
import Collectors
import RESP
import TestSupport
import Testing
import TimeSeries

@Suite(.enabled(if: isInstalled("redis-server"))) struct RedisCollectionLiveTests {
  @Test func `the first poll of a real server brings every collector's result`() throws {
    let server = try RedisServer()
    let connection = try server.connect()
    try connection.call("SET", "a", "1")
    var collection = RedisCollection()
    let collected = try collection.poll(connection, at: 1_000_000)
    #expect(collected.status("info")?.succeeded == true)
    #expect(
      Set(collected.collectors.filter(\.succeeded).map(\.name))
        == ["info", "commandstats", "slowlog", "latencystats", "latency", "latency_histogram", "config"])
    #expect(collected["redis_db_keys{db=\"db0\"}"] == FixedPoint(1))
    #expect(collected["redis_db_keys{db=\"db15\"}"] == FixedPoint(0))
    #expect(collected["redis_commands_total{cmd=\"set\"}"] == FixedPoint(1))
    #expect(collected["redis_commands_latencies_usec_count{cmd=\"set\"}"] == FixedPoint(1))
    #expect(collected.facts.software == "redis")
    #expect(collected.notices.isEmpty)
  }
}
