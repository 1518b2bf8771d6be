import Exposition
import FoundationEssentials
import UnixSignals

/// `cachegauge top`: a running cachegauge's report, again each second, on a terminal.
struct Top {
  private enum Event: Sendable {
    case report(Overview)
    case problem(String)
    case keys([UInt8])
    case resized
    case quit
  }

  private let server: ServerAddress
  private var screen = OverviewScreen(color: Terminal.hasColor)
  private var overview: Overview?
  private var problem: String?

  init(_ server: ServerAddress) {
    self.server = server
  }

  /// What is known now, as plain lines; throws when nothing answers.
  static func once(_ server: ServerAddress, width: Int) async throws -> String {
    let screen = OverviewScreen(width: width, color: Terminal.hasColor)
    return screen.lines(try await report(of: server)).joined(separator: "\n")
  }

  /// Draws until `q`, Ctrl-C or another signal that ends programs. The terminal is as before whatever ends it.
  mutating func run() async throws {
    // The first answer decides whether there is anything to show: an error is a sentence, not a screen.
    overview = try await Self.report(of: server)
    // Trapped before the terminal is taken: a signal that comes between would leave it as it is.
    let signals = await UnixSignalsSequence(trapping: .sigint, .sigterm, .sighup, .sigquit, .sigwinch)
    let terminal = Terminal()
    terminal.take()
    defer { terminal.restore() }
    let (events, continuation) = AsyncStream.makeStream(of: Event.self, bufferingPolicy: .bufferingNewest(16))
    await withTaskGroup { [server] group in
      group.addTask { await Self.ask(server) { continuation.yield($0) } }
      group.addTask { await Self.listen { continuation.yield($0) } }
      group.addTask {
        for await signal in signals {
          continuation.yield(signal == .sigwinch ? .resized : .quit)
        }
      }
      draw(on: terminal)
      for await event in events {
        guard handle(event) else { break }
        draw(on: terminal)
      }
      group.cancelAll()
    }
  }

  private mutating func draw(on terminal: Terminal) {
    let size = Terminal.size
    var fitting = OverviewScreen(width: size.width, height: size.height, color: screen.color)
    (fitting.order, fitting.isReversed, fitting.scrolled) = (screen.order, screen.isReversed, screen.scrolled)
    terminal.draw(fitting.lines(overview, problem: problem))
  }

  /// Takes an event in; false when it is time to go.
  private mutating func handle(_ event: Event) -> Bool {
    switch event {
    case .report(let report): (overview, problem) = (report, nil)
    case .problem(let text): problem = text
    case .resized: break
    case .quit: return false
    case .keys(let bytes): return press(bytes)
    }
    return true
  }

  private mutating func press(_ bytes: [UInt8]) -> Bool {
    if bytes.starts(with: [27, UInt8(ascii: "[")]), let last = bytes.last {
      if last == UInt8(ascii: "A") { screen.scrolled = max(0, screen.scrolled - 1) }
      if last == UInt8(ascii: "B") { screen.scrolled = min(screen.scrolled + 1, rowCount) }
      return true
    }
    for character in String(decoding: bytes, as: UTF8.self) {
      switch character {
      case "q", "Q": return false
      case "R": screen.isReversed.toggle()
      case "k": screen.scrolled = max(0, screen.scrolled - 1)
      case "j": screen.scrolled = min(screen.scrolled + 1, rowCount)
      default: if let order = OverviewScreen.Order(rawValue: character) { screen.order = order }
      }
    }
    return true
  }

  private var rowCount: Int { overview?.rowCount ?? 0 }

  private static func ask(_ server: ServerAddress, _ tell: @Sendable (Event) -> Void) async {
    while (try? await Task.sleep(for: .seconds(1))) != nil {
      do {
        tell(.report(try await report(of: server)))
      } catch {
        tell(.problem("\(error)"))
      }
    }
  }

  private static func listen(_ tell: @Sendable (Event) -> Void) async {
    while (try? await Task.sleep(for: .milliseconds(50))) != nil {
      guard let keys = Terminal.pressedKeys() else { return tell(.quit) }
      if !keys.isEmpty { tell(.keys(keys)) }
    }
  }

  private static func report(of server: ServerAddress) async throws -> Overview {
    let bytes = try await server.get("/api/cache/report", accept: "application/json")
    do {
      return try JSONDecoder().decode(Overview.self, from: Data(bytes))
    } catch {
      throw ServerUnreachable(description: "what answers at \(server.description)/ is no cachegauge")
    }
  }
}
