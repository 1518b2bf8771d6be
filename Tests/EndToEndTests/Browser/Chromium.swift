import Foundation
import Glibc
import Locked
import TestSupport

/// A headless Chromium, spoken to in the DevTools protocol over two pipes: JSON messages that end with a zero byte.
///
/// It ends when it is told to, and also when the test process dies: its pipe is closed then.
final class Chromium: Sendable {
  /// The browser of the suite that runs.
  @TaskLocal static var current: Chromium?

  private let directory: TemporaryDirectory
  private let process: pid_t
  private let wire: Locked<Wire>

  /// Starts a browser without any profile; takes about a second.
  init() throws {
    directory = try TemporaryDirectory()
    let (toBrowser, fromBrowser) = (try TestSupport.Pipe(), try TestSupport.Pipe())
    var actions = unsafe posix_spawn_file_actions_t()
    unsafe posix_spawn_file_actions_init(&actions)
    defer { unsafe posix_spawn_file_actions_destroy(&actions) }
    unsafe posix_spawn_file_actions_adddup2(&actions, toBrowser.readEnd, 3)
    unsafe posix_spawn_file_actions_adddup2(&actions, fromBrowser.writeEnd, 4)
    for descriptor: Int32 in [1, 2] {
      unsafe posix_spawn_file_actions_addopen(
        &actions, descriptor, "\(directory.path)/chromium.\(descriptor)", O_WRONLY | O_CREAT, 0o600)
    }
    let words = [
      "chromium", "--headless", "--remote-debugging-pipe", "--no-sandbox", "--disable-gpu",
      "--disable-dev-shm-usage",
      "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync",
      "--hide-scrollbars", "--user-data-dir=\(directory.path)/profile", "about:blank",
    ]
    var argv: [UnsafeMutablePointer<CChar>?] = unsafe words.map { unsafe strdup($0) } + [nil]
    defer { for index in unsafe argv.indices { unsafe free(argv[index]) } }
    var process: pid_t = 0
    let status = unsafe posix_spawnp(&process, "chromium", &actions, nil, &argv, environ)
    close(toBrowser.readEnd)
    close(fromBrowser.writeEnd)
    guard status == 0 else { throw ServerError("can't start chromium: errno \(status)") }
    self.process = process
    wire = Locked(Wire(output: toBrowser.writeEnd, input: fromBrowser.readEnd))
  }

  /// Ends it at once. To be called once, when no page is in use.
  func end() {
    wire.withLock { $0.close() }
    kill(process, SIGKILL)
    var status: Int32 = 0
    unsafe waitpid(process, &status, 0)
  }

  /// Sends a command to a page, or to the browser itself, and waits for its result, at most 30 s.
  func call(_ method: String, _ parameters: [String: JSON] = [:], session: String? = nil) throws -> JSON {
    try wire.withLock { try $0.call(method, parameters, session) }
  }

  /// What a page told since it was opened: console messages, exceptions, requests.
  func events(of session: String, named method: String) -> [JSON] {
    wire.withLock { $0.events }.filter { $0["sessionId"].string == session && $0["method"].string == method }
      .map { $0["params"] }
  }
}

/// The conversation: one command at a time; what comes between is kept.
private struct Wire {
  let output: Int32
  let input: Int32
  private(set) var events: [JSON] = []
  private var number = 0
  private var rest: [UInt8] = []

  init(output: Int32, input: Int32) {
    (self.output, self.input) = (output, input)
  }

  mutating func call(_ method: String, _ parameters: [String: JSON], _ session: String?) throws -> JSON {
    number += 1
    var message: [String: JSON] = [
      "id": .number(Double(number)), "method": .string(method), "params": .object(parameters),
    ]
    if let session { message["sessionId"] = .string(session) }
    let bytes = try [UInt8](JSONEncoder().encode(JSON.object(message))) + [0]
    var sent = 0
    while sent < bytes.count {
      let count = unsafe bytes.withUnsafeBytes {
        unsafe write(output, $0.baseAddress?.advanced(by: sent), bytes.count - sent)
      }
      guard count > 0 else { throw ServerError("chromium does not listen: errno \(errno)") }
      sent += count
    }
    while true {
      let answer = try receive()
      guard answer["id"].number == Double(number) else {
        events.append(answer)
        continue
      }
      guard answer["error"] == .null else { throw ServerError("\(method): \(answer["error"])") }
      return answer["result"]
    }
  }

  private mutating func receive() throws -> JSON {
    while true {
      if let end = rest.firstIndex(of: 0) {
        let message = String(decoding: rest[..<end], as: UTF8.self)
        rest.removeSubrange(...end)
        return try JSON(parsing: message)
      }
      var waiting = pollfd(fd: input, events: Int16(POLLIN), revents: 0)
      guard unsafe poll(&waiting, 1, 30_000) == 1 else { throw ServerError("chromium does not answer within 30 s") }
      var chunk = [UInt8](repeating: 0, count: 65_536)
      let count = unsafe read(input, &chunk, chunk.count)
      guard count > 0 else { throw ServerError("chromium has ended") }
      rest += chunk.prefix(count)
    }
  }

  func close() {
    Glibc.close(output)
    Glibc.close(input)
  }
}
