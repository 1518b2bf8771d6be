import CacheClients
import CacheModel
import Glibc
import MemcachedProtocol
import NIOPosix
import TestSupport
import Testing

private func client(
  port: UInt16, login: (String, String)? = nil, limit: Int = 16 << 20, isBinary: Bool = false
) -> MemcachedClient {
  let endpoint = CacheEndpoint(
    address: .host("127.0.0.1", port: Int(port)), username: login?.0, password: login.map { .text($0.1) })
  return MemcachedClient(
    endpoint: endpoint, maximumReplyBytes: limit, isBinary: isBinary,
    group: MultiThreadedEventLoopGroup.singleton)
}

extension MemcachedClient {
  fileprivate func call(_ lines: String..., within milliseconds: Int64 = 10_000) async throws(ClientError)
    -> [MemcachedReply]
  {
    try await pipeline(
      lines.map { MemcachedCommand($0) }, deadline: .now.advanced(by: .milliseconds(milliseconds)))
  }

  fileprivate func failure(within milliseconds: Int64 = 10_000) async -> FailureCause? {
    do {
      _ = try await call("stats", within: milliseconds)
      return nil
    } catch { return error.cause }
  }
}

@Suite(.enabled(if: isInstalled("memcached"))) struct `A client of a real Memcached` {
  @Test func `pipelines over one connection`() async throws {
    let server = try MemcachedServer()
    let client = client(port: server.port)
    for _ in 0..<50 {
      let replies = try await client.call("stats", "bogus", "stats detail dump", "version")
      guard case .lines(let stats) = replies[0] else {
        Issue.record("\(replies[0])")
        return
      }
      #expect(String(decoding: stats, as: UTF8.self).contains("STAT pid \(server.pid)\r\n"))
      #expect(replies[1] == .error(MemcachedErrorReply(.unknown, "")))
      #expect(replies[2] == .lines([]))
    }
    #expect(await client.connectionsOpened == 1)
    await client.close()
  }

  @Test func `logs in where an authentication file asks for it`() async throws {
    let server = try MemcachedServer("-Y", "@users", files: ["users": "monitor:secret\n"])
    #expect(await client(port: server.port).failure() == .authenticationFailed)
    await #expect(throws: ClientError.self) { try await client(port: server.port).call("stats", "stats settings") }
    #expect(await client(port: server.port, login: ("monitor", "wrong")).failure() == .authenticationFailed)
    #expect(await client(port: server.port, login: ("monitor", "secret")).failure() == nil)
  }

  @Test func `never sends a password to a server that does not ask for it`() async throws {
    let server = try MemcachedServer()
    let client = client(port: server.port, login: ("monitor", "secret"))
    #expect(await client.failure() == nil)
    #expect(try server.connect().call("stats").contains("STAT cmd_set 0\n"))
    #expect(try server.connect().get("login") == false)
  }

  @Test(.enabled(if: isInstalled("saslpasswd2")))
  func `logs in where SASL asks for it, and hears in the binary protocol what the other one tells`() async throws {
    let server = try MemcachedServer(saslUser: "monitor")
    func client(_ login: (String, String)?) -> MemcachedClient {
      CacheClientsTests.client(port: server.port, login: login, isBinary: true)
    }
    #expect(await client(nil).failure() == .authenticationFailed)
    #expect(await client(("monitor", "wrong")).failure() == .authenticationFailed)
    #expect(await client(("nobody", "secret")).failure() == .authenticationFailed)
    let known = client(("monitor", "secret"))
    let replies = try await known.call(
      "stats", "stats settings", "stats detail on", "stats detail dump", "stats bogus", "version", "stats")
    for reply in [replies[0], replies[1]] {
      guard case .lines(let lines) = reply else {
        Issue.record("\(reply)")
        return
      }
      #expect(String(decoding: lines, as: UTF8.self).contains("STAT "))
    }
    #expect(replies[2] == .lines([]))
    #expect(replies[3] == .lines([]))
    guard case .error = replies[4] else {
      Issue.record("\(replies[4])")
      return
    }
    #expect("\(replies[5])".contains("VERSION 1."))
    #expect(replies.count == 7)
    #expect(await known.connectionsOpened == 1)
    await known.close()
  }

  @Test func `never sends a password in the binary protocol to a server without SASL`() async throws {
    let server = try MemcachedServer()
    let client = client(port: server.port, login: ("monitor", "secret"), isBinary: true)
    #expect(await client.failure() == nil)
    #expect(try server.connect().call("stats").contains("STAT auth_cmds 0\n"))
  }

  @Test(.enabled(if: isInstalled("saslpasswd2")))
  func `tells of a server that speaks the other protocol only what to write`() async throws {
    let servers = [
      (
        try MemcachedServer(saslUser: "monitor"), false,
        "the server speaks only the binary protocol: write memcached: { sasl: true }"
      ),
      (try MemcachedServer("-B", "ascii"), true, "the server speaks only the text protocol: remove sasl: true"),
    ]
    for (server, isBinary, advice) in servers {
      let client = client(port: server.port, login: ("monitor", "secret"), isBinary: isBinary)
      var failures: Set<ClientError> = []
      let told = await eventually {
        do throws(ClientError) { _ = try await client.call("stats", within: 200) } catch { failures.insert(error) }
        return failures.contains { $0.detail == advice }
      }
      #expect(told, "\(failures)")
      #expect(failures.first { $0.detail == advice }?.cause == .protocolError)
      await client.close()
    }
  }

  @Test func `that is only slow is not said to speak another protocol`() async throws {
    let server = try MemcachedServer()
    let client = client(port: server.port)
    kill(server.pid, SIGSTOP)
    #expect(await client.failure(within: 50) == .timeout)
    #expect(await client.failure(within: 50) == .timeout)
    kill(server.pid, SIGCONT)
    #expect(await eventually { await client.failure() == nil })
  }

  @Test func `tells that the server has reached its limit of connections`() async throws {
    let server = try MemcachedServer("-c", "64")
    let others = (0..<100).map { _ in try? server.connect() }
    #expect(await eventually { await client(port: server.port).failure() == .tooManyClients })
    withExtendedLifetime(others) {}
  }

  @Test func `finds it again after a restart`() async throws {
    let server = try MemcachedServer()
    let client = client(port: server.port)
    #expect(await client.failure() == nil)
    server.kill()
    let down = await client.failure()
    #expect(down == .closedByPeer || down == .refused)
    try server.restart()
    #expect(await eventually { await client.failure() == nil })
  }

  @Test func `refuses a reply beyond its limit`() async throws {
    let server = try MemcachedServer()
    #expect(await client(port: server.port, limit: 500).failure() == .replyTooLarge)
  }
}

