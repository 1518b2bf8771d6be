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

  private let client: RedisClient
  private let notes: ManagedFlags?
  private let manages: Bool

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
  /// process of the server answers now. Answers the flags that stay, since somebody else listens: another cachegauge that shares the
  /// note takes them back when it ends, else the next that finds it.
  @discardableResult
  func restore(isSubscribed: Bool, deadline: ContinuousClock.Instant) async throws(ClientError) -> String? {
    guard let notes, let note = notes.read() else { return nil }
    // Bursts of MONITOR hear of misses only.
    let replies = try await client.pipeline(
      [
        RESPCommand("CONFIG", "GET", "notify-keyspace-events"), RESPCommand("INFO", "server"),
        RESPCommand("PUBSUB", "NUMSUB", "__keyevent@0__:expired"),
      ], deadline: deadline)
    guard let runID = runID(in: replies[1]), let text = replies[0].array?.last?.string else { return nil }
    if runID == note.runID {
      let listeners = replies[2].array?.last?.integer ?? 0
      guard listeners <= (isSubscribed ? 1 : 0) else { return note.added }
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

  /// The code of the server's refusal; nil when it is done.
  private func set(
    _ flags: NotificationFlags, _ deadline: ContinuousClock.Instant
  ) async throws(ClientError) -> String? {
    try await client.pipeline(
      [RESPCommand("CONFIG", "SET", "notify-keyspace-events", flags.text)], deadline: deadline)[0].error?.code
  }

  private func runID(in reply: RESPValue) -> String? { ServerBaseline(reply).runID }
}
