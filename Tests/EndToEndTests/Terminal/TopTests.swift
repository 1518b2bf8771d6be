import Glibc
import Locked
import TestSupport
import Testing

/// `cachegauge top` in a pseudo-terminal; what it draws is applied to a screen of letters.
private final class PseudoTerminal {
  private let master: Int32
  private let process: pid_t
  private var drawn: [UInt8] = []

  /// Starts a program whose terminal this is, of so many columns and lines.
  init(_ words: [String], width: UInt16, height: UInt16) throws {
    master = unsafe open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
    // TIOCSPTLCK and TIOCGPTN: unlocks the other side, and asks for its number.
    var (locked, number): (Int32, Int32) = (0, 0)
    guard master >= 0, unsafe ioctl(master, 0x4004_5431, &locked) == 0,
      unsafe ioctl(master, 0x8004_5430, &number) == 0
    else { throw ServerError("no pseudo-terminal: errno \(errno)") }
    let path = "/dev/pts/\(number)"
    var actions = unsafe posix_spawn_file_actions_t()
    unsafe posix_spawn_file_actions_init(&actions)
    defer { unsafe posix_spawn_file_actions_destroy(&actions) }
    for descriptor: Int32 in 0...2 {
      unsafe posix_spawn_file_actions_addopen(&actions, descriptor, path, O_RDWR, 0)
    }
    var attributes = posix_spawnattr_t()
    unsafe posix_spawnattr_init(&attributes)
    defer { unsafe posix_spawnattr_destroy(&attributes) }
    // A session of its own: the terminal that it opens first becomes its controlling terminal.
    unsafe posix_spawnattr_setflags(&attributes, 0x80)
    var argv: [UnsafeMutablePointer<CChar>?] = unsafe words.map { unsafe strdup($0) } + [nil]
    defer { for index in unsafe argv.indices { unsafe free(argv[index]) } }
    var process: pid_t = 0
    var size = winsize(ws_row: height, ws_col: width, ws_xpixel: 0, ws_ypixel: 0)
    _ = unsafe ioctl(master, UInt(TIOCSWINSZ), &size)
    let status = unsafe posix_spawn(&process, words[0], &actions, &attributes, &argv, environ)
    guard status == 0 else { throw ServerError("can't start \(words[0]): errno \(status)") }
    self.process = process
  }

  deinit {
    kill(process, SIGKILL)
    close(master)
  }

  /// All that was written so far.
  var output: String {
    var waiting = pollfd(fd: master, events: Int16(POLLIN), revents: 0)
    while unsafe poll(&waiting, 1, 0) == 1, waiting.revents & Int16(POLLIN) != 0 {
      var chunk = [UInt8](repeating: 0, count: 65_536)
      let count = unsafe read(master, &chunk, chunk.count)
      guard count > 0 else { break }
      drawn += chunk.prefix(count)
    }
    return String(decoding: drawn, as: UTF8.self)
  }

