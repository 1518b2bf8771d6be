/// A series of one ring: dense, given out in the order of registration, never reused.
public struct SeriesID: RawRepresentable, Hashable, Sendable, Comparable {
  /// Its place in every `Row`, from 0.
  public let rawValue: Int32

  /// Any number is accepted; a ring ignores ids that it did not give out.
  public init(rawValue: Int32) {
    self.rawValue = rawValue
  }

  /// The order of registration.
  public static func < (left: SeriesID, right: SeriesID) -> Bool { left.rawValue < right.rawValue }

  var index: Int { Int(rawValue) }
}

/// Decides how a fall of the value is read: as a reset (counter) or as a fall (gauge).
public enum SeriesKind: UInt8, Sendable {
  /// Counts since the server's process began: begins again where the epoch changes, and where it falls.
  case counter
  case gauge
  /// Counts for something that outlives the server's process, such as a stored hash or the monitor itself: begins again
  /// only where it falls.
  case lastingCounter
}

/// What a series is called and how it is read.
public struct SeriesDescription: Sendable, Equatable {
  /// Valid in the ring that gave it out.
  public let id: SeriesID
  /// As registered.
  public let name: String
  /// As registered first; `counter` for lasting ones, too.
  public let kind: SeriesKind
}
