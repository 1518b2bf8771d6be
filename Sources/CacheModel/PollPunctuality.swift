/// How late the polls of all targets began, as a histogram, and which did not take place.
public struct PollPunctuality: Sendable, Hashable {
  /// Seconds; upper bounds of all places in ``counts`` but the last, which has none.
  public static let bounds = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1]

  /// Polls by how late they began, each in one place only.
  public private(set) var counts = Array(repeating: Int64(0), count: bounds.count + 1)
  /// Seconds of all polls together.
  public private(set) var sum = 0.0
  /// Ticks at which no poll began, since the one before was still under way or the clock leapt over them.
  public private(set) var missed: Int64 = 0

  /// Of no poll yet.
  public init() {}

  /// Counts a poll that began `seconds` after it was due, and the ticks without a poll that went before it.
  public mutating func add(late seconds: Double, missed: Int64 = 0) {
    let seconds = max(0, seconds)
    counts[Self.bounds.firstIndex { seconds <= $0 } ?? Self.bounds.count] += 1
    sum += seconds
    self.missed += missed
  }
}
