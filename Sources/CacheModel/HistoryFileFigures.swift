/// What history's files on disk have to say of themselves.
public struct HistoryFileFigures: Sendable, Hashable {
  /// Bytes that the files take.
  public var bytes: Int64
  /// Bytes written since the start.
  public var bytesWritten: Int64
  /// Attempts to write that failed since the start.
  public var errors: Int64
  /// Records left out at the start since they were damaged.
  public var skippedRecords: Int64
  /// When the disk last confirmed everything written; nil before the first time.
  public var lastSync: UnixTime?
  /// The newest poll that the disk has confirmed, of the target where that is the oldest; nil before the first.
  public var newestSynced: UnixTime?

  /// Figures as of one moment.
  public init(
    bytes: Int64, bytesWritten: Int64, errors: Int64, skippedRecords: Int64, lastSync: UnixTime?,
    newestSynced: UnixTime?
  ) {
    self.bytes = bytes
    self.bytesWritten = bytesWritten
    self.errors = errors
    self.skippedRecords = skippedRecords
    self.lastSync = lastSync
    self.newestSynced = newestSynced
  }
}
