import CacheClients
import CacheModel
import MemcachedProtocol
import NIOPosix
import RESP

/// A workload's connection to a real server, which is closed when the work is over.
protocol DemoClient: DemoConnection {
  /// Closes it.
  func close() async
}

extension TargetConfiguration {
  /// A connection for a workload on this target; nil where there is nothing to connect to.
  var demoClient: (any DemoClient)? {
    let group = MultiThreadedEventLoopGroup.singleton
    return switch identity.kind {
    case .redis:
      RedisDemoClient(client: RedisClient(endpoint: endpoint, clientName: "cachegauge-demo", group: group))
    case .memcached: MemcachedDemoClient(client: MemcachedClient(endpoint: endpoint, group: group))
    case .json: nil
    }
  }
}

/// How long a workload waits for a pipeline.
private let patience = Duration.seconds(5)

/// A workload on a server of the Redis family.
struct RedisDemoClient: DemoClient {
  let client: RedisClient

  func pipeline(_ commands: [[String]]) async throws -> [DemoReply] {
    let commands = commands.map { RESPCommand($0.map { Array($0.utf8) }) }
    return try await client.pipeline(commands, deadline: .now.advanced(by: patience)).map { DemoReply($0) }
  }

  func close() async { await client.close() }
}

/// A workload on a Memcached: its commands are those of Redis, as far as both have them.
struct MemcachedDemoClient: DemoClient {
  let client: MemcachedClient

  func pipeline(_ commands: [[String]]) async throws -> [DemoReply] {
    let replies = try await client.pipeline(
      commands.map(Self.command), deadline: .now.advanced(by: patience))
    return replies.map { reply in
      switch reply {
      case .lines(let bytes): bytes.isEmpty ? .null : .value
      case .status("DELETED"): .count(1)
      case .status("NOT_FOUND"): .count(0)
      case .status: .value
      case .error(let error): .error(error.message)
      }
    }
  }

  func close() async { await client.close() }

  private static func command(_ words: [String]) -> MemcachedCommand {
    switch (words[0], words.count) {
    case ("GET", 2): MemcachedCommand("get \(words[1])")
    case ("DEL", 2): MemcachedCommand("delete \(words[1])")
    case ("SET", 5): MemcachedCommand(storing: Array(words[2].utf8), at: words[1], seconds: Int(words[4]) ?? 0)
    default: preconditionFailure("an application on Memcached neither counts nor looks for keys there")
    }
  }
}
