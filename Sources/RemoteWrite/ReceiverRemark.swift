import CacheModel

/// What a receiver says of samples that it did not take, fit for one line of a log.
public struct ReceiverRemark: Sendable, Hashable, CustomStringConvertible {
  /// Characters of the line at most.
  private static let longest = 200
  /// Characters of a secret at least: a tenant called `1` is none, and is in every number.
  private static let shortestSecret = 4
  /// In place of what is secret.
  private static let mask = "***"

  /// Between quotes; empty where it says nothing.
  public let description: String

  /// The first line of `content` that is not blank: cut, with control characters escaped and without any of the `secrets`, which a
  /// proxy may repeat. Takes microseconds, however long the content is.
  public init(_ content: [UInt8], hiding secrets: [String] = []) {
    // No more is looked at than has room, whatever of it is secret or escaped.
    let text = String(decoding: content.prefix(4096), as: UTF8.self)
    guard var line = text.split(whereSeparator: \.isNewline).lazy.map({ String($0) }).first(where: Self.says) else {
      description = ""
      return
    }
    // The longest first: one may be a part of another.
    for secret in secrets.filter({ $0.count >= Self.shortestSecret }).sorted(by: { $0.utf8.count > $1.utf8.count })
    {
      line = line.split(separator: secret, omittingEmptySubsequences: false).joined(separator: Self.mask)
    }
    line = line.escapingControls()
    description = "\"\(line.count > Self.longest ? line.prefix(Self.longest) + "…" : line[...])\""
  }

  private static func says(_ line: String) -> Bool { line.contains { !$0.isWhitespace } }
}
