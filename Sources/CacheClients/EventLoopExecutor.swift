public import NIOCore

/// Runs actors, and what their tasks do outside any actor, on the thread of one event loop.
///
/// With it a poll stays on one thread from its timer to its snapshot: `await` on a future of the loop, or on another
/// actor of the same executor, switches no threads. Without it each of them wakes two threads, which at one poll a
/// second costs about as much processor time as the poll itself.
public final class EventLoopExecutor: SerialExecutor, TaskExecutor {
  /// Where everything runs.
  public let loop: any EventLoop

  /// Runs on `loop`, which must outlive all that runs on it.
  public init(_ loop: any EventLoop) {
    self.loop = loop
  }

  /// Called by the runtime, on any thread.
  public func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    loop.execute {
      unsafe job.runSynchronously(
        isolatedTo: self.asUnownedSerialExecutor(), taskExecutor: self.asUnownedTaskExecutor())
    }
  }

  /// Suspends the caller for `duration`, or until its task is cancelled, which throws `CancellationError`; a negative
  /// duration is none. The loop's own timer wakes it.
  public func sleep(for duration: Duration) async throws {
    let promise = loop.makePromise(of: Void.self)
    let timer = loop.scheduleTask(in: max(.zero, TimeAmount(duration))) { promise.succeed() }
    try await withTaskCancellationHandler {
      try await promise.futureResult.get()
    } onCancel: {
      timer.cancel()
      promise.fail(CancellationError())
    }
  }
}
