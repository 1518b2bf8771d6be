import CacheModel

/// What a receiver says of samples that it did not take, fit for one line of a log.
public struct ReceiverRemark: Sendable, Hashable, CustomStringConvertible {
  /// Bytes of an answer that are looked at: no more than these may matter, whatever of them is secret or escaped.
  public static let room = 4096
  /// Characters of the line at most.
  private static let longest = 200
  /// Characters of a secret at least: a tenant called `1` is none, and is in every number.
  private static let shortestSecret = 4
  /// In place of what is secret.
  private static let mask = "***"

  /// Between quotes; empty where it says nothing.
  public let description: String

  /// The first line of `content` that is not blank: cut, with control characters escaped and without any of the `secrets`, which a
  /// proxy may repeat; where not all has come, without the beginning of one at its end, either. Takes microseconds, however long the
  /// content is.
  public init(_ content: [UInt8], isWhole: Bool = true, hiding secrets: [String] = []) {
    let text = String(decoding: content.prefix(Self.room), as: UTF8.self)
    guard var line = text.split(whereSeparator: \.isNewline).lazy.map({ String($0) }).first(where: Self.says) else {
      description = ""
      return
    }
    // The longest first: one may be a part of another.
    let secrets = secrets.filter { $0.count >= Self.shortestSecret }.sorted { $0.utf8.count > $1.utf8.count }
    let isCut = (!isWhole || content.count > Self.room) && text.hasSuffix(line)
    if isCut { line.cover(beginningsOf: secrets, with: Self.mask) }
    for secret in secrets {
      line = line.split(separator: secret, omittingEmptySubsequences: false).joined(separator: Self.mask)
    }
    line = line.escapingControls()
    description = "\"\(line.count > Self.longest ? line.prefix(Self.longest) + "…" : line[...])\""
  }

  private static func says(_ line: String) -> Bool { line.contains { !$0.isWhitespace } }
}

extension String {
  /// Puts a mask over the longest end of this that one of the secrets begins with, where the last character came in part, too.
  fileprivate mutating func cover(beginningsOf secrets: [String], with mask: String) {
    while last == "\u{FFFD}" { removeLast() }
    let covered = secrets.compactMap { secret in (1...secret.count).last { hasSuffix(secret.prefix($0)) } }.max()
    guard let covered else { return }
    removeLast(covered)
    self += mask
  }
}
