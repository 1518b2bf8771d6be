import CacheClients
import CacheModel
import Collectors
import RESP

/// The server's `notify-keyspace-events`: reads it and, where allowed, adds what lacks and takes that back.
actor KeyspaceSetting {
  /// What the setting is after ``prepare(deadline:)``.
  struct State: Sendable, Hashable {
    /// The needed letters that are not set; nil when the setting can't be read.
    var missing: String?
    /// Letters that were added just now.
    var added = ""
    /// Whether that has switched off letters which the server did not tell of, where any were set.
    var mayHaveLostOthers = false
    /// What went wrong, for the log.
    var trouble: String?
    var databases = 16
  }

  /// Added flags that stay, and why, as the end of a sentence.
  struct Leftover: Sendable, Hashable {
    var flags: String
    var reason: String
  }

  /// Who else listens to notifications, whose flags ours may be by now.
  private enum Others {
    case none
    case some
    /// To patterns, which the server does not name: they may be of notifications or of anything.
    case patterns
    /// The server does not tell; the code of its refusal.
    case unknown(String)
  }

  private static let name = "notify-keyspace-events"

  private let client: RedisClient
  private let notes: ManagedFlags?
  private let manages: Bool
  /// What the server calls CONFIG; nil when it is not to be sent.
  private let command: String?
  /// Of how many the own subscription is.
  private var databases = 1

  /// - Parameter notes: where own additions are noted; nil when there is no such place, so that nothing can be added.
  init(client: RedisClient, notes: ManagedFlags?, manages: Bool, command: String? = "CONFIG") {
    self.client = client
    self.notes = notes
    self.manages = manages
    self.command = command
  }

  /// Reads the setting, and adds the missing letters if allowed. Takes back what an earlier run left, if not.
  ///
  /// - Parameter isSubscribed: whether the own subscription is open.
  func prepare(isSubscribed: Bool, deadline: ContinuousClock.Instant) async throws(ClientError) -> State {
    var state = State()
    guard let command else {
      databases = state.databases
      if manages { state.trouble = "observe.manage sets no flags, since config_command lets no CONFIG be sent" }
      return state
    }
    let replies = try await client.pipeline(
      [RESPCommand(command, "GET", Self.name), RESPCommand(command, "GET", "databases")], deadline: deadline)
    if let databases = replies[1].array?.last?.integer {
      state.databases = Int(clamping: min(1024, max(1, databases)))
    }
    databases = state.databases
    guard let text = replies[0].array?.last?.string else {
      let refusal = replies[0].error?.code ?? "no value"
      if manages { state.trouble = "observe.manage sets no flags, since \(Self.name) can't be read (\(refusal))" }
      return state
    }
    let flags = NotificationFlags(text)
    state.missing = flags.missing
    if manages, !flags.missing.isEmpty {
      try await add(flags.missing, to: flags, command, &state, deadline)
    } else if !manages {
      try await restore(isSubscribed: isSubscribed, deadline: deadline)
    }
    return state
  }

  /// Takes back what was added, by this run or one that crashed. Does nothing when nothing was, when another process of the server
  /// answers now, or when somebody has set other flags since. Answers the flags that stay, since somebody else listens or may listen:
  /// another cachegauge that shares the note takes them back when it ends, else the next that finds it.
  @discardableResult
  func restore(isSubscribed: Bool, deadline: ContinuousClock.Instant) async throws(ClientError) -> Leftover? {
    guard let command, let notes, let note = notes.read() else { return nil }
    let replies = try await client.pipeline(
      [RESPCommand(command, "GET", Self.name), RESPCommand("INFO", "server")], deadline: deadline)
    guard let runID = ServerBaseline(replies[1]).runID, let text = replies[0].array?.last?.string else {
      return nil
    }
    let flags = NotificationFlags(text)
    if runID == note.runID, isOurs(note, in: flags) {
      if let reason = try await reasonToStay(isSubscribed: isSubscribed, deadline) {
        return Leftover(flags: note.added, reason: reason)
      }
      guard try await takeBack(note.added, from: flags, command, deadline) else { return nil }
    }
    notes.remove()
    return nil
  }

  /// Whether what a note says is still what cachegauge has added: where a letter of it is gone, somebody has set all of them anew.
  private func isOurs(_ note: ManagedFlags.Note, in flags: NotificationFlags) -> Bool {
    flags.letters.isSuperset(of: note.added)
  }

  /// Whether the server has done it.
  private func takeBack(
    _ added: String, from flags: NotificationFlags, _ command: String, _ deadline: ContinuousClock.Instant
  ) async throws(ClientError) -> Bool {
    for left in flags.removing(added) {
      if try await set(left, command, deadline) == nil { return true }
    }
    return false
  }

  /// Closes the connection.
  func close() async { await client.close() }

  private func add(
    _ missing: String, to flags: NotificationFlags, _ command: String, _ state: inout State,
    _ deadline: ContinuousClock.Instant
  ) async throws(ClientError) {
    let replies = try await client.pipeline([RESPCommand("INFO", "server")], deadline: deadline)
    let server = ServerBaseline(replies[0])
    guard let notes, let runID = server.runID else {
      state.trouble = "there is no place to note what would have to be taken back, so nothing is set"
      return
    }
    // What was added to this process before is still ours, unless somebody has set other flags since.
    let earlier = notes.read().flatMap { $0.runID == runID && isOurs($0, in: flags) ? $0.added : nil } ?? ""
    let own = String(Set(earlier).union(missing).sorted())
    guard notes.write(ManagedFlags.Note(runID: runID, added: own)) else {
      state.trouble = "what would have to be taken back can't be noted, so nothing is set"
      return
    }
    if let refusal = try await set(flags.adding(missing), command, deadline) {
      state.trouble = "CONFIG SET is refused (\(refusal))"
      if earlier.isEmpty {
        notes.remove()
      } else {
        _ = notes.write(ManagedFlags.Note(runID: runID, added: earlier))
      }
      return
    }
    state.added = missing
    state.mayHaveLostOthers = flags.mayHideOthers && server.majorVersion.map { $0 >= 7 } ?? true
    state.missing = ""
  }

  private func reasonToStay(
    isSubscribed: Bool, _ deadline: ContinuousClock.Instant
  ) async throws(ClientError) -> String? {
    // A burst of MONITOR hears misses, too, and connections that are closed may be known for a moment yet.
    for _ in 0..<3 {
      switch try await others(isSubscribed: isSubscribed, deadline) {
      case .none: return nil
      case .some: try? await Task.sleep(for: .milliseconds(100))
      case .patterns: return "since another client listens to a pattern"
      case .unknown(let code):
        return "since another client may listen: PUBSUB is refused (\(code)); allow +pubsub or take them back"
      }
    }
    return "since another client listens"
  }

  private func others(
    isSubscribed: Bool, _ deadline: ContinuousClock.Instant
  ) async throws(ClientError) -> Others {
    let replies = try await client.pipeline(
      [RESPCommand("PUBSUB", "NUMPAT"), RESPCommand("PUBSUB", "CHANNELS", "__key*")], deadline: deadline)
    guard let patterns = replies[0].integer, let channels = replies[1].array?.compactMap(\.string) else {
      return .unknown((replies[0].error ?? replies[1].error)?.code ?? "no number")
    }
    if patterns > 0 { return .patterns }
    let own = isSubscribed ? Set(KeyEventSubscription.channels(databases: databases)) : []
    guard !channels.isEmpty else { return .none }
    guard own.isSuperset(of: channels) else { return .some }
    let words = ["PUBSUB", "NUMSUB"] + channels
    let reply = try await client.pipeline([RESPCommand(words.map { Array($0.utf8) })], deadline: deadline)[0]
    guard let counts = reply.array?.compactMap(\.integer) else {
      return .unknown(reply.error?.code ?? "no numbers")
    }
    return counts.contains { $0 > 1 } ? .some : .none
  }

  /// The code of the server's refusal; nil when it is done.
  private func set(
    _ flags: NotificationFlags, _ command: String, _ deadline: ContinuousClock.Instant
  ) async throws(ClientError) -> String? {
    let words = RESPCommand(command, "SET", Self.name, flags.text)
    return try await client.pipeline([words], deadline: deadline)[0].error?.code
  }
}
