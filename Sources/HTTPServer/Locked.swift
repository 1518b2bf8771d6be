import Glibc

/// A value behind a POSIX mutex; for short reads and writes, never across a call that waits.
///
/// `Synchronization.Mutex` would do, but hands over contended locks inside the kernel, which the thread sanitizer
/// cannot see: it reports races in correct code. It follows POSIX mutexes.
// @unchecked: `value` is touched between lock and unlock only.
@safe
final class Locked<Value: Sendable>: @unchecked Sendable {
  private var value: Value
  // Owned: allocated in init, freed in deinit; a mutex must not move.
  private let mutex: UnsafeMutablePointer<pthread_mutex_t>

  init(_ value: Value) {
    self.value = value
    unsafe mutex = .allocate(capacity: 1)
    unsafe mutex.initialize(to: pthread_mutex_t())
    let status = unsafe pthread_mutex_init(mutex, nil)
    precondition(status == 0, "a mutex with default attributes needs nothing that could fail")
  }

  deinit {
    unsafe pthread_mutex_destroy(mutex)
    unsafe mutex.deallocate()
  }

  /// Not recursive. Costs about 20 ns if nobody else holds it.
  func withLock<R, E: Error>(_ body: (inout Value) throws(E) -> R) throws(E) -> R {
    unsafe pthread_mutex_lock(mutex)
    defer { unsafe pthread_mutex_unlock(mutex) }
    return try body(&value)
  }
}
