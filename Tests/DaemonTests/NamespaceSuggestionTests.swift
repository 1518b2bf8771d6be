import CacheModel
import RESP
import TestSupport
import Testing

@testable import Daemon

@Suite(.enabled(if: isInstalled("redis-server"))) struct `Namespaces at the start` {
  private func observed(_ server: RedisServer) -> Configuration {
    var target = TargetConfiguration(url: server.url)
    target.observe.events = true
    var configuration = Configuration()
    configuration.targets = [target]
    return configuration
  }

  @Test func `are those of fifty keys at least, since what a few keys say would stay`() async throws {
    let server = try RedisServer()
    let redis = try server.connect()
    try redis.pipeline((0..<49).map { ["SET", "early:\($0)", "x"] })
    #expect(await NamespaceSuggestion.complete(observed(server)) == observed(server))
    try redis.call("SET", "early:49", "x")
    let complete = await NamespaceSuggestion.complete(observed(server))
    #expect(complete.targets[0].namespaces.map(\.keys) == [["early:*"]])
  }

  @Test func `have no pattern that no key matches, whatever bytes keys have`() async throws {
    let server = try RedisServer()
    let latin: [UInt8] = [0x63, 0x61, 0x66, 0xE9]
    let commands = (0..<100).flatMap { id in
      [
        RESPCommand([Array("SET".utf8), latin + Array(":\(id)".utf8), Array("x".utf8)]),
        RESPCommand("SET", "menu:\(id)", "x"),
      ]
    }
    _ = try server.connect().pipeline(commands)
    let complete = await NamespaceSuggestion.complete(observed(server))
    #expect(complete.targets[0].namespaces.map(\.keys) == [["menu:*"]])
  }
}
