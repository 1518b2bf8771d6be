/// Why history can't be kept in a directory. Each says what to do.
public enum HistoryError: Error, Equatable, CustomStringConvertible {
  /// A file is of a later format than this program knows.
  case newerFormat(path: String, version: Int)
  /// Another process writes there.
  case inUse(path: String)
  /// The directory can't be made, read or written.
  case unusable(path: String, reason: String)

  /// One sentence for people.
  public var description: String {
    switch self {
    case .newerFormat(let path, let version):
      "\(path) was written by a newer cachegauge (format \(version), this one reads \(RecordFormat.version)): run "
        + "that version, or give history.path another directory"
    case .inUse(let path):
      "another process keeps its history in \(path): give each its own history.path, or end the other"
    case .unusable(let path, let reason):
      "history can't be kept in \(path) (\(reason)): give history.path a directory that this user may write"
    }
  }

  /// That files can't be kept in a directory, with what looking at it tells, or else how a call ended that tried to.
  static func unusable(_ path: String, after error: DiskError) -> Self {
    .unusable(path: path, reason: Disk.obstacle(to: path) ?? error.message)
  }

  /// The same beside a sentence that says already that nothing can be written.
  var reason: String {
    if case .unusable(_, let reason) = self { return reason }
    return description
  }
}
