import CacheModel
import Glibc
import RESP
import TestSupport
import Testing

@testable import Daemon

private func exists(_ path: String) -> Bool { unsafe access(path, F_OK) == 0 }

private func isAlive(_ process: Int64) -> Bool { kill(pid_t(process), 0) == 0 }

extension DemoServer {
  fileprivate func connect() throws -> SocketConnection { try SocketConnection("\(directory)/redis.sock") }
}

@Test(.enabled(if: isInstalled("redis-server")))
func `the demo's server answers, and leaves nothing behind when it is stopped`() async throws {
  let server = try await DemoServer.start()
  let connection = try server.connect()
  #expect(try connection.call("PING").string == "PONG")
  #expect(server.url == "unix://\(server.directory)/redis.sock")
  let settings = [
    "maxmemory": "8388608", "maxmemory-policy": "allkeys-lru", "port": "0", "save": "", "appendonly": "no",
  ]
  for (name, value) in settings { #expect(try connection.call("CONFIG", "GET", name).array?.last?.string == value) }
  let process = try #require(try connection.info("process_id"))
  await server.stop()
  #expect(!isAlive(process))
  #expect(!exists(server.directory))
  await server.stop()
}

@Test(.enabled(if: isInstalled("redis-server")))
func `a server that does not end by itself is killed`() async throws {
  let server = try await DemoServer.start()
  let process = try #require(try server.connect().info("process_id"))
  kill(pid_t(process), SIGSTOP)
  await server.stop()
  #expect(!isAlive(process))
  #expect(!exists(server.directory))
}

@Test(.enabled(if: isInstalled("redis-server")))
func `a server that nobody stops ends with its owner`() async throws {
  var server: DemoServer? = try await DemoServer.start()
  let directory = try #require(server?.directory)
  let process = try #require(try server?.connect().info("process_id"))
  server = nil
  #expect(await eventually(within: 120) { !isAlive(process) && !exists(directory) })
}

@Test(.enabled(if: isInstalled("redis-server")), arguments: [SIGKILL, SIGTERM, SIGINT])
func `a server ends when its process is ended by a signal`(signal: Int32) async throws {
  let folder = try TemporaryDirectory()
  let path = folder.path
  let result = await #expect(processExitsWith: .signal(signal), observing: [\.standardErrorContent]) {
    [path = path as String, signal = signal as Int32] in
    let server = try await DemoServer.start(temporaryDirectory: path)
    let process = try #require(try server.connect().info("process_id"))
    try writeFile("\(process)", to: "\(path)/process")
    _ = Glibc.signal(signal, SIG_DFL)
    kill(getpid(), signal)
    try await Task.sleep(for: .seconds(60))
    await server.stop()
  }
  #expect(result != nil)
  let process = try #require(Int64(try readFile("\(path)/process")))
  #expect(await eventually(within: 120) { !isAlive(process) })
  #expect(await eventually(within: 120) { (try? run(["ls", path]).output) == "process\n" })
}

@Test(.enabled(if: isInstalled("redis-server")))
func `a server ends when the shell that keeps it is ended`() async throws {
  let server = try await DemoServer.start()
  let process = try #require(try server.connect().info("process_id"))
  let status = try readFile("/proc/\(process)/stat").split(separator: " ")
  kill(try #require(pid_t(status[3])), SIGTERM)
  #expect(await eventually(within: 120) { !isAlive(process) && !exists(server.directory) })
  await server.stop()
}

@Test func `a missing redis-server is an error that says how to install it`() async throws {
  let folder = try TemporaryDirectory()
  await #expect(throws: DemoError.notInstalled("redis-server")) { try await DemoServer.start(path: folder.path) }
  #expect(DemoError.notInstalled("redis-server").description.contains("sudo apt-get install redis-server"))
}

@Test func `a server that can't start is an error with the last line of its log`() async throws {
  let folder = try TemporaryDirectory()
  try folder.write("#!/bin/sh\necho first\necho '*** FATAL CONFIG FILE ERROR ***'\n", to: "redis-server")
  try run(["chmod", "+x", "\(folder.path)/redis-server"])
  await #expect(throws: DemoError.notReady(log: "*** FATAL CONFIG FILE ERROR ***")) {
    try await DemoServer.start(path: folder.path, temporaryDirectory: folder.path)
  }
  #expect(try run(["ls", folder.path]).output == "redis-server\n")
}

@Test(.enabled(if: isInstalled("redis-server")))
func `the workload's counters and the server's lookups equal its truth`() async throws {
  let server = try await DemoServer.start()
  let connection = try server.connect()
  let workload = DemoWorkload(lookupsPerSecond: 4000)
  let task = Task { await workload.run(over: connection) }
  let isDone = await eventually(within: 120) {
    workload.counts.values.reduce(0) { $0 + $1.hits + $1.misses } > 4000
  }
  task.cancel()
  await task.value
  #expect(isDone)
  #expect(workload.isExact)
  let counts = workload.counts
  #expect(try connection.info("keyspace_hits") == counts.values.reduce(0) { $0 + $1.hits })
  #expect(try connection.info("keyspace_misses") == counts.values.reduce(0) { $0 + $1.misses })
  for namespace in DemoNamespace.all {
    let key = namespace.part.counterKey
    let fields = try connection.call("HMGET", key, "hits", "misses").array?.map { $0.integer ?? 0 }
    let counted = try #require(counts[namespace.part.name])
    #expect(fields == [counted.hits, counted.misses])
  }
  await server.stop()
}

@Test(.enabled(if: isInstalled("redis-server")))
func `the workload makes evictions, expirations, slow operations and one namespace under its target`() async throws
{
  let server = try await DemoServer.start()
  let connection = try server.connect()
  let observer = try server.connect()
  let workload = DemoWorkload(lookupsPerSecond: 8000)
  let task = Task { await workload.run(over: connection) }
  #expect(try await eventually(within: 120) { (try observer.info("evicted_keys") ?? 0) > 100 })
  #expect(try await eventually(within: 120) { (try observer.call("SLOWLOG", "LEN").integer ?? 0) > 0 })
  #expect(try await eventually(within: 120) { (try observer.info("expired_keys") ?? 0) > 0 })
  task.cancel()
  await task.value
  let search = try #require(workload.counts["search"])
  let target = try #require(DemoNamespace.all.last?.target)
  let rate = Double(search.hits) / Double(search.hits + search.misses)
  #expect(rate < target.hitRate)
  await server.stop()
}

/// Fails the first pipeline after the warm-up.
private actor FaultyConnection: DemoConnection {
  private var calls = 0
  struct Broken: Error {}

  func pipeline(_ commands: [[String]]) async throws -> [DemoReply] {
    calls += 1
    if commands.contains(where: { $0[0] == "GET" }), calls < 100 {
      calls = 100
      throw Broken()
    }
    return commands.map { _ in .value }
  }
}

@Test func `a lost connection is survived, and the truth is no longer called exact`() async {
  let workload = DemoWorkload()
  let task = Task { await workload.run(over: FaultyConnection()) }
  #expect(await eventually(within: 120) { workload.counts.values.contains { $0.hits > 0 } })
  #expect(!workload.isExact)
  task.cancel()
  await task.value
}
