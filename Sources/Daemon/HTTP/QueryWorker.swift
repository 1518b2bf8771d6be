import HTTPServer
import Locked
import NIOCore
import NIOPosix
import Synchronization

/// Where queries over history are computed: on threads of their own, so that neither the server's thread nor a task that polls nor
/// `/metrics` ever waits for one. There are as many as cores, and each query's work is bounded, so a queue moves on.
enum QueryWorker {
  private static let pool: NIOThreadPool = {
    let pool = NIOThreadPool(numberOfThreads: System.coreCount)
    pool.start()
    return pool
  }()

  private final class Flag: Sendable {
    let isSet = Atomic(false)
  }

  /// Runs `body` on such a thread. Its argument says whether the asking task was cancelled, which happens when its client
  /// was told that there is no answer in time.
  static func run(
    _ body: @escaping @Sendable (_ isCancelled: @escaping @Sendable () -> Bool) -> HTTPResponse
  ) async -> HTTPResponse {
    let flag = Flag()
    // Handed over behind a mutex, which the thread sanitizer follows; it does not follow a continuation on Linux.
    let answer = Locked<HTTPResponse?>(nil)
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        pool.submit { _ in
          let response = body { flag.isSet.load(ordering: .relaxed) }
          answer.withLock { $0 = response }
          continuation.resume()
        }
      }
    } onCancel: {
      flag.isSet.store(true, ordering: .relaxed)
    }
    guard let response = answer.withLock({ $0 }) else {
      preconditionFailure("it is set before the continuation resumes")
    }
    return response
  }
}
