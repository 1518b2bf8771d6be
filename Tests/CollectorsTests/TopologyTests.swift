import CacheModel
import RESP
import Randomness
import Testing

@testable import Collectors

/// As a node of Redis 7 prints it, with a failed master, a promoted replica, a slot on the move and one node to forget.
private let nodes = """
  07c37dfeb235213a872192d90877d0cd55635b91 127.0.0.1:30004@31004,hostname4 slave e7d1eecce10fd6bb5eb35b9f99a514335d9ba9ca 0 1426238317239 4 connected
  67ed2db8d677e59ec4a4cefb06858cf2a1a89fa1 127.0.0.1:30002@31002,hostname2 master - 0 1426238316232 2 connected 5461-10922
  292f8b365bb7edb5e285caf0b7e6ddc7265d2f4f :30003@31003 myself,master - 0 1426238318243 3 connected 10923-16382 16383 [93-<-292f8b365bb7edb5e285caf0b7e6ddc7265d2f4f]
  e7d1eecce10fd6bb5eb35b9f99a514335d9ba9ca 127.0.0.1:30001@31001,hostname1 master - 0 0 7 connected 0-5460
  824fe116063bc5fcf9f4ffd895bc17aee7731ac3 ::1:30006@31006,hostname6 slave,fail 292f8b365bb7edb5e285caf0b7e6ddc7265d2f4f 1426238316232 1426238316232 6 disconnected
  9999e116063bc5fcf9f4ffd895bc17aee7731ac3 127.0.0.1:30009@31009 master,fail - 0 0 1 disconnected
  8888e116063bc5fcf9f4ffd895bc17aee7731ac3 :0@0 slave,noaddr - 0 0 1 disconnected

  """

private func bulk(_ text: String) -> RESPValue { .bulk(Array(text.utf8)) }

@Test func `CLUSTER NODES gives roles, shards and slots`() throws {
  let topology = try ClusterTopology.read([bulk(nodes), .null], asked: "10.0.0.9", prefersNames: false)
  #expect(
    topology.nodes.map(\.address) == [
      "10.0.0.9:30003", "127.0.0.1:30001", "127.0.0.1:30002", "127.0.0.1:30004", "127.0.0.1:30009", "[::1]:30006",
    ])
  #expect(topology.nodes.map(\.role) == [.master, .master, .master, .replica, .master, .replica])
  #expect(topology.nodes.map(\.shard) == [2, 0, 1, 0, nil, 2])
  #expect(topology.nodes.map(\.slots) == [5461, 5461, 5462, 0, 0, 0])
  #expect(topology.nodes.map(\.isFailing) == [false, false, false, false, true, true])
  #expect(topology.slotsServed == 16_384)
  #expect(topology.epoch == 7)
  let named = try ClusterTopology.read([bulk(nodes), .null], asked: "h", prefersNames: true)
  #expect(named.nodes.contains { $0.address == "hostname1:30001" })
}

@Test func `nodes of Redis 3, without a bus port, are read too`() throws {
  let line = "e7d1 127.0.0.1:7000 myself,master - 0 0 1 connected 0-100\n"
  let topology = try ClusterTopology.read([bulk(line), .null], asked: "h", prefersNames: true)
  #expect(topology.nodes == [Topology.Node(host: "127.0.0.1", port: 7000, role: .master, shard: 0, slots: 101)])
  #expect(topology.slotsServed == 101)
}

