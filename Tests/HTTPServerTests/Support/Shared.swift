import Locked
@testable import HTTPServer

/// A value that tasks and threads of a test share.
final class Shared<Value: Sendable>: Sendable {
  private let state: Locked<Value>

  init(_ value: Value) { state = Locked(value) }

  var value: Value {
    get { state.withLock { $0 } }
    set { state.withLock { $0 = newValue } }
  }

  @discardableResult
  func withLock<R: Sendable>(_ body: (inout Value) -> R) -> R {
    state.withLock { body(&$0) }
  }
}
