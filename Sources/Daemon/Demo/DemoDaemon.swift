import CacheClients
import NIOPosix
import RESP
import ServiceLifecycle

/// The daemon with a private server and its workload beside it. Leaves nothing behind.
struct DemoDaemon {
  private let base: Configuration

  /// What `base` says, with the demo's server as the only target.
  init(_ base: Configuration) {
    self.base = base
  }

  /// Starts the server, works on it, polls and serves until SIGINT or SIGTERM.
  func run() async throws {
    let server = try await DemoServer.start()
    do {
      let configuration = DemoConfiguration.make(url: server.url, directory: server.directory, over: base)
      StandardError.print("The demo's redis-server listens on \(server.url).")
      try await Daemon(configuration).run(beside: [DemoService(target: configuration.targets[0])])
    } catch {
      await server.stop()
      throw error
    }
    await server.stop()
  }
}

/// Runs the workload over a connection of its own.
private struct DemoService: Service {
  let target: TargetConfiguration

  func run() async throws {
    let client = RedisClient(
      endpoint: target.endpoint, clientName: "cachegauge-demo", group: MultiThreadedEventLoopGroup.singleton)
    await cancelWhenGracefulShutdown { await DemoWorkload().run(over: DemoClient(client: client)) }
    await client.close()
  }
}

/// The workload's view of a client.
struct DemoClient: DemoConnection {
  let client: RedisClient

  func pipeline(_ commands: [[String]]) async throws -> [DemoReply] {
    let commands = commands.map { RESPCommand($0.map { Array($0.utf8) }) }
    return try await client.pipeline(commands, deadline: .now.advanced(by: .seconds(5))).map { reply in
      switch reply {
      case .null: .null
      case .array(let elements): .list(elements.count)
      case .error(let error): .error(error.message)
      case .simpleString, .integer, .bulk: .value
      }
    }
  }
}
