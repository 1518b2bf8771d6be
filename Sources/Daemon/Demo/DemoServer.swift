import Glibc
import Locked

/// A private Redis server in a temporary directory, on a Unix socket, without persistence.
///
/// It does not outlive this process, whatever ends it. The server is the child of a shell that reads from a socket
/// whose other end only this process holds: when that is closed, be it by ``stop()``, by a signal or by SIGKILL, the
/// shell ends the server and removes the directory. Both have a process group of their own, so that Ctrl-C in the
/// terminal reaches this process alone.
public final class DemoServer: Sendable {
  /// The URL of its socket.
  public let url: String
  /// The temporary directory.
  public let directory: String
  private let keeper: Locked<Keeper?>

  /// Starts a server and waits until it is ready, at most 10 s.
  ///
  /// `path` is where to look for redis-server, by default the environment's `PATH`; `temporaryDirectory` must exist.
  public static func start(
    path: String? = nil, temporaryDirectory: String = "/tmp",
    maximumMemory: String = "8mb"
  ) async throws -> DemoServer {
    guard let executable = findServer(in: path ?? environmentPath()) else { throw DemoError.notInstalled }
    let directory = try makeDirectory(in: temporaryDirectory)
    let keeper: Keeper
    do throws(DemoError) {
      let arguments = serverArguments(directory: directory, maximumMemory: maximumMemory)
      keeper = try Keeper.start([executable] + arguments, directory: directory)
    } catch {
      unsafe rmdir(directory)
      throw error
    }
    let server = DemoServer(directory: directory, keeper: keeper)
    do {
      try await server.waitUntilReady()
    } catch {
      await server.stop()
      throw error
    }
    return server
  }

  private init(directory: String, keeper: Keeper) {
    self.directory = directory
    url = "unix://\(directory)/redis.sock"
    self.keeper = Locked(keeper)
  }

  deinit {
    guard let keeper = keeper.withLock({ $0.take() }) else { return }
    keeper.release()
    Task.detached { while !keeper.hasEnded() { try? await Task.sleep(for: .milliseconds(10)) } }
  }

  /// Ends the server with SIGTERM, or with SIGKILL if it takes longer than 3 s, and removes its directory. Returns when
  /// both are done; a second call returns at once.
  public func stop() async {
    guard let keeper = keeper.withLock({ $0.take() }) else { return }
    keeper.askToStop()
    let clock = ContinuousClock()
    let deadline = clock.now + .seconds(3)
    var isKilled = false
    while !keeper.hasEnded() {
      if !isKilled, clock.now > deadline {
        keeper.askToKill()
        isKilled = true
      }
      // The caller may be cancelled, which ends a sleep at once; ending the server takes its time all the same.
      await Task { try? await Task.sleep(for: .milliseconds(10)) }.value
    }
    keeper.release()
  }

  private func waitUntilReady() async throws {
    let clock = ContinuousClock()
    let deadline = clock.now + .seconds(10)
    while true {
      let log = logText()
      if log.contains("eady to accept connections") { return }
      if log.contains("FATAL") || clock.now > deadline {
        throw DemoError.notReady(log: log.split(separator: "\n").last.map(String.init) ?? "(empty)")
      }
      try await Task.sleep(for: .milliseconds(10))
    }
  }

  private func logText() -> String {
    do throws(ConfigurationFileError) {
      return String(decoding: try readConfigurationFile("\(directory)/server.log"), as: UTF8.self)
    } catch {
      return ""
    }
  }
}

/// Small memory, so that it fills within seconds; thresholds that catch the demo's slow command.
private func serverArguments(directory: String, maximumMemory: String) -> [String] {
  let settings = [
    ("port", "0"), ("unixsocket", "\(directory)/redis.sock"), ("unixsocketperm", "700"), ("dir", directory),
    ("save", ""), ("appendonly", "no"), ("daemonize", "no"), ("maxmemory", maximumMemory),
    ("maxmemory-policy", "allkeys-lru"), ("slowlog-log-slower-than", "1000"), ("slowlog-max-len", "128"),
    ("latency-monitor-threshold", "1"), ("maxclients", "64"),
  ]
  return settings.flatMap { ["--\($0.0)", $0.1] }
}

private func findServer(in path: String) -> String? {
  for name in ["redis-server", "valkey-server"] {
    for folder in path.split(separator: ":") where folder.hasPrefix("/") {
      let candidate = "\(folder)/\(name)"
      if unsafe access(candidate, X_OK) == 0 { return candidate }
    }
  }
  return nil
}

/// A new directory that only this user may enter. A socket's path has at most 107 bytes.
private func makeDirectory(in parent: String) throws(DemoError) -> String {
  var template = "\(parent.utf8.count < 70 ? parent : "/tmp")/cachegauge-demo-XXXXXX".utf8CString.map(\.self)
  let isMade = unsafe template.withUnsafeMutableBufferPointer { buffer in
    unsafe buffer.baseAddress.map { unsafe mkdtemp($0) != nil } ?? false
  }
  guard isMade else { throw .system(call: "mkdtemp", code: errno) }
  return String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
}

private func environmentPath() -> String {
  (unsafe getenv("PATH").map { unsafe String(cString: $0) } ?? "/usr/bin:/bin") + ":/usr/sbin"
}
