/// For how long a namespace's keys live, by the latest of them: and so which part of those that lived for some time lives for longer still.
///
/// Of some it is only known that they lived for so long, since they were evicted then, or are to live for ever. They count for as long as
/// they are known to have lived (Kaplan and Meier's estimate). Times are in units of 10 ms.
struct Lifetimes: Sendable {
  private let window: Int
  private let least: Int
  private let every: Int
  /// Twice a time, one more where it is not known what it would have been; so of equal times the known ones come first.
  private var times: [UInt64] = []
  private var sorted: [UInt64] = []
  /// Before each place in them: which part lives for longer, and of how many it is known for how long they lived.
  private var survival = [1.0]
  private var known = [0]
  private var next = 0
  private var additions = 0
  /// What most of them are, which is the median; nil while there are too few, and where a tenth is less than half of it or more than twice.
  private(set) var usual: UInt32?
  /// The longest that a key is known to have lived, or to be meant to; nil where none is.
  private(set) var longestKnown: UInt32?

  /// The longest time that fits, which is as good as for ever.
  static let longest = UInt32.max

  /// Of the last `window` times, once there are `least`; found anew after `every` more.
  init(window: Int, least: Int, every: Int) {
    self.window = window
    self.least = least
    self.every = every
  }

  /// Whether there are enough.
  var isKnown: Bool { !sorted.isEmpty }

  /// Whether any was added.
  var isEmpty: Bool { times.isEmpty }

  /// Takes the time that a key lived, or is to live; at least that long where that `isOpen`. Sorts the window now and then.
  mutating func add(_ time: UInt32, isOpen: Bool = false) {
    let code = UInt64(time) << 1 | (isOpen ? 1 : 0)
    if times.count < window { times.append(code) } else { times[next] = code }
    next = (next + 1) % window
    additions += 1
    guard times.count >= least, additions.isMultiple(of: every) else { return }
    sorted = times.sorted()
    longestKnown = sorted.last { $0 & 1 == 0 }.map { UInt32($0 >> 1) }
    (survival, known) = ([1], [0])
    for (index, code) in sorted.enumerated() {
      let isKnown = code & 1 == 0
      survival.append(survival[index] * (isKnown ? 1 - 1 / Double(sorted.count - index) : 1))
      known.append(known[index] + (isKnown ? 1 : 0))
    }
    let (low, median, high) = (at(10) >> 1, at(50) >> 1, at(90) >> 1)
    usual = at(50) & 1 == 0 && low >= median / 2 && high / 2 <= median ? UInt32(median) : nil
  }

  private func at(_ percent: Int) -> UInt64 { sorted[sorted.count * percent / 100] }

  /// How many lived for longer.
  func count(longerThan time: UInt32) -> Int { sorted.count - first(longerThan: time) }

  /// Of how many of them it is known for how long.
  func countKnown(longerThan time: UInt32) -> Int { known[sorted.count] - known[first(longerThan: time)] }

  /// The part of those that lived for longer than a time that lives for longer than an age, too, in 0…1.
  func part(of time: UInt32, until age: UInt32) -> Double {
    let (start, end) = (first(longerThan: time), first(longerThan: age))
    // Only the last can be 0, which nothing comes after.
    return end > start ? survival[end] / survival[start] : 1
  }

  private func first(longerThan time: UInt32) -> Int {
    var (low, high) = (0, sorted.count)
    while low < high {
      let middle = (low + high) / 2
      if sorted[middle] >> 1 > UInt64(time) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
