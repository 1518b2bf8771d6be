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

  private let client: RedisClient
  private let notes: ManagedFlags?
  private let manages: Bool
  /// Of how many the own subscription is.
  private var databases = 1

  /// - Parameter notes: where own additions are noted; nil when there is no such place, so that nothing can be added.
  init(client: RedisClient, notes: ManagedFlags?, manages: Bool) {
    self.client = client
    self.notes = notes
    self.manages = manages
  }

  /// Reads the setting, and adds the missing letters if allowed. Takes back what an earlier run left, if not.
  ///
  /// - Parameter isSubscribed: whether the own subscription is open.
  func prepare(isSubscribed: Bool, deadline: ContinuousClock.Instant) async throws(ClientError) -> State {
    var state = State()
    let replies = try await client.pipeline(
      [RESPCommand("CONFIG", "GET", "notify-keyspace-events"), RESPCommand("CONFIG", "GET", "databases")],
      deadline: deadline)
    if let databases = replies[1].array?.last?.integer {
      state.databases = Int(clamping: min(1024, max(1, databases)))
    }
    databases = state.databases
    guard let text = replies[0].array?.last?.string else { return state }
    let flags = NotificationFlags(text)
    state.missing = flags.missing
    if manages, !flags.missing.isEmpty {
      try await add(flags.missing, to: flags, &state, deadline)
    } else if !manages {
      try await restore(isSubscribed: isSubscribed, deadline: deadline)
    }
    return state
  }

  /// Takes back what was added, by this run or one that crashed. Does nothing when nothing was, or when another
  /// process of the server answers now. Answers the flags that stay, since somebody else listens or may listen: another cachegauge that
  /// shares the note takes them back when it ends, else the next that finds it.
  @discardableResult
  func restore(isSubscribed: Bool, deadline: ContinuousClock.Instant) async throws(ClientError) -> Leftover? {
    guard let notes, let note = notes.read() else { return nil }
    let replies = try await client.pipeline(
      [RESPCommand("CONFIG", "GET", "notify-keyspace-events"), RESPCommand("INFO", "server")], deadline: deadline)
    guard let runID = runID(in: replies[1]), let text = replies[0].array?.last?.string else { return nil }
    if runID == note.runID {
      if let reason = try await reasonToStay(isSubscribed: isSubscribed, deadline) {
        return Leftover(flags: note.added, reason: reason)
      }
      let flags = NotificationFlags(text).removing(note.added)
      if try await set(flags, deadline) != nil { return nil }
    }
    notes.remove()
    return nil
  }

  /// Closes the connection.
  func close() async { await client.close() }

  private func add(
    _ missing: String, to flags: NotificationFlags, _ state: inout State, _ deadline: ContinuousClock.Instant
  ) async throws(ClientError) {
    let replies = try await client.pipeline([RESPCommand("INFO", "server")], deadline: deadline)
    guard let notes, let runID = runID(in: replies[0]) else {
      state.trouble = "there is no place to note what would have to be taken back, so nothing is set"
      return
    }
    // What an earlier run added to this process is still ours.
    let earlier = notes.read().flatMap { $0.runID == runID ? $0.added : nil } ?? ""
    let own = String(Set(earlier).union(missing).sorted())
    guard notes.write(ManagedFlags.Note(runID: runID, added: own)) else {
      state.trouble = "what would have to be taken back can't be noted, so nothing is set"
      return
    }
    if let refusal = try await set(flags.adding(missing), deadline) {
      state.trouble = "CONFIG SET is refused (\(refusal))"
      if earlier.isEmpty { notes.remove() }
      return
    }
    state.added = missing
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
    _ flags: NotificationFlags, _ deadline: ContinuousClock.Instant
  ) async throws(ClientError) -> String? {
    try await client.pipeline(
      [RESPCommand("CONFIG", "SET", "notify-keyspace-events", flags.text)], deadline: deadline)[0].error?.code
  }

  private func runID(in reply: RESPValue) -> String? { ServerBaseline(reply).runID }
}
