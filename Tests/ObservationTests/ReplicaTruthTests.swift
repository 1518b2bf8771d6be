import CacheClients
import CacheModel
import Locked
import NIOPosix
import RESP
import TestSupport
import Testing

@testable import Namespaces

@Suite(.enabled(if: isInstalled("redis-server"))) struct `Causes on a real replica` {
  @Test func `expiries are told as such, before and after their deletion comes, and deletions as nothing`()
    async throws
  {
    let master = try RedisServer()
    let replica = try RedisServer(
      "--replicaof", "127.0.0.1", "\(master.port)", "--notify-keyspace-events", "Emxeg")
    let (writer, reader) = (try master.connect(), try replica.connect())
    #expect(try await eventually { try reader.info("master_link_status") == "up" })
    let definitions = [("menu", 0.5), ("session", 3600)].map {
      NamespaceDefinition(name: $0, keys: ["\($0):*"], ttl: $1)
    }
    let ear = Ear()
    let subscription = KeyEventSubscription(
      endpoint: CacheEndpoint(address: .host("127.0.0.1", port: Int(replica.port))), receiver: ear,
      group: MultiThreadedEventLoopGroup.singleton)
    _ = try await subscription.open(databases: 1, deadline: .now.advanced(by: .seconds(30)))
    var ledger = EventLedger(
      classifier: try NamespaceClassifier(definitions), namespaces: definitions, memoryBytes: 1 << 20)
    ledger.serves(asReplica: true)
    ledger.began(at: Workload.now, serverMisses: 0, epoch: "a", nothingRemoved: true)
    func store(_ command: String...) throws {
      try writer.pipeline([command])
      #expect(try writer.call("WAIT", "1", "10000").integer == 1)
    }
    func deletions() -> Int { ear.heard.flatMap(\.events).count { $0.kind == .del } }

    // Keys live for longer than is declared, by what events may be heard late. Deleted by the master when its time was over, and missed then.
    _ = try reader.call("GET", "menu:1")
    try store("SET", "menu:1", "x", "PX", "2000")
    #expect(await eventually { deletions() == 1 })
    _ = try reader.call("GET", "menu:1")
    // Missed before: a master that is paused deletes nothing.
    try store("SET", "menu:1", "x", "PX", "2000")
    try writer.call("CLIENT", "PAUSE", "60000", "WRITE")
    #expect(try await eventually { try reader.call("GET", "menu:1").string == nil })
    #expect(deletions() == 1)
    try writer.call("CLIENT", "UNPAUSE")
    // Deleted by an application, as far as the replica tells.
    _ = try reader.call("GET", "session:1")
    try store("SET", "session:1", "x", "EX", "3600")
    try store("DEL", "session:1")
    _ = try reader.call("GET", "session:1")

    let misses = try #require(reader.info("keyspace_misses").flatMap { Int($0) })
    #expect(misses == 5)
    #expect(await eventually { ear.misses == misses })
    for gulp in ear.heard {
      for event in gulp.events {
        ledger.receive(
          event.kind, database: event.database, key: gulp.bytes.span.extracting(event.key), at: gulp.time,
          waited: gulp.waited)
      }
    }
    let (report, observed) = ledger.snapshot(at: Workload.now)
    #expect(report.events[.expired] == 0 && report.events[.evicted] == 0)
    #expect(observed.map(\.causes) == [[0, 2, 0, 0, 1], [0, 0, 0, 0, 2]])
    await subscription.close()
  }
}
