import Glibc
import RESP
import TestSupport
import Testing

private func clear(_ arguments: String...) throws -> CommandResult {
  try run([Cachegauge.executable, "clear"] + arguments)
}

private func configuration(_ url: String, in directory: TemporaryDirectory, more: String = "") throws -> String {
  try directory.write(
    """
    targets:
      - url: \(url)
    \(more)
        namespaces:
          - { name: profiles, keys: ["user:*:profile"] }
          - { name: users, keys: ["user:*"] }
    """, to: "c.yml")
}

@Suite(.enabled(if: isInstalled("redis-server"))) struct `Clearing a Redis` {
  private func server(_ arguments: String...) throws -> (RedisServer, RawRedis) {
    let server = try RedisServer(arguments)
    let redis = try server.connect()
    try redis.pipeline(
      (0..<1000).flatMap {
        [["SET", "user:\($0)", "x"], ["SET", "user:\($0):profile", "x"], ["SET", "job:\($0)", "x"]]
      })
    return (server, redis)
  }

  @Test func `counts keys and bytes first, and removes them when told to`() throws {
    let (server, redis) = try server()
    let directory = try TemporaryDirectory()
    let file = try configuration(server.url, in: directory)
    let dry = try clear("--config", file, "--namespace", "users")
    #expect(dry.exitCode == 0)
    let bytes = try redis.call("MEMORY", "USAGE", "user:1").integer ?? 0
    #expect(bytes > 0)
    #expect(dry.output.hasPrefix("1,000 keys of 3,000 ("), "\(dry.output)")
    #expect(dry.output.hasSuffix("would be removed: say --yes to do so.\n"), "\(dry.output)")
    #expect(try redis.call("DBSIZE").integer == 3000)
    // The more specific namespace's keys are its own.
    let done = try clear("--config", file, "--namespace", "users", "--yes", "--batch", "100")
    #expect(done.output.hasPrefix("Removed 1,000 keys ("), "\(done.output)")
    #expect(try redis.call("DBSIZE").integer == 2000)
    #expect(try redis.call("EXISTS", "user:7:profile", "job:7").integer == 2)
    #expect(try clear(server.url, "--pattern", "job:1?", "--yes").output.hasPrefix("Removed 10 keys ("))
    #expect(try clear(server.url, "--pattern", "none:*").output == "None of 1,990 keys is meant.\n")
    #expect(try redis.info("keyspace_misses") == "0")
    #expect(try redis.call("INFO", "commandstats").string?.contains("cmdstat_unlink") == true)
    #expect(try clear(server.url, "--all", "--yes").exitCode == 0)
    #expect(try redis.call("DBSIZE").integer == 0)
  }

  @Test func `refuses what nobody can mean`() throws {
    let (server, redis) = try server()
    let directory = try TemporaryDirectory()
    let file = try configuration(server.url, in: directory)
    for (arguments, message) in [
      ([], "name what to remove"), (["--pattern", "*", "--yes"], "say --all if that is meant"),
      (["--pattern", "**", "--yes"], "say --all if that is meant"),
      (["--namespace", "user"], "did you mean users?"),
      (["--pattern", "a["], "at character"), (["--all", "--batch", "0"], "--batch"),
      (["--all", "--resume", "x"], "--resume"), (["--all", "--resume", "99999999999999999999"], "--resume"),
    ] {
      let result = try run([Cachegauge.executable, "clear", "--config", file] + arguments)
      #expect(result.exitCode == 64)
      #expect(result.output.contains(message), "\(result.output)")
    }
    #expect(try redis.call("DBSIZE").integer == 3000)
  }

  @Test func `uses the operator's credentials, never the daemon's`() throws {
    let (server, redis) = try server()
    try redis.pipeline([
      ["ACL", "SETUSER", "daemon", "on", ">watch", "allkeys", "+@all"],
      ["ACL", "SETUSER", "operator", "on", ">clean", "allkeys", "+@all"],
      ["ACL", "SETUSER", "default", "off"],
    ])
    let directory = try TemporaryDirectory()
    let daemon = try directory.write("watch", to: "daemon")
    let operators = try directory.write("clean", to: "operator")
    let file = try configuration(
      server.url, in: directory, more: "    username: daemon\n    password_file: \(daemon)")
    let refused = try clear("--config", file, "--all", "--yes")
    #expect(refused.exitCode == 64)
    #expect(refused.output.contains("The file's credentials are the daemon's"), "\(refused.output)")
    #expect(refused.output.contains("(authentication_failed)"), "\(refused.output)")
    #expect(try redis.call("DBSIZE").integer == 3000)
    let done = try clear(
      "--config", file, "--redis.user", "operator", "--redis.password-file", operators, "--namespace", "profiles",
      "--yes")
    #expect(done.output.hasPrefix("Removed 1,000 keys ("), "\(done.output)")
  }

  @Test func `stops when it is told to, and goes on where it was`() async throws {
    let (server, redis) = try server()
    // Asked for two keys at a time, of which none is large: slow enough to be stopped in the middle.
    let log = try TemporaryDirectory()
    let process = try ServerProcess(
      [Cachegauge.executable, "clear", server.url, "--pattern", "job:*", "--batch", "2", "--yes"],
      log: "\(log.path)/log")
    #expect(try await eventually { try (redis.call("DBSIZE").integer ?? 0) < 2990 })
    process.signal(SIGINT)
    #expect(await eventually { !process.isRunning })
    let left = try redis.call("DBSIZE").integer ?? 0
    let text = try readFile("\(log.path)/log")
    if left > 2000 {
      let cursor = try #require(text.firstMatch(of: /--resume (\d+)/)?.output.1, "\(text)")
      let rest = try clear(server.url, "--pattern", "job:*", "--yes", "--resume", String(cursor))
      #expect(rest.output.hasPrefix("Removed \(left - 2000) key"), "\(rest.output)")
    }
    #expect(try redis.call("DBSIZE").integer == 2000)
  }

  @Test func `of expired keys is what SCAN does`() async throws {
    let (server, redis) = try server("--enable-debug-command", "yes")
    try redis.call("DEBUG", "SET-ACTIVE-EXPIRE", "0")
    try redis.pipeline((0..<500).map { ["SET", "short:\($0)", "x", "PX", "1"] })
    #expect(try await eventually { try (redis.call("PTTL", "short:499").integer ?? 0) == -2 })
    let result = try run([Cachegauge.executable, "cleanup", server.url])
    #expect(result.exitCode == 0)
    #expect(result.output.hasPrefix("Freed 499 expired keys; 3,000 keys live on."), "\(result.output)")
    #expect(try redis.call("DBSIZE").integer == 3000)
  }
}

@Suite(.enabled(if: isInstalled("memcached"))) struct `Clearing a Memcached` {
  @Test func `finds keys by the crawler's list, and lets it free what has expired`() async throws {
    let server = try MemcachedServer()
    let app = try server.connect()
    for number in 0..<300 {
      try app.set("user:\(number)", "x")
      try app.set("job:\(number)", "x")
    }
    let directory = try TemporaryDirectory()
    let file = try configuration(server.url, in: directory)
    let dry = try clear("--config", file, "--namespace", "users")
    #expect(dry.output.hasPrefix("300 keys of 600 ("), "\(dry.output)")
    #expect(try clear("--config", file, "--namespace", "users", "--yes").output.hasPrefix("Removed 300 keys ("))
    #expect(try app.get("user:7") == false)
    #expect(try app.get("job:7"))
    // Negative times are over at once.
    for number in 0..<50 { try app.set("short:\(number)", "x", ttl: -1) }
    let result = try run([Cachegauge.executable, "cleanup", server.url])
    #expect(result.exitCode == 0)
    #expect(result.output.hasPrefix("Freed "), "\(result.output)")
    #expect(try await eventually { try app.call("stats").contains("STAT curr_items 300\n") })
  }
}
