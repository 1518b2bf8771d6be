public import Glibc

// @unchecked: the value is touched between lock and unlock only, and `sending` keeps it from being shared.
/// A value behind a POSIX mutex; for short reads and writes, never across a call that waits.
///
/// `Synchronization.Mutex` would do, but hands over contended locks inside the kernel, which the thread sanitizer
/// cannot see: it reports races in correct code. It follows POSIX mutexes.
@safe
public final class Locked<Value>: @unchecked Sendable {
  // Both owned: allocated in init, freed in deinit; a mutex must not move.
  @usableFromInline let value: UnsafeMutablePointer<Value>
  @usableFromInline let mutex: UnsafeMutablePointer<pthread_mutex_t>

  /// Takes over the value.
  public init(_ value: consuming sending Value) {
    unsafe self.value = .allocate(capacity: 1)
    unsafe self.value.initialize(to: value)
    unsafe mutex = .allocate(capacity: 1)
    unsafe mutex.initialize(to: pthread_mutex_t())
    let status = unsafe pthread_mutex_init(mutex, nil)
    precondition(status == 0, "a mutex with default attributes needs nothing that could fail")
  }

  deinit {
    unsafe value.deinitialize(count: 1)
    unsafe value.deallocate()
    unsafe pthread_mutex_destroy(mutex)
    unsafe mutex.deallocate()
  }

  /// Runs `body` while no one else has the value. Not recursive. Costs about 20 ns if nobody else holds it.
  @inlinable
  public func withLock<R, E: Error>(_ body: (inout sending Value) throws(E) -> sending R) throws(E) -> sending R {
    unsafe pthread_mutex_lock(mutex)
    defer { unsafe pthread_mutex_unlock(mutex) }
    return try unsafe body(&value.pointee)
  }
}
