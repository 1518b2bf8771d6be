import CacheModel
import Glibc
import NIOCore
import NIOPosix
import RESP
import Synchronization
import TestSupport
import Testing

@testable import CacheClients

/// A name server of the tests' own: `hang.test` gets no answer until it is told to.
private final class NameServer: Sendable {
  private let asked = Atomic<Int>(0)
  private let isAnswering = Atomic<Bool>(false)

  /// Lookups of `hang.test` so far.
  var hanging: Int { asked.load(ordering: .sequentiallyConsistent) }

  func answer() { isAnswering.store(true, ordering: .sequentiallyConsistent) }

  func lookups() -> NameLookups {
    NameLookups { [self] host, port in
      if host == "hang.test" {
        asked.add(1, ordering: .sequentiallyConsistent)
        while !isAnswering.load(ordering: .sequentiallyConsistent) { usleep(1000) }
      }
      guard host.hasSuffix(".test") else { throw NameWithoutAddress() }
      return [try SocketAddress(ipAddress: "127.0.0.1", port: port)]
    }
  }

  deinit { answer() }
}

@Suite struct `Names` {
  private static let loop = MultiThreadedEventLoopGroup(numberOfThreads: 1)

  private func client(_ host: String, _ port: UInt16, _ lookups: NameLookups) -> CacheClient<RESPWire> {
    let endpoint = CacheEndpoint(address: .host(host, port: Int(port)))
    let wire = RESPWire(endpoint: endpoint, clientName: "test", limits: RESPLimits())
    return CacheClient(wire: wire, endpoint: endpoint, group: Self.loop, lookups: lookups)
  }

  private func failure(_ client: CacheClient<RESPWire>, within time: Duration) async -> FailureCause? {
    do {
      _ = try await client.pipeline([RESPCommand("PING")], deadline: .now.advanced(by: time))
      return nil
    } catch { return error.cause }
  }

  @Test func `one that gets no answer costs its own deadline, and holds up no other on its thread`() async throws {
    let server = try ScriptedServer([.reply(Array("+OK\r\n".utf8)), .reply(Array("+PONG\r\n".utf8))])
    let names = NameServer()
    let lookups = names.lookups()
    let hanging = client("hang.test", server.port, lookups)
    #expect(await failure(hanging, within: .seconds(1)) == .timeout)
    // The lookup goes on meanwhile.
    #expect(await failure(client("127.0.0.1", server.port, lookups), within: .seconds(30)) == nil)
    #expect(await failure(client("there.test", server.port, lookups), within: .seconds(30)) == nil)
    #expect(await failure(client("nowhere.example", server.port, lookups), within: .seconds(30)) == .nameResolution)
    #expect(await eventually { names.hanging == 1 })
  }

  @Test func `are looked up once for all who ask at a time, and anew for who asks later`() async throws {
    let names = NameServer()
    let lookups = names.lookups()
    let loop = Self.loop.next()
    let waiting = (0..<20).map { _ in lookups.addresses(of: "hang.test", port: 1, on: loop) }
    #expect(await eventually { names.hanging == 1 })
    names.answer()
    for answer in waiting { #expect(try await answer.get().count == 1) }
    #expect(names.hanging == 1)
    _ = try await lookups.addresses(of: "hang.test", port: 1, on: loop).get()
    #expect(names.hanging == 2)
  }

  @Test func `beyond the most that may hang at once fail at once`() async throws {
    let names = NameServer()
    let lookups = names.lookups()
    let loop = Self.loop.next()
    let waiting = (1...NameLookups.limit).map { lookups.addresses(of: "hang.test", port: $0, on: loop) }
    await #expect(throws: NameWithoutAddress.self) {
      try await lookups.addresses(of: "there.test", port: 1, on: loop).get()
    }
    names.answer()
    for answer in waiting { _ = try await answer.get() }
    #expect(try await lookups.addresses(of: "there.test", port: 1, on: loop).get().count == 1)
  }

  @Test func `are found by the system's resolver`() async throws {
    let addresses = try await NameLookups.shared.addresses(of: "localhost", port: 7, on: Self.loop.next()).get()
    #expect(addresses.contains { $0.ipAddress == "127.0.0.1" || $0.ipAddress == "::1" })
    #expect(addresses.allSatisfy { $0.port == 7 })
  }
}
