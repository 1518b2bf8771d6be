import Glibc
import TestSupport
import Testing

/// Rows of the table in docs/reliability.md: what goes wrong with a cache, what is seen of it, and how it ends.
@Suite(.enabled(if: isInstalled("redis-server"))) struct `A fault` {
  private static func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

  @Test func `of each kind has its cause, and costs the target beside it nothing`() async throws {
    let good = try RedisServer()
    let scripts: [(name: String, cause: String, steps: [ScriptedServer.Step])] = [
      ("slow", "timeout", [.trickle(Self.bytes("+OK\r\n$400\r\n# Server\r\n"), milliseconds: 1000)]),
      ("half", "closed_by_peer", [.reply(Self.bytes("+OK\r\n")), .reply(Self.bytes("$100\r\nhalf")), .close]),
      ("garbage", "protocol_error", [.reply((0..<64).map { UInt8(255 - $0) })]),
      ("huge", "reply_too_large", [.reply(Self.bytes("+OK\r\n")), .reply(Self.bytes("$8589934592\r\n"))]),
    ]
    let servers = try scripts.map { try ScriptedServer($0.steps) }
    let nobody = try freePort()
    let targets = zip(scripts, servers).map { script, server in
      let poll = script.cause == "timeout" ? ", poll: { timeout: 150ms }" : ""
      return "  - { name: \(script.name), url: \"redis://127.0.0.1:\(server.port)\"\(poll) }"
    }
    let gauge = try await Cachegauge(
      [],
      configuration: """
        poll: { interval: 200ms, timeout: 30s }
        targets:
          - { name: good, url: "\(good.url)" }
          - { name: refused, url: "redis://127.0.0.1:\(nobody)" }
        \(targets.joined(separator: "\n"))
        """)
    for (name, cause) in scripts.map({ ($0.name, $0.cause) }) + [("refused", "refused")] {
      try await Symptoms(gauge: gauge, target: name).expectTold(cause)
    }
    let well = Symptoms(gauge: gauge, target: "good")
    let polls = well.polls
    #expect(await eventually { well.polls > polls + 5 })
    #expect(well.isUp)
    #expect(gauge.metric("process_resident_memory_bytes") ?? .infinity < 400e6)
  }

  @Test func `of a server and its permissions is followed while it lasts, and ends by itself`() async throws {
    let server = try RedisServer("--enable-debug-command", "yes", "--busy-reply-threshold", "50")
    let admin = try server.connect()
    let rules = ["on", "resetpass", "resetkeys", "+info", "+slowlog|get", "+slowlog|len", "+client|setname"]
    try admin.pipeline([["ACL", "SETUSER", "watch"] + rules + [">pw-one-7261"]])
    let directory = try TemporaryDirectory()
    let password = try directory.write("pw-one-7261\n", to: "password")
    let gauge = try await Cachegauge(
      [],
      configuration: """
        poll: { interval: 100ms, timeout: 5s }
        targets: [ { url: "\(server.url)", username: watch, password_file: "\(password)" } ]
        """)
    let seen = Symptoms(gauge: gauge)
    #expect(await seen.recovers())

    // CLIENT KILL: one connection more, and no more than a poll is lost.
    let connects = gauge.metric("cache_connects_total") ?? 0
    try admin.call("CLIENT", "KILL", "USER", "watch")
    #expect(await eventually { (gauge.metric("cache_connects_total") ?? 0) > connects && seen.isUp })

    // The password is rotated on the server first: the file is read anew at each connection.
    try admin.pipeline([["ACL", "SETUSER", "watch"] + rules + [">pw-two-8372"]])
    try admin.call("CLIENT", "KILL", "USER", "watch")
    try await seen.expectTold("authentication_failed")
    try writeFile("pw-two-8372\n", to: password)
    #expect(await seen.recovers())

    // The user is taken away, and comes back.
    try admin.call("ACL", "DELUSER", "watch")
    try await seen.expectTold("authentication_failed")
    try admin.pipeline([["ACL", "SETUSER", "watch"] + rules + [">pw-two-8372"]])
    #expect(await seen.recovers())

    // One permission is taken away: that costs what it guards, and is told once.
    try admin.call("ACL", "SETUSER", "watch", "-slowlog|get", "-slowlog|len")
    #expect(await eventually { gauge.metric("cachegauge_collector_disabled{collector=\"slowlog\"}") == 1 })
    #expect(seen.isUp)
    #expect(gauge.log.split(separator: "\n").count { $0.contains("collector slowlog") } == 1)

    // No client finds a place.
    try admin.call("CONFIG", "SET", "maxclients", "1")
    try admin.call("CLIENT", "KILL", "USER", "watch")
    try await seen.expectTold("too_many_clients")
    try admin.call("CONFIG", "SET", "maxclients", "100")
    #expect(await seen.recovers())
    #expect(!gauge.log.contains("pw-one") && !gauge.log.contains("pw-two"))
  }

  @Test func `of a server that is busy or loads its dataset is told as such`() async throws {
    let server = try RedisServer("--enable-debug-command", "yes", "--busy-reply-threshold", "50")
    let admin = try server.connect()
    let gauge = try await Cachegauge([server.url, "--poll-interval", "100ms", "--poll-timeout", "5s"])
    let seen = Symptoms(gauge: gauge)

    let script = try connectToLoopback(port: server.port)
    defer { close(script) }
    let loop = Array("EVAL \"while true do end\" 0\r\n".utf8)
    #expect(unsafe send(script, loop, loop.count, Int32(MSG_NOSIGNAL)) == loop.count)
    try await seen.expectTold("busy")
    try admin.call("SCRIPT", "KILL")
    #expect(await seen.recovers())

    // A thousandth of a second for each key makes loading last.
    for start in stride(from: 0, to: 40_000, by: 2000) {
      try admin.pipeline((start..<start + 2000).map { ["SET", "key:\($0)", "v"] })
    }
    try admin.pipeline([
      ["CONFIG", "SET", "key-load-delay", "1000"],
      ["CONFIG", "SET", "loading-process-events-interval-bytes", "1024"],
    ])
    let reload = Array("DEBUG RELOAD\r\n".utf8)
    #expect(unsafe send(script, reload, reload.count, Int32(MSG_NOSIGNAL)) == reload.count)
    // INFO is answered meanwhile, and says so.
    #expect(await eventually { gauge.metric("redis_loading_dump_file") == 1 })
    #expect(seen.isUp)
    try #expect(gauge.json("/api/cache/report")["targets"][0]["server"]["loading"] == .bool(true))
    server.kill()
    #expect(await eventually { !seen.isUp })
    try server.restart()
    #expect(await seen.recovers())
  }
}
