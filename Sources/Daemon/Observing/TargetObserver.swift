import CacheClients
import CacheModel
import Namespaces
import RESP

/// The subscription to one target's keyspace notifications, and the setting that makes the server tell them.
actor TargetObserver: KeptConnection {
  private let subscription: KeyEventSubscription
  private let setting: KeyspaceSetting
  private let hearing: EventHearing
  private let timeout: Duration
  private let troubles: TroubleLog

  private static let checkInterval = Duration.seconds(10)
  private static let processInterval = Duration.seconds(1)

  /// An observer that does nothing yet. `timeout` bounds each conversation with the server.
  init(
    subscription: KeyEventSubscription, setting: KeyspaceSetting, hearing: EventHearing, timeout: Duration,
    troubles: TroubleLog
  ) {
    self.subscription = subscription
    self.setting = setting
    self.hearing = hearing
    self.timeout = timeout
    self.troubles = troubles
  }

  func open() async throws(ClientError) {
    let state = try await setting.prepare(isSubscribed: false, deadline: deadline)
    note(state)
    if let missing = state.missing, missing.contains(where: { "Em".contains($0) }) {
      throw ClientError(.serverError, "notify-keyspace-events lacks the flags \(missing)")
    }
    hearing.databases = state.databases
    hearing.with { ledger, _ in ledger.opens() }
    let reply = try await subscription.open(databases: state.databases, deadline: deadline)
    let baseline = ServerBaseline(reply)
    hearing.with {
      $0.serves(asReplica: baseline.isReplica)
      $0.began(
        at: $1, serverMisses: baseline.misses, epoch: baseline.runID, uptime: baseline.uptime,
        nothingRemoved: baseline.nothingRemoved)
    }
  }

  /// Waits for the connection's end, for a setting that changed under it, or for another process of the server to answer polls.
  func ended() async -> ClientError {
    changed = nil
    let end = Task { [subscription] in await subscription.ended() }
    let checks = [
      Task { [weak self] in await self?.checkSetting() }, Task { [weak self] in await self?.checkProcess() },
    ]
    let reason = await withTaskCancellationHandler {
      await end.value
    } onCancel: {
      end.cancel()
    }
    for check in checks { check.cancel() }
    // One of them may be speaking over the setting's connection, which whoever comes next has to himself.
    for check in checks { await check.value }
    return changed ?? reason
  }

  private var changed: ClientError?

  /// Closes the subscription when somebody takes away a flag, since without it silence means nothing.
  private func checkSetting() async {
    while (try? await Task.sleep(for: Self.checkInterval)) != nil {
      guard let state = try? await setting.prepare(isSubscribed: true, deadline: deadline) else { continue }
      note(state)
      let isLost = state.missing?.contains { "Em".contains($0) } == true
      guard isLost || !state.added.isEmpty else { continue }
      changed = ClientError(.serverError, "somebody changed notify-keyspace-events")
      await subscription.close()
      return
    }
  }

  /// Closes the subscription when polls show that the address leads elsewhere by now. So may the setting's connection, then.
  private func checkProcess() async {
    while (try? await Task.sleep(for: Self.processInterval)) != nil {
      guard hearing.isStale else { continue }
      changed = ClientError(.serverError, "polls are answered by another process than the one that is heard")
      await setting.close()
      await subscription.close()
      return
    }
  }

  private func note(_ state: KeyspaceSetting.State) {
    hearing.with { ledger, _ in ledger.flags(missing: state.missing) }
    if !state.added.isEmpty {
      let loss =
        state.mayHaveLostOthers ? "; those that the server does not show beside an A, such as n, are off now" : ""
      troubles.note("added the flags \(state.added) to notify-keyspace-events\(loss)")
    }
    if let trouble = state.trouble { troubles.tell(trouble) }
    if let missing = state.missing, !missing.isEmpty, state.trouble == nil {
      troubles.tell(
        "notify-keyspace-events lacks the flags \(missing): set them, or let observe.manage: true do it; "
          + Self.consequence(of: missing))
    }
  }

  private static func consequence(of missing: String) -> String {
    missing.contains { "Em".contains($0) }
      ? "misses can't be observed without E and m" : "the causes of misses can't all be told"
  }

  /// Takes back the flags that were added; in a task of its own, since this one is cancelled already and the server must be told
  /// nevertheless.
  func finish() async {
    let deadline = self.deadline
    let left = await Task.detached { [setting, subscription] in
      // A check that was cut off is a failure after which a connection waits a moment; there is none to spare now.
      await setting.close()
      let left = try? await setting.restore(isSubscribed: subscription.isOpen, deadline: deadline)
      await setting.close()
      await subscription.close()
      return left ?? nil
    }.value
    guard let left else { return }
    troubles.note("left the flags \(left.flags) in notify-keyspace-events, \(left.reason)")
  }

  private var deadline: ContinuousClock.Instant { .now.advanced(by: max(timeout, .seconds(2))) }
}
