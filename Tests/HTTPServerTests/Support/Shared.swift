import Synchronization

/// A value that tasks and threads of a test share.
final class Shared<Value: Sendable>: Sendable {
  private let state: Mutex<Value>

  init(_ value: Value) { state = Mutex(value) }

  var value: Value {
    get { state.withLock { $0 } }
    set { state.withLock { $0 = newValue } }
  }

  @discardableResult
  func withLock<R: Sendable>(_ body: @Sendable (inout Value) -> R) -> R {
    state.withLock { body(&$0) }
  }
}
