import TestSupport
import Testing

@Suite(.enabled(if: isInstalled("redis-server"))) struct `The check` {
  private func check(_ arguments: String...) throws -> CommandResult {
    try run([Cachegauge.executable, "check", "--for", "1s"] + arguments)
  }

  @Test func `ends with 0 for a server that is well, and 2 for one that is gone or silent`() throws {
    let server = try RedisServer("--maxmemory", "64mb", "--maxmemory-policy", "allkeys-lru")
    let well = try check(server.url)
    #expect(well.exitCode == 0, "\(well.output)")
    #expect(try check("redis://127.0.0.1:\(freePort())").exitCode == 2)
    let hole = try LoopbackListener()
    #expect(try check("redis://127.0.0.1:\(hole.port)").exitCode == 2)
  }

  @Test func `ends with 3 where the server tells nothing of itself`() throws {
    let server = try RedisServer("--rename-command", "INFO", "")
    #expect(try check(server.url).exitCode == 3)
  }

  @Test func `ends with 74 where nobody can read the answer`() throws {
    let server = try RedisServer()
    let result = try run([
      "/bin/sh", "-c", "exec \"$0\" check --for 1s \"$1\" >/dev/full", Cachegauge.executable, server.url,
    ])
    #expect(result.exitCode == 74)
    #expect(result.output.contains("can't write to standard output: No space left on device"))
  }

  @Test func `ends with 64 for wrong usage, and says what is wrong`() throws {
    for arguments in ["redis://127.0.0.1:1/abc", "http://127.0.0.1"] {
      let result = try check(arguments)
      #expect(result.exitCode == 64)
      #expect(result.output.contains("Error:"))
    }
  }
}
