/// A percentile of the latest times, in units of 10 ms, found anew now and then.
struct RecentTimes: Sendable {
  private let window: Int
  private let least: Int
  private let every: Int
  private let percent: Int
  private var times: [UInt32] = []
  private var next = 0
  private var additions = 0
  /// The percentile; nil while there are too few times.
  private(set) var value: UInt32?
  /// Likewise the 25th percentile.
  private(set) var quarter: UInt32?

  /// Of the last `window` times, once there are `least`; found anew after `every` more.
  init(percent: Int, window: Int, least: Int, every: Int) {
    self.percent = percent
    self.window = window
    self.least = least
    self.every = every
  }

  /// Takes a time. Sorts the window now and then.
  mutating func add(_ time: UInt32) {
    if times.count < window { times.append(time) } else { times[next] = time }
    next = (next + 1) % window
    additions += 1
    guard times.count >= least, additions.isMultiple(of: every) else { return }
    let sorted = times.sorted()
    value = sorted[times.count * percent / 100]
    quarter = sorted[times.count / 4]
  }
}
