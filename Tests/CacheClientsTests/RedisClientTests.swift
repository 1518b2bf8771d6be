import CacheClients
import CacheModel
import NIOPosix
import RESP
import TestSupport
import Testing

private func client(_ endpoint: CacheEndpoint, limits: RESPLimits = RESPLimits()) -> RedisClient {
  RedisClient(endpoint: endpoint, limits: limits, group: MultiThreadedEventLoopGroup.singleton)
}

private func client(port: UInt16, limits: RESPLimits = RESPLimits()) -> RedisClient {
  client(CacheEndpoint(address: .host("127.0.0.1", port: Int(port))), limits: limits)
}

extension RedisClient {
  fileprivate func call(_ words: String..., within milliseconds: Int64 = 5000) async throws(ClientError)
    -> RESPValue
  {
    let command = RESPCommand(words.map { Array($0.utf8) })
    return try await pipeline([command], deadline: .now.advanced(by: .milliseconds(milliseconds)))[0]
  }

  fileprivate func failure(within milliseconds: Int64 = 5000) async -> FailureCause? {
    do {
      _ = try await pipeline([RESPCommand("PING")], deadline: .now.advanced(by: .milliseconds(milliseconds)))
      return nil
    } catch { return error.cause }
  }
}

@Suite(.enabled(if: isInstalled("redis-server"))) struct `A client of a real server` {
  @Test func `keeps one connection for a thousand pipelines`() async throws {
    let server = try RedisServer()
    let client = client(port: server.port)
    let raw = try server.connect()
    let before = try raw.info("total_connections_received")
    for round in 0..<1000 {
      let replies = try await client.pipeline(
        [RESPCommand("SET", "k", "\(round)"), RESPCommand("GET", "k"), RESPCommand("NOSUCH")],
        deadline: .now.advanced(by: .seconds(5)))
      #expect(replies[1] == .bulk(Array("\(round)".utf8)))
      #expect(replies[2].error?.code == "ERR")
    }
    #expect(await client.connectionsOpened == 1)
    #expect(
      try raw.info("total_connections_received").flatMap { Int($0) } == before.flatMap { Int($0) }.map { $0 + 1 })
    #expect(try raw.call("CLIENT", "LIST").string?.contains("name=cachegauge ") == true)
    await client.close()
    #expect(try await eventually { try raw.call("CLIENT", "LIST").string?.contains("name=cachegauge ") == false })
  }

  @Test func `reaches it over a Unix socket and selects its database`() async throws {
    let server = try RedisServer()
    let client = client(CacheEndpoint(address: .socket(server.socketPath), database: 3))
    _ = try await client.call("SET", "k", "v")
    #expect(try server.connect().info("db3") == "keys=1,expires=0,avg_ttl=0")
    await client.close()
  }

  @Test func `logs in with a password, from a file that may be rotated, and as an ACL user`() async throws {
    let server = try RedisServer("--requirepass", "first")
    let file = try server.directory.write("first\n", to: "password")
    let address = CacheEndpoint.Address.host("127.0.0.1", port: Int(server.port))
    let fromFile = client(CacheEndpoint(address: address, password: .file(file)))
    #expect(try await fromFile.call("PING") == .simpleString("PONG"))
    _ = try await fromFile.call("CONFIG", "SET", "requirepass", "second")
    _ = try await fromFile.call("ACL", "SETUSER", "monitor", "on", ">pw", "+ping", "+client|setname")
    await fromFile.close()
    #expect(await fromFile.failure() == .authenticationFailed)
    try server.directory.write("second\n", to: "password")
    await fromFile.close()
    #expect(try await fromFile.call("PING") == .simpleString("PONG"))

    let user = client(CacheEndpoint(address: address, username: "monitor", password: .text("pw")))
    #expect(try await user.call("PING") == .simpleString("PONG"))
    #expect(try await user.call("INFO").error?.code == "NOPERM")
    await user.close()
    await fromFile.close()
  }

  @Test func `says what is wrong with the credentials, and shows none`() async throws {
    let server = try RedisServer("--requirepass", "right")
    let address = CacheEndpoint.Address.host("127.0.0.1", port: Int(server.port))
    #expect(await client(CacheEndpoint(address: address)).failure() == .authenticationFailed)
    #expect(
      await client(CacheEndpoint(address: address, password: .file("/nonexistent"))).failure() == .missingFile)
    let wrong = client(CacheEndpoint(address: address, password: .text("wr0ngsecret")))
    do {
      _ = try await wrong.call("PING")
      Issue.record("a wrong password was taken")
    } catch {
      #expect(error.cause == .authenticationFailed)
      #expect(!"\(error)".contains("wr0ngsecret"))
    }
  }

  @Test func `sees a server that is killed, and again when it is back`() async throws {
    let server = try RedisServer()
    let client = client(port: server.port)
    _ = try await client.call("PING")
    server.kill()
    let first = await client.failure()
    #expect(first == .closedByPeer || first == .refused)
    #expect(await eventually { await client.failure() == .refused })
    try server.restart()
    #expect(await eventually(within: 3) { await client.failure() == nil })
    await client.close()
  }

  @Test func `costs one deadline when it is frozen, and takes no late reply for another's`() async throws {
    let server = try RedisServer()
    let client = client(port: server.port)
    _ = try await client.call("SET", "k", "old")
    server.freeze()
    #expect(await client.failure(within: 200) == .timeout)
    server.thaw()
    #expect(
      await eventually {
        let reply = try? await client.call("GET", "k")
        return reply == .bulk(Array("old".utf8))
      })
    await client.close()
  }

  @Test func `tells that the server has no such database`() async throws {
    let server = try RedisServer("--databases", "4")
    let endpoint = CacheEndpoint(address: .host("127.0.0.1", port: Int(server.port)), database: 4)
    #expect(await client(endpoint).failure() == .databaseOutOfRange)
  }

  @Test func `tells that the server's client limit is reached`() async throws {
    let server = try RedisServer("--maxclients", "1")
    let holder = try server.connect()
    try holder.call("PING")
    #expect(await client(port: server.port).failure() == .tooManyClients)
  }
}

