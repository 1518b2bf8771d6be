import CacheClients
import CacheModel
import Namespaces

/// A connection that hears of a target's keys, opened again and again for as long as it is kept.
protocol KeptConnection: Actor {
  /// Connects, and lets the ledger know what the server counts at this moment.
  func open() async throws(ClientError)

  /// Waits for the connection's end, or for the moment from which on it hears nothing; answers why.
  func ended() async -> ClientError

  /// Closes it for good, also when the task is cancelled.
  func finish() async
}

/// Hears of one target's keys. It goes on while polls begin anew with other namespaces, so that nothing is missed and no count begins
/// anew.
struct TargetWatch: Sendable {
  /// Where it is counted.
  let hearing: EventHearing
  let connection: any KeptConnection
  /// What is heard, as the begin of a sentence: `the log is`.
  let subject: String
  let troubles: TroubleLog
  /// Held for as long as there is a watch.
  let memory: KeyMemoryBudget.Share

  /// Connects, again and again, until the task is cancelled.
  func run() async {
    var pause = Pause(first: 0.1, longest: 3)
    while !Task.isCancelled {
      let end: ClientError
      do throws(ClientError) {
        try await connection.open()
        pause.reset()
        troubles.end()
        end = await connection.ended()
      } catch { end = error }
      hearing.with { $0.ended(at: $1, end.cause) }
      guard !Task.isCancelled else { break }
      troubles.tell("\(subject) not heard (\(end.cause.rawValue)): \(end.detail)")
      guard (try? await Task.sleep(for: .seconds(pause.next(random: .random(in: 0...1))))) != nil else { break }
    }
    await connection.finish()
  }
}
