import CacheClients
import HTTPServer
import Locked
import Logging
import NIOPosix
import ServiceLifecycle

/// Serves HTTP until shutdown, then lets answers in flight finish. When the certificate, its key or the clients' authorities change,
/// another server takes the listening socket over, and the one before ends with the requests that it has.
struct HTTPService: Service {
  let listen: ListenAddress
  let routes: Routes
  let access: WebAccess
  let log: Logger

  func run() async throws {
    let server = server(access.identity)
    do { try server.start() } catch { throw UsageError("can't serve on \(listen): \(error)") }
    routes.serve(statisticsOf: server)
    let address = ListenAddress(host: listen.host, port: server.boundPort ?? listen.port)
    let scheme = access.identity == nil ? "http" : "https"
    StandardError.print("cachegauge \(Build.version) serves on \(scheme)://\(address)/")
    let present = Locked(server)
    // Where no file can change, nothing wakes up.
    if access.isCurrent == nil {
      try? await gracefulShutdown()
      return await server.stop()
    }
    await cancelWhenGracefulShutdown {
      while (try? await Task.sleep(for: .seconds(1))) != nil {
        let old = present.withLock { $0 }
        guard let next = await successor(of: old) else { continue }
        present.withLock { $0 = next }
        await old.stop()
      }
    }
    await present.withLock { $0 }.stop()
  }

  /// Looks at the files; starts a server with another identity in the place of this one.
  private func successor(of server: HTTPServer) async -> HTTPServer? {
    let change = try? await NIOThreadPool.singleton.runIfActive { access.refresh() }
    guard case .identity(let identity)? = change else { return nil }
    let next = self.server(identity)
    do throws(HTTPServerError) {
      try next.start(takingOver: server)
    } catch {
      access.refuse("\(error.description); what was read before stays in force", keeping: server.identity)
      return nil
    }
    routes.serve(statisticsOf: next)
    return next
  }

  private func server(_ identity: TLSIdentity?) -> HTTPServer {
    var configuration = HTTPServerConfiguration(address: listen.host, port: listen.port)
    configuration.maximumConnections = UInt32(DescriptorReserve.httpConnections(of: DescriptorReserve.limit))
    configuration.tls = identity
    configuration.gate = access.isCurrent == nil ? nil : access.gate.gate
    return HTTPServer(configuration: configuration, router: routes.router)
  }
}
