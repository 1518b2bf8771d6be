/// What was built.
public enum Build {
  /// The version, `MAJOR.MINOR.PATCH`.
  public static let version = "0.1.0"
}
