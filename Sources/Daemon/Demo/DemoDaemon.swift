import CacheModel
import ServiceLifecycle

/// The daemon with private servers and an application at work on them beside it. Leaves nothing behind.
struct DemoDaemon {
  private let base: Configuration
  private let application: DemoApplication

  /// What `base` says, with the demo's server as the only target, and the restaurant on it.
  init(_ base: Configuration) {
    self.base = base
    application = .restaurant
  }

  /// What `base` says of the application's caches, with private servers in their places.
  init(_ base: Configuration, _ application: DemoApplication) {
    self.base = base
    self.application = application
  }

  /// Starts the servers, works on them, polls and serves until SIGINT or SIGTERM.
  func run() async throws {
    var servers: [CacheKind: DemoServer] = [:]
    let memory = DemoMemory(application)
    let statistics = DemoStatistics(memory)
    do {
      for kind in kinds { servers[kind] = try await DemoServer.start(program(kind)) }
      for server in servers.values { StandardError.print("A server of the demo listens on \(server.url).") }
      var endpoint: String?
      if isInProcess {
        endpoint = try statistics.start()
        StandardError.print("The application's statistics are at \(endpoint ?? "").")
      }
      let configuration = configuration(servers, endpoint: endpoint)
      try await Daemon(configuration).run(beside: [
        DemoService(application: application, client: client(configuration, memory))
      ])
    } catch {
      await stop(servers, statistics)
      throw error
    }
    await stop(servers, statistics)
  }

  private func stop(_ servers: [CacheKind: DemoServer], _ statistics: DemoStatistics) async {
    if isInProcess { await statistics.stop() }
    for server in servers.values { await server.stop() }
  }

  /// Whether the application keeps a part of its cache in its own process.
  private var isInProcess: Bool { base.targets.contains { $0.identity.kind == .json } }

  private func client(_ configuration: Configuration, _ memory: DemoMemory) -> any DemoClient {
    let server = configuration.targets.lazy.compactMap(\.demoClient).first
    if !isInProcess, let server { return server }
    return DemoFallback(server: server, memory: memory, own: application.ownPrefix)
  }

  private var isRestaurant: Bool { application.name == DemoApplication.restaurant.name }

  /// Which servers it takes.
  private var kinds: Set<CacheKind> {
    isRestaurant ? [.redis] : Set(base.targets.map(\.identity.kind)).subtracting([.json])
  }

  private func program(_ kind: CacheKind) -> DemoProgram {
    kind == .memcached ? .memcached : isRestaurant ? .redis() : .redis(maximumMemory: "256mb")
  }

  private func configuration(_ servers: [CacheKind: DemoServer], endpoint: String?) -> Configuration {
    if isRestaurant, let server = servers[.redis] {
      return DemoConfiguration.make(url: server.url, directory: server.directory, over: base)
    }
    return DemoConfiguration.moved(base) { kind in
      kind == .json ? endpoint.map { ($0, nil) } : servers[kind].map { ($0.url, $0.directory) }
    }
  }
}

/// Runs the workload over a connection of its own.
private struct DemoService: Service {
  let application: DemoApplication
  let client: any DemoClient

  func run() async throws {
    await cancelWhenGracefulShutdown { await DemoWorkload(application).run(over: client) }
    await client.close()
  }
}
