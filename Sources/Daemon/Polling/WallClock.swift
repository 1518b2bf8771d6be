import CacheModel
import Glibc

/// The system's wall clock.
enum WallClock {
  /// The time now; moves with every correction of the system's clock.
  static var now: UnixTime {
    var time = timespec()
    unsafe clock_gettime(CLOCK_REALTIME, &time)
    return UnixTime(milliseconds: Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000)
  }
}
