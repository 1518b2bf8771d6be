import Locked
@testable import HTTPServer
import Testing

@Suite(.timeLimit(.minutes(5))) struct LoadTests {
  private struct Weak: Sendable {
    weak let response: HTTPResponse?
  }

  @Test func `64 kept connections are served while the answer is replaced a thousand times`() async throws {
    let current = Shared(Self.page(0))
    let replaced = Shared<[Weak]>([])
    let faults = Shared(0)
    try await withServer([Route(path: "/page") { _ in current.value }]) { server, port in
      await withTaskGroup(of: Void.self) { group in
        for _ in 0..<64 {
          group.addTask {
            do {
              try await onThread {
                var client = try RawClient(port: port)
                for _ in 0..<40 where !Self.isConsistent(try client.get("/page").text) {
                  faults.withLock { $0 += 1 }
                }
              }
            } catch { faults.withLock { $0 += 1 } }
          }
        }
        for version in 1...1000 {
          let next = Self.page(version)
          let previous = current.withLock { response in
            let previous = response
            response = next
            return previous
          }
          replaced.withLock { $0.append(Weak(response: previous)) }
          if version.isMultiple(of: 20) { try? await Task.sleep(for: .milliseconds(1)) }
        }
      }
      #expect(faults.value == 0)
      #expect(server.statistics.acceptedConnections == 64)
      #expect(server.statistics.requests == [.init(route: "/page", statusClass: 2, count: 64 * 40)])
    }
    #expect(replaced.value.count { $0.response != nil } == 0)
  }

  /// One number on each of 2000 lines, so that a mixture of two pages shows.
  private static func page(_ version: Int) -> HTTPResponse {
    HTTPResponse(bytes: Array(String(repeating: "\(version)\n", count: 2000).utf8))
  }

  private static func isConsistent(_ text: String) -> Bool {
    let lines = text.split(separator: "\n")
    return lines.count == 2000 && lines.allSatisfy { $0 == lines[0] }
  }

  @Test func `deferred answers reach the client that asked`() async throws {
    let faults = Shared(0)
    try await withServer(standardRoutes()) { _, port in
      await withTaskGroup(of: Void.self) { group in
        for client in 0..<32 {
          group.addTask {
            do {
              try await onThread {
                var connection = try RawClient(port: port)
                for number in 0..<10 {
                  let text = try connection.get("/slow?n=\(client)-\(number)").text
                  if text != "slow \(client)-\(number)\n" { faults.withLock { $0 += 1 } }
                }
              }
            } catch { faults.withLock { $0 += 1 } }
          }
        }
      }
      #expect(faults.value == 0)
    }
  }
}