@Suite(.enabled(if: isInstalled("redis-server"))) struct `A Memcached client of something else` {
  @Test func `tells that a Redis does not speak its protocol`() async throws {
    let server = try RedisServer()
    #expect(await client(port: server.port).failure() == .protocolError)
  }
}

/// Takes nothing.
private struct Deaf: MemcachedLogReceiver {
  func receive(_ entries: [LogEntry], keys: Span<UInt8>) {}
  func skipped(_ lines: Int64) {}
}

@Suite struct `A watch of what is no log` {
  /// A server that takes the watch, sends these bytes then, and closes the connection where that is still open.
  private static func end(after bytes: [UInt8]) async throws -> ClientError {
    let server = try ScriptedServer([
      .reply(Array("VERSION 1.6.21\r\n".utf8)), .reply(Array("STAT pid 1\r\nEND\r\n".utf8)),
      .reply(Array("OK\r\n".utf8) + bytes), .close,
    ])
    let watch = MemcachedWatch(
      endpoint: CacheEndpoint(address: .host("127.0.0.1", port: Int(server.port))), receiver: Deaf(),
      group: MultiThreadedEventLoopGroup.singleton)
    _ = try await watch.open(deadline: .now.advanced(by: .seconds(10)))
    let end = await watch.ended()
    return withExtendedLifetime(server) { end }
  }

  @Test func `ends where a line has no end, before the first line of the log and after it`() async throws {
    let line = "ts=1.5 gid=7 type=item_get key=a status=found clsid=1 cfd=3\n"
    for before in ["", line] {
      let end = try await Self.end(after: Array(before.utf8) + Array(repeating: UInt8(ascii: "x"), count: 1 << 20))
      #expect(end.cause == .protocolError)
      #expect(end.detail == "a line has no end")
    }
  }
}
