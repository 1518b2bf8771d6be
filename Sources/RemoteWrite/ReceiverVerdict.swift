/// What a receiver's answer means for the request that it answers.
public enum ReceiverVerdict: Sendable, Hashable {
  /// It has the samples.
  case taken
  /// It can't take them now: the same again, not before so many seconds where it says so.
  case again(after: Double?)
  /// It will never take them.
  case refused

  /// As remote write 1.0 has it: 429 and 5xx may be tried again, whatever else is no success must not. `retryAfter` is the header of
  /// that name; only whole seconds are understood, and a minute at most.
  public init(status: Int, retryAfter: String?) {
    switch status {
    case 200...299: self = .taken
    case 429, 500...599:
      let seconds = retryAfter.flatMap { Int($0) }.flatMap { $0 > 0 ? Double(min($0, 60)) : nil }
      self = .again(after: seconds)
    default: self = .refused
    }
  }
}
