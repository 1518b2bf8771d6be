import CacheModel
import Glibc

/// File descriptors that connections to caches leave free, so that scrapes are still answered and files still written when
/// there are more targets than the process may have open.
package enum DescriptorReserve {
  /// The most descriptors that this process may have open; the system's soft limit.
  package static var limit: Int {
    var limit = rlimit()
    guard unsafe getrlimit(__rlimit_resource_t(7), &limit) == 0 else { return 1024 }
    return Int(clamping: limit.rlim_cur)
  }

  /// Raises the soft limit as far as it may be raised, at most to 65,536; answers what holds from now on.
  @discardableResult
  package static func raiseLimit() -> Int {
    var limit = rlimit()
    guard unsafe getrlimit(__rlimit_resource_t(7), &limit) == 0 else { return 1024 }
    let wanted = min(limit.rlim_max, 65_536)
    if wanted > limit.rlim_cur {
      limit.rlim_cur = wanted
      _ = unsafe setrlimit(__rlimit_resource_t(7), &limit)
    }
    return self.limit
  }

  /// How many are kept free of `limit`: a quarter, and not more than HTTP's connections and a few files need.
  package static func size(of limit: Int) -> Int { min(576, limit / 4) }

  /// How many HTTP clients may be connected at once.
  package static func httpConnections(of limit: Int) -> Int { max(4, min(512, size(of: limit) - 8)) }

  /// Throws where the reserve would be touched by another connection. Costs two system calls.
  static func check() throws(ClientError) {
    let limit = self.limit
    // The lowest that is free: all below are taken.
    let lowest = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 0)
    if lowest >= 0 { close(lowest) }
    guard lowest < 0 || Int(lowest) >= limit - size(of: limit) else { return }
    throw ClientError(
      .noFileDescriptors, "\(limit) files and connections may be open, and the rest is kept for scrapes")
  }
}
