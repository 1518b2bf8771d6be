import CacheClients
import NIOPosix
import RESP
import TestSupport
import Testing

@testable import Daemon

@Suite(.enabled(if: isInstalled("redis-server"))) struct `The setting of keyspace notifications` {
  private static let soon = Duration.seconds(60)

  private func setting(
    _ server: RedisServer, _ state: TemporaryDirectory, manages: Bool = true, command: String? = "CONFIG"
  ) -> KeyspaceSetting {
    KeyspaceSetting(
      client: RedisClient(
        endpoint: CacheEndpoint(address: .host("127.0.0.1", port: Int(server.port))),
        group: MultiThreadedEventLoopGroup.singleton),
      notes: ManagedFlags(directory: state.path, address: "it"), manages: manages, command: command)
  }

  private func prepare(_ setting: KeyspaceSetting) async throws -> KeyspaceSetting.State {
    try await setting.prepare(isSubscribed: false, deadline: .now.advanced(by: Self.soon))
  }

  private func restore(_ setting: KeyspaceSetting) async throws {
    #expect(try await setting.restore(isSubscribed: false, deadline: .now.advanced(by: Self.soon)) == nil)
    await setting.close()
  }

  private func flags(_ redis: RawRedis) throws -> String? {
    try redis.call("CONFIG", "GET", "notify-keyspace-events").array?.last?.string
  }

  @Test func `keeps an A as it is, and sets no flag that nobody set`() async throws {
    let server = try RedisServer("--notify-keyspace-events", "AKE")
    let (redis, state) = (try server.connect(), try TemporaryDirectory())
    let setting = setting(server, state)
    let prepared = try await prepare(setting)
    #expect(prepared.added == "m")
    #expect(prepared.missing == "")
    #expect(prepared.mayHaveLostOthers)
    #expect(try flags(redis) == "AKEm")
    // The server says nothing of new keys beside an A; that they are not told shows in what is told.
    let listener = try server.connect()
    try listener.call("SUBSCRIBE", "__keyevent@0__:new")
    try listener.call("SUBSCRIBE", "__keyevent@0__:set")
    try redis.call("SET", "key", "x")
    #expect(try listener.reply().array?[1].string == "__keyevent@0__:set")
    try listener.call("QUIT")
    try await restore(setting)
    #expect(try flags(redis) == "AKE")
  }

  @Test func `takes back what has made an A of the letters that had been there`() async throws {
    let server = try RedisServer("--notify-keyspace-events", "g$lshztdK")
    let (redis, state) = (try server.connect(), try TemporaryDirectory())
    let setting = setting(server, state)
    #expect(try await prepare(setting).added == "Emxe")
    #expect(try flags(redis) == "AKEm")
    try await restore(setting)
    #expect(try flags(redis).map { Set($0) } == Set("g$lshztdK"))
  }

  /// An operator who sets flags means those, also where cachegauge had added some of them.
  @Test(arguments: [true, false])
  func `leaves flags that somebody has set anew, whether some were added again or not`(isAddedAgain: Bool)
    async throws
  {
    let server = try RedisServer()
    let (redis, state) = (try server.connect(), try TemporaryDirectory())
    let setting = setting(server, state)
    #expect(try await prepare(setting).added == "Emxeg")
    try redis.call("CONFIG", "SET", "notify-keyspace-events", "Ex")
    if isAddedAgain { #expect(try await prepare(setting).added == "meg") }
    try await restore(setting)
    #expect(try flags(redis).map { Set($0) } == Set("Ex"))
    // No note is left that a later run might go by.
    let later = self.setting(server, state, manages: false)
    #expect(try await prepare(later).missing == "meg")
    await later.close()
    #expect(try flags(redis).map { Set($0) } == Set("Ex"))
  }

  @Test func `takes back what was added before and now, where nobody set others`() async throws {
    let server = try RedisServer()
    let (redis, state) = (try server.connect(), try TemporaryDirectory())
    try redis.call("CONFIG", "SET", "notify-keyspace-events", "KExeg")
    let first = setting(server, state)
    #expect(try await prepare(first).added == "m")
    await first.close()
    try redis.call("CONFIG", "SET", "notify-keyspace-events", "Kmxeg")
    let second = setting(server, state)
    #expect(try await prepare(second).added == "E")
    try await restore(second)
    #expect(try flags(redis).map { Set($0) } == Set("Kxeg"))
  }

  @Test func `is that of a server where CONFIG has another name`() async throws {
    let server = try RedisServer("--rename-command", "CONFIG", "settings", "--databases", "3")
    let (redis, state) = (try server.connect(), try TemporaryDirectory())
    let setting = setting(server, state, command: "settings")
    let prepared = try await prepare(setting)
    #expect(prepared.added == "Emxeg")
    #expect(prepared.databases == 3)
    let name = "notify-keyspace-events"
    #expect(try redis.call("settings", "GET", name).array?.last?.string.map { Set($0) } == Set("Emxeg"))
    try await restore(setting)
    #expect(try redis.call("settings", "GET", name).array?.last?.string == "")
    // Under its old name it can't be read.
    let other = self.setting(server, state)
    let unread = try await prepare(other)
    #expect(unread.missing == nil)
    #expect(unread.trouble == "observe.manage sets no flags, since notify-keyspace-events can't be read (ERR)")
    await other.close()
  }

  @Test(arguments: [true, false])
  func `is not asked for where CONFIG is not to be sent, which is told where it is to be managed`(manages: Bool)
    async throws
  {
    let server = try RedisServer()
    let setting = try setting(server, TemporaryDirectory(), manages: manages, command: nil)
    let prepared = try await prepare(setting)
    #expect(prepared.missing == nil)
    #expect(prepared.databases == 16)
    #expect((prepared.trouble != nil) == manages)
    try await restore(setting)
    #expect(try server.connect().call("INFO", "commandstats").string?.contains("cmdstat_config") == false)
  }
}