@Test func `CLUSTER SLOTS stands in where NODES is forbidden`() throws {
  func node(_ port: Int64) -> RESPValue {
    .array([bulk("10.0.0.1"), .integer(port), bulk("id\(port)"), .array([])])
  }
  let slots: RESPValue = .array([
    .array([.integer(8192), .integer(16_383), node(2), node(4)]),
    .array([.integer(0), .integer(100), node(1), node(3)]),
    .array([.integer(101), .integer(8191), node(1), node(3)]),
  ])
  let refusal = RESPValue.error(
    RESPErrorReply(line: "NOPERM this user has no permissions to run the 'cluster|nodes' command"))
  let topology = try ClusterTopology.read([refusal, slots], asked: "h", prefersNames: false)
  #expect(topology.nodes.map(\.role) == [.master, .master, .replica, .replica])
  #expect(topology.nodes.map(\.shard) == [0, 1, 0, 1])
  #expect(topology.nodes.map(\.slots) == [8192, 8192, 0, 0])
  do throws(CollectorFailure) {
    _ = try ClusterTopology.read([refusal, refusal], asked: "h", prefersNames: false)
    Issue.record("refusals are no topology")
  } catch { #expect(error.cause == .permissionDenied) }
}

@Test(arguments: [
  "", "\n\n", "a b c", "id 127.0.0.1 master - 0 0 1 connected", "id 127.0.0.1:x master - 0 0 1 connected",
  "id h:1 master - 0 0 x connected", "id h:1 master - 0 0 1 connected 5-1",
  "id h:1 master - 0 0 1 connected 0-16384",
  "id h:1 master - 0 0 1 connected 1-2-3", "id h:1 master - 0 0 1 connected -",
  "id :0@0 master,noaddr - 0 0 1 connected",
])
func `an answer that is no list of nodes is refused`(text: String) {
  #expect(throws: CollectorFailure.self) {
    try ClusterTopology.read([bulk(text), .null], asked: "h", prefersNames: false)
  }
}

@Test func `a server without a cluster says so`() {
  let reply = RESPValue.error(RESPErrorReply(line: "ERR This instance has cluster support disabled"))
  do throws(CollectorFailure) {
    _ = try ClusterTopology.read([reply, reply], asked: "h", prefersNames: false)
    Issue.record("it has none")
  } catch { #expect(error.detail.contains("CLUSTER NODES")) }
}

private func sentinel(_ pairs: [String: String]) -> RESPValue {
  .array(pairs.sorted { $0.key < $1.key }.flatMap { [bulk($0.key), bulk($0.value)] })
}

@Test func `a Sentinel's answers give the master and its replicas`() throws {
  let master = sentinel([
    "name": "m", "ip": "10.0.0.1", "port": "6379", "flags": "master,o_down", "config-epoch": "4",
  ])
  let replicas: RESPValue = .array([
    sentinel(["ip": "10.0.0.2", "port": "6379", "flags": "slave"]),
    sentinel(["ip": "10.0.0.3", "port": "6380", "flags": "s_down,slave,disconnected"]),
  ])
  let old = RESPValue.error(RESPErrorReply(line: "ERR Unknown sentinel subcommand 'replicas'"))
  for replies in [[master, replicas, .null], [master, old, replicas]] {
    let topology = try SentinelTopology.read(replies)
    #expect(topology.nodes.map(\.address) == ["10.0.0.1:6379", "10.0.0.2:6379", "10.0.0.3:6380"])
    #expect(topology.nodes.map(\.role) == [.master, .replica, .replica])
    #expect(topology.nodes.map(\.isFailing) == [true, false, true])
    #expect(topology.epoch == 4)
    #expect(topology.slotsServed == nil)
  }
  let unknown = RESPValue.error(RESPErrorReply(line: "ERR No such master with that name"))
  #expect(throws: CollectorFailure.self) { try SentinelTopology.read([unknown, unknown, unknown]) }
  #expect(throws: CollectorFailure.self) { try SentinelTopology.read([sentinel(["ip": ""]), replicas, .null]) }
}

@Test func `damaged answers give an error, never a trap`() {
  var random = SeededRandom(seed: 7)
  for _ in 0..<2000 {
    var bytes = Array(nodes.utf8)
    for _ in 0..<Int.random(in: 1...6, using: &random) {
      bytes[Int.random(in: bytes.indices, using: &random)] = UInt8.random(in: 9...127, using: &random)
    }
    let cut = RESPValue.bulk(Array(bytes.prefix(Int.random(in: 0...bytes.count, using: &random))))
    let topology = try? ClusterTopology.read([cut, .null], asked: "h", prefersNames: true)
    #expect((topology?.nodes.count ?? 0) <= 20)
  }
}
