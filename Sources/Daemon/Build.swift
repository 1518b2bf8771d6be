import CBuild

/// What was built.
public enum Build {
  /// `MAJOR.MINOR.PATCH`, as `CHANGELOG.md` has it.
  public static let release = "0.1.0"

  /// The release and, where `make` built it from a Git clone, the commit: `0.1.0+g1a2b3c4`, with `.dirty` behind it where the sources
  /// differed from the commit.
  public static let version: String = {
    let revision = unsafe String(cString: cbuild_revision())
    return revision.isEmpty ? release : "\(release)+\(revision)"
  }()
}
