import Glibc
import Locked

/// A private server in a temporary directory, on a Unix socket: Redis, unless another ``DemoProgram`` is asked for.
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
  private let program: DemoProgram
  private let keeper: Locked<Keeper?>

  /// Starts a Redis server and waits until it is ready, at most 10 s.
  ///
  /// `path` is where to look for redis-server, by default the environment's `PATH`; `temporaryDirectory` must exist.
  public static func start(
    path: String? = nil, temporaryDirectory: String = "/tmp",
    maximumMemory: String = "8mb"
  ) async throws -> DemoServer {
    try await start(.redis(maximumMemory: maximumMemory), path: path, temporaryDirectory: temporaryDirectory)
  }

  static func start(
    _ program: DemoProgram, path: String? = nil, temporaryDirectory: String = "/tmp"
  ) async throws -> DemoServer {
    guard let executable = program.find(in: path ?? environmentPath()) else {
      throw DemoError.notInstalled(program.names[0])
    }
    let directory = try makeDirectory(in: temporaryDirectory)
    let keeper: Keeper
    do throws(DemoError) {
      keeper = try Keeper.start([executable] + program.arguments(directory), directory: directory)
    } catch {
      unsafe rmdir(directory)
      throw error
    }
    let server = DemoServer(program, directory: directory, keeper: keeper)
    do {
      try await server.waitUntilReady()
    } catch {
      await server.stop()
      throw error
    }
    return server
  }

  private init(_ program: DemoProgram, directory: String, keeper: Keeper) {
    self.program = program
    self.directory = directory
    url = "\(program.scheme)://\(directory)/\(program.socket)"
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
      if isReady(log) { return }
      if log.contains("FATAL") || clock.now > deadline {
        throw DemoError.notReady(log: log.split(separator: "\n").last.map(String.init) ?? "(empty)")
      }
      try await Task.sleep(for: .milliseconds(10))
    }
  }

  private func isReady(_ log: String) -> Bool {
    guard let text = program.readyText else { return unsafe access("\(directory)/\(program.socket)", F_OK) == 0 }
    return log.contains(text)
  }

  private func logText() -> String {
    do throws(ConfigurationFileError) {
      return String(decoding: try readConfigurationFile("\(directory)/server.log"), as: UTF8.self)
    } catch {
      return ""
    }
  }
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
