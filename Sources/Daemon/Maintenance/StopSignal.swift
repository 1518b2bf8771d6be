import Glibc
import Synchronization

/// Whether somebody asked for an end with Ctrl-C or SIGTERM; a second time ends the process as ever.
struct StopSignal {
  /// Of the process: set by the signal's handler.
  private static let raised = Atomic<Bool>(false)

  /// From now on signals are noted.
  init() {
    // Made here, not in a handler.
    Self.raised.store(false, ordering: .relaxed)
    for number in [SIGINT, SIGTERM] {
      var action = sigaction()
      unsafe action.__sigaction_handler.sa_handler = { _ in StopSignal.raised.store(true, ordering: .relaxed) }
      action.sa_flags = Int32(bitPattern: UInt32(SA_RESETHAND))
      unsafe sigaction(number, &action, nil)
    }
  }

  /// Whether one came.
  var isRaised: Bool { Self.raised.load(ordering: .relaxed) }
}
