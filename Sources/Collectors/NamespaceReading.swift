public import CacheModel

/// What an application itself tells of one namespace.
public struct NamespaceReading: Sendable, Hashable {
  /// Lookups that found their key; nil where they are not told together with ``misses``.
  public var hits: Int64?
  /// Lookups that did not.
  public var misses: Int64?
  /// Hits over lookups as it says itself, in 0…1.
  public var ratio: Double?
  /// Entries.
  public var keys: Int64?
  /// Bytes that they take.
  public var memoryBytes: Int64?
  /// Why there are no counts; nil where there are.
  public var failure: FailureCause?

  init(failure: FailureCause? = nil) {
    self.failure = failure
  }
}
