import HTTPServer

/// The statistics endpoint of an application that keeps caches in its process.
final class DemoStatistics: Sendable {
  /// Where the answer is.
  static let path = "/api/cache/stats"
  private let server: HTTPServer

  /// An endpoint that tells of these caches, once it is started.
  init(_ memory: DemoMemory) {
    server = HTTPServer(
      configuration: HTTPServerConfiguration(),
      router: Router([
        Route(path: Self.path) { _ in
          HTTPResponse(contentType: "application/json", bytes: Array(Self.document(memory.figures).utf8))
        }
      ]))
  }

  /// Serves on a free port of 127.0.0.1; answers its URL.
  func start() throws -> String {
    try server.start()
    return "http://127.0.0.1:\(server.boundPort ?? 0)\(Self.path)"
  }

  /// Ends it.
  func stop() async { await server.stop() }

  /// As applications write it: sizes and rates for people, counts as numbers.
  private static func document(_ caches: [String: DemoMemory.Figures]) -> String {
    let members = caches.sorted { $0.key < $1.key }.map { name, figures in
      let lookups = figures.hits + figures.misses
      let permille = lookups == 0 ? 0 : figures.hits * 1000 / lookups
      return """
        "\(name)": {"hits": \(figures.hits), "misses": \(figures.misses), "size": \(figures.size), \
        "memory": "\(figures.bytes / 1024)K", "hit_rate": "\(permille / 10).\(permille % 10)%", \
        "evictions": \(figures.evictions)}
        """
    }
    return "{\"available\": true, \"caches\": {\(members.joined(separator: ", "))}}\n"
  }
}
