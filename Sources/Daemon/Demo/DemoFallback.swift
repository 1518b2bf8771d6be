/// An application that keeps some parts in its process, and the others on a server; these too in its process while the server
/// does not answer.
struct DemoFallback: DemoClient {
  /// Nil where all is kept in the process.
  let server: (any DemoClient)?
  let memory: DemoMemory
  /// What the keys begin with that never go to the server.
  let own: String

  func pipeline(_ commands: [[String]]) async throws -> [DemoReply] {
    let isOwn = commands.map { $0.count > 1 && $0[1].hasPrefix(own) }
    var kept = try await memory.pipeline(zip(commands, isOwn).compactMap { $1 ? $0 : nil })[...]
    let others = zip(commands, isOwn).compactMap { $1 ? nil : $0 }
    var answered = try await elsewhere(others)[...]
    return isOwn.map { ($0 ? kept.popFirst() : answered.popFirst()) ?? .error("no reply") }
  }

  private func elsewhere(_ commands: [[String]]) async throws -> [DemoReply] {
    guard let server, !commands.isEmpty else { return try await memory.pipeline(commands) }
    do { return try await server.pipeline(commands) } catch { return try await memory.pipeline(commands) }
  }

  func close() async { await server?.close() }
}