@Suite struct `A client of a faulty server` {
  @Test func `nothing listens: refused`() async throws {
    #expect(await client(port: try freePort()).failure() == .refused)
    #expect(await client(CacheEndpoint(address: .socket("/nonexistent.sock"))).failure() == .socketMissing)
  }

  @Test func `a name without an address: name_resolution`() async {
    #expect(await client(CacheEndpoint(address: .host("cache.invalid", port: 6379))).failure() == .nameResolution)
  }

  @Test func `a black hole: timeout`() async throws {
    let hole = try LoopbackListener()
    #expect(await client(port: hole.port).failure(within: 200) == .timeout)
  }

  @Test(arguments: [
    ([ScriptedServer.Step.reply(Array("+OK\r\n$100\r\nhalf".utf8)), .close], FailureCause.closedByPeer),
    ([.reply(Array("HTTP/1.1 400 Bad Request\r\n\r\n".utf8))], .protocolError),
    ([.reply(Array("$8589934592\r\n".utf8))], .replyTooLarge),
    ([.reply(Array("*2147483647\r\n".utf8))], .replyTooLarge),
    ([.send(Array("-ERR max number of clients reached\r\n".utf8)), .close], .tooManyClients),
    ([.send(Array("-DENIED Redis is running in protected mode\r\n".utf8)), .close], .permissionDenied),
    ([.trickle(Array("+OK\r\n+PONG\r\n".utf8), milliseconds: 500)], .timeout),
    ([.close], .closedByPeer),
  ])
  func `each fault has its cause`(script: [ScriptedServer.Step], cause: FailureCause) async throws {
    let server = try ScriptedServer(script)
    #expect(await client(port: server.port).failure(within: 1500) == cause)
  }

  @Test func `a server that fails is left alone for a while, with the same answer at once`() async throws {
    let server = try ScriptedServer([.close])
    let client = client(port: server.port)
    for _ in 0..<200 { #expect(await client.failure(within: 1000) == .closedByPeer) }
    #expect(server.connections < 20)
  }
}
