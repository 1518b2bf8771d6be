/// A wall-clock instant in whole milliseconds since 1970-01-01T00:00:00Z, without leap seconds.
public struct UnixTime: Sendable, Hashable, Comparable {
  /// Milliseconds since the epoch; negative before it.
  public var milliseconds: Int64

  /// An instant this many milliseconds after the epoch.
  public init(milliseconds: Int64) {
    self.milliseconds = milliseconds
  }

  /// An instant this many whole seconds after the epoch.
  public init(seconds: Int64) {
    milliseconds = seconds * 1000
  }

  /// Seconds since the epoch, with milliseconds as the fraction.
  public var seconds: Double { Double(milliseconds) / 1000 }

  /// Seconds from `earlier` to this instant; negative when `earlier` is later.
  public func seconds(since earlier: UnixTime) -> Double {
    Double(milliseconds - earlier.milliseconds) / 1000
  }

  /// The instant this many seconds (rounded to milliseconds) later.
  public func adding(seconds: Double) -> UnixTime {
    UnixTime(milliseconds: milliseconds + Int64((seconds * 1000).rounded()))
  }

  /// Whether `left` is earlier than `right`.
  public static func < (left: UnixTime, right: UnixTime) -> Bool {
    left.milliseconds < right.milliseconds
  }
}