  /// The lines of the last screen that was drawn whole.
  var screen: [String] {
    let screens = output.replacing("\u{1B}[?", with: "?").split(separator: "\u{1B}[H")
    guard screens.count > 1, let last = screens.last(where: { $0.contains("\u{1B}[J") }) else { return [] }
    let text = last.prefix { $0 != "?" }.replacing(/\u{1B}\[[0-9;]*[A-Za-z]/, with: "")
    // The terminal's driver puts a carriage return of its own before each line feed.
    let lines = String(String.UnicodeScalarView(text.unicodeScalars.filter { $0 != "\r" }))
    return lines.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
  }

  func type(_ text: String) {
    let bytes = Array(text.utf8)
    _ = unsafe write(master, bytes, bytes.count)
  }

  func resize(width: UInt16, height: UInt16) {
    var size = winsize(ws_row: height, ws_col: width, ws_xpixel: 0, ws_ypixel: 0)
    _ = unsafe ioctl(master, UInt(TIOCSWINSZ), &size)
    kill(process, SIGWINCH)
  }

  func signal(_ number: Int32) { kill(process, number) }

  /// Whether lines are edited and echoed, as a shell wants them.
  var isCooked: Bool {
    var attributes = termios()
    guard unsafe tcgetattr(master, &attributes) == 0 else { return false }
    return attributes.c_lflag & tcflag_t(ECHO | ICANON) == tcflag_t(ECHO | ICANON)
  }

  /// The exit code, once it has ended; 128 and more when a signal ended it.
  var exitCode: Int32? {
    var status: Int32 = 0
    guard unsafe waitpid(process, &status, WNOHANG) == process else { return nil }
    return status & 0x7F == 0 ? (status >> 8) & 0xFF : 128 + (status & 0x7F)
  }
}

@Suite(.enabled(if: isInstalled("redis-server"))) struct `The terminal view` {
  private func start(_ gauge: Cachegauge, width: UInt16 = 80, height: UInt16 = 24) throws -> PseudoTerminal {
    let words = [Cachegauge.executable, "top", "--url", "http://127.0.0.1:\(gauge.port)"]
    return try PseudoTerminal(words, width: width, height: height)
  }

  private func gauge(_ server: RedisServer) async throws -> Cachegauge {
    let namespaces = ["alpha", "beta", "gamma"].map { name in
      "        - { name: \(name), keys: [\"\(name):*\"], counters: { hash: \"stats:\(name)\", hits: hits, misses: misses } }"
    }
    return try await Cachegauge(
      [],
      configuration: """
        poll: { interval: 200ms, slow_interval: 1s, timeout: 30s }
        targets:
          - url: \(server.url)
            namespaces:
        \(namespaces.joined(separator: "\n"))
        """)
  }

  private func names(_ terminal: PseudoTerminal) -> [String] {
    terminal.screen.compactMap { line in ["alpha", "beta", "gamma"].first { line.hasPrefix("\($0) ") } }
  }

  @Test func `fits 80 by 24, follows the cache, sorts by keys, resizes, and gives the terminal back`() async throws
  {
    let server = try RedisServer()
    let redis = try server.connect()
    let gauge = try await gauge(server)
    let terminal = try start(gauge)
    #expect(await eventually { names(terminal) == ["alpha", "beta", "gamma"] })
    #expect(!terminal.isCooked)
    #expect(terminal.screen.count <= 24)
    #expect(terminal.screen.allSatisfy { $0.count <= 80 })
    #expect(terminal.screen.last?.hasPrefix("q quit") == true)
    for (name, misses) in [("alpha", "5"), ("beta", "900"), ("gamma", "70")] {
      try redis.call("HSET", "stats:\(name)", "hits", "1", "misses", misses)
    }
    #expect(await eventually { terminal.screen.contains { $0.hasPrefix("beta ") && $0.contains(" 900 ") } })
    terminal.type("m")
    #expect(await eventually { names(terminal) == ["beta", "gamma", "alpha"] })
    terminal.type("R")
    #expect(await eventually { names(terminal) == ["alpha", "gamma", "beta"] })
    terminal.resize(width: 50, height: 12)
    #expect(await eventually { terminal.screen.count <= 12 && terminal.screen.allSatisfy { $0.count <= 50 } })
    server.kill()
    #expect(await eventually { terminal.screen.first?.contains("unhealthy") == true })
    gauge.process.end()
    #expect(await eventually { terminal.screen.first?.contains("no cachegauge answers") == true })
    terminal.type("q")
    var code: Int32?
    #expect(
      await eventually {
        code = code ?? terminal.exitCode; return code != nil
      })
    #expect(code == 0)
    #expect(terminal.isCooked)
    #expect(terminal.output.hasSuffix("\u{1B}[?7h\u{1B}[?25h\u{1B}[?1049l"))
  }

  @Test(arguments: [SIGINT, SIGTERM, SIGHUP])
  func `a signal ends it, and the terminal is as before`(signal: Int32) async throws {
    let server = try RedisServer()
    let gauge = try await gauge(server)
    let terminal = try start(gauge)
    #expect(await eventually { !names(terminal).isEmpty })
    terminal.signal(signal)
    var code: Int32?
    #expect(
      await eventually {
        code = code ?? terminal.exitCode; return code != nil
      })
    #expect(code == 0)
    #expect(terminal.isCooked)
    #expect(terminal.output.hasSuffix("\u{1B}[?1049l"))
    #expect(gauge.process.isRunning)
  }

  @Test func `prints once and plainly where there is no terminal, and ends with an error where nothing serves`()
    async throws
  {
    let server = try RedisServer()
    let gauge = try await gauge(server)
    let result = try run([Cachegauge.executable, "top", "--url", "127.0.0.1:\(gauge.port)"])
    #expect(result.exitCode == 0)
    #expect(result.output.hasPrefix("cachegauge: "))
    #expect(result.output.contains("alpha"))
    #expect(!result.output.contains("\u{1B}"))
    let nobody = try run([Cachegauge.executable, "top", "--url", "http://127.0.0.1:\(freePort())"])
    #expect(nobody.exitCode != 0)
    #expect(nobody.output.contains("no cachegauge answers"))
    #expect(try run([Cachegauge.executable, "top", "--url", "ftp://x"]).exitCode == 64)
  }
}
