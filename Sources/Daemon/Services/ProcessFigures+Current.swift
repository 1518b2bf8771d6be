import CacheModel
import Glibc

extension ProcessFigures {
  /// This process as the kernel accounts for it; nil where /proc is not as Linux has it.
  static var current: ProcessFigures? {
    guard let stat = try? readConfigurationFile("/proc/self/stat") else { return nil }
    // The second field, the command's name in parentheses, may contain blanks; what follows the last one does not.
    let text = String(decoding: stat, as: UTF8.self)
    guard let end = text.lastIndex(of: ")") else { return nil }
    let fields = text[text.index(after: end)...].split(separator: " ")
    guard fields.count > 21, let user = Double(fields[11]), let system = Double(fields[12]),
      let startTicks = Double(fields[19]), let virtual = Int64(fields[20]), let pages = Int64(fields[21])
    else { return nil }
    let ticksPerSecond = Double(sysconf(Int32(_SC_CLK_TCK)))
    var limit = rlimit()
    _ = unsafe getrlimit(__rlimit_resource_t(7), &limit)
    return ProcessFigures(
      cpuSeconds: (user + system) / ticksPerSecond, residentBytes: pages * Int64(sysconf(Int32(_SC_PAGESIZE))),
      virtualBytes: virtual, openFiles: openFiles, maxFiles: Int64(clamping: limit.rlim_cur),
      startTime: bootTime.adding(seconds: startTicks / ticksPerSecond))
  }

  /// Counts the entries of /proc/self/fd, without the one that counting needs.
  private static var openFiles: Int64 {
    guard let directory = unsafe opendir("/proc/self/fd") else { return 0 }
    defer { unsafe closedir(directory) }
    var count: Int64 = 0
    while unsafe readdir(directory) != nil { count += 1 }
    return max(0, count - 3)
  }

  /// When the system started, to the millisecond.
  private static var bootTime: UnixTime {
    var uptime = timespec()
    unsafe clock_gettime(CLOCK_BOOTTIME, &uptime)
    let milliseconds = Int64(uptime.tv_sec) * 1000 + Int64(uptime.tv_nsec) / 1_000_000
    return UnixTime(milliseconds: WallClock.now.milliseconds - milliseconds)
  }
}
