/// What is known of the files that name targets, and of targets that are left out since others watch the same.
public struct TargetFileFigures: Sendable, Hashable {
  /// Why a target that a file names, or a node of a group, is not watched.
  public enum LeftOut: String, Sendable, Hashable, CaseIterable {
    // The values of the label `reason`.
    case sameServer = "same_server"
    case nameTaken = "name_taken"
  }

  /// Files whose present content is in force.
  public var read: Int64
  /// Files that can't be read as a list, so that what they said before is in force.
  public var failed: Int64
  /// Targets of all files, and nodes of groups, that are not watched.
  public var leftOut: [LeftOut: Int64]

  /// Figures of some files; by default of none.
  public init(read: Int64 = 0, failed: Int64 = 0, leftOut: [LeftOut: Int64] = [:]) {
    self.read = read
    self.failed = failed
    self.leftOut = leftOut
  }

  /// Those of both.
  public static func + (left: Self, right: Self) -> Self {
    Self(
      read: left.read + right.read, failed: left.failed + right.failed,
      leftOut: left.leftOut.merging(right.leftOut, uniquingKeysWith: +))
  }
}
