import CacheModel
import Glibc
import TestSupport
import Testing
import TimeSeries

@testable import Collectors

/// A master and its replica as each of them tells it.
@Suite(.enabled(if: isInstalled("redis-server"))) struct ReplicationLiveTests {
  private static func pair() async throws -> (master: RedisServer, replica: RedisServer) {
    let master = try RedisServer("--repl-diskless-sync-delay", "0", "--repl-ping-replica-period", "1")
    let replica = try RedisServer("--replicaof", "127.0.0.1", "\(master.port)", "--repl-timeout", "5")
    let connections = (try master.connect(), try replica.connect())
    let isReady = try await eventually {
      let line = try connections.0.info("slave0") ?? ""
      return try connections.1.info("master_link_status") == "up" && line.contains("state=online")
    }
    try #require(isReady)
    return (master, replica)
  }

  @Test func `a master tells its replicas with address, state, offset and lag`() async throws {
    let (master, replica) = try await Self.pair()
    let connection = try master.connect()
    for key in 0..<10 { try connection.call("SET", "key:\(key)", "1") }
    var collection = RedisCollection()
    let (collected, said) = try collection.transcribedPoll(connection, at: Int64(time(nil)))
    let line = try #require(said.info("INFO").first { $0.field == "slave0" })
    let label = "{slave_ip=\"127.0.0.1\",slave_port=\"\(replica.port)\",slave_state=\"online\"}"
    #expect(collected["redis_connected_slave_offset_bytes" + label]?.description == line.pairs["offset"])
    #expect(collected["redis_connected_slave_lag_seconds" + label]?.description == line.pairs["lag"])
    let offsets = [said.info("INFO").first { $0.field == "master_repl_offset" }?.value, line.pairs["offset"]]
      .map { $0.flatMap { Int64($0) } ?? -1 }
    #expect(collected["redis_connected_slave_lag_bytes" + label] == FixedPoint(max(0, offsets[0] - offsets[1])))
    #expect(collected["redis_connected_slaves"] == FixedPoint(1))
    #expect(collected.facts.role == "master")
    #expect(collected.facts.onlineReplicas == 1)
    #expect(collected.facts.connectedReplicas == 1)
    #expect(collected.facts.masterLinkUp == nil)
    #expect(
      !collected.series.keys.contains { $0.hasPrefix("redis_master_link_up") || $0.hasPrefix("redis_slave_info") })
    replica.kill()
    let isNoticed = try await eventually {
      let next = try collection.poll(connection, at: Int64(time(nil)))
      return next.facts.onlineReplicas == 0 && next["redis_connected_slave_offset_bytes" + label] == nil
    }
    #expect(isNoticed)
  }

  @Test func `a replica tells its master and the link's state, also when the master has gone`() async throws {
    let (master, replica) = try await Self.pair()
    let connection = try replica.connect()
    var collection = RedisCollection()
    let (collected, said) = try collection.transcribedPoll(connection, at: Int64(time(nil)))
    let text = Dictionary(said.info("INFO").map { ($0.field, $0.value) }, uniquingKeysWith: { $1 })
    let label = "{master_host=\"127.0.0.1\",master_port=\"\(master.port)\"}"
    let information = "{master_host=\"127.0.0.1\",master_port=\"\(master.port)\",read_only=\"1\"}"
    #expect(collected["redis_master_link_up" + label] == FixedPoint(1))
    #expect(collected["redis_slave_info" + information] == FixedPoint(1))
    #expect(collected["redis_slave_repl_offset" + label]?.description == text["slave_repl_offset"])
    #expect(
      collected["redis_master_last_io_seconds_ago" + label]?.description == text["master_last_io_seconds_ago"])
    #expect(collected["redis_master_sync_in_progress" + label] == FixedPoint(0))
    #expect(collected.facts.role == "slave")
    #expect(collected.facts.masterLinkUp == true)
    #expect(collected.facts.masterLinkDownSeconds == nil)
    #expect(collected.facts.onlineReplicas == nil)
    master.kill()
    var last = collected
    let isNoticed = try await eventually {
      last = try collection.poll(connection, at: Int64(time(nil)))
      return last.facts.masterLinkUp == false
    }
    #expect(isNoticed)
    #expect(last["redis_master_link_up" + label] == FixedPoint(0))
    #expect(last["redis_slave_info" + information] == FixedPoint(1))
    #expect(last["redis_master_last_io_seconds_ago" + label] == FixedPoint(-1))
    #expect((last.facts.masterLinkDownSeconds ?? -1) >= 0)
  }

  @Test func `a replica that becomes a master loses its master's series and keeps its process`() async throws {
    let (_, replica) = try await Self.pair()
    let connection = try replica.connect()
    var collection = RedisCollection()
    let start = Int64(time(nil))
    let before = try collection.poll(connection, at: start)
    try connection.call("REPLICAOF", "NO", "ONE")
    let after = try collection.poll(connection, at: start + 1)
    #expect(before.facts.role == "slave" && after.facts.role == "master")
    #expect(!after.serverChanged && !after.statsReset)
    #expect(before.sample.epoch == after.sample.epoch)
    #expect(after.facts.masterLinkUp == nil)
    #expect(
      !after.series.keys.contains { $0.hasPrefix("redis_master_link_up") || $0.hasPrefix("redis_slave_info") })
    #expect(after.series.keys.count { $0.hasPrefix("redis_instance_info") } == 1)
  }
}
