/// The value of a server's `notify-keyspace-events`: a set of letters, `A` standing for most of them.
///
/// What `A` stands for depends on the server's version, and so does what may be written at all (`n` is unknown before 7.0, `d` before
/// 6.2.2). So the server's own text is kept: it says of every letter in it that this server knows it.
public struct NotificationFlags: Sendable, Hashable {
  /// What cachegauge listens to: keyevent channels, misses, expiries, evictions, and the generic commands.
  public static let needed = NotificationFlags("Emxeg")
  /// What `A` stands for. Misses (`m`) and new keys (`n`) are not among it; servers before 6.2.2 have no `d`.
  private static let all = "g$lshzxetd"

  /// As CONFIG GET gives it and CONFIG SET takes it.
  public let text: String
  /// One by one, without `A`.
  public let letters: Set<Character>

  /// The flags that a text stands for; letters may come in any order.
  public init(_ text: String) {
    self.text = text
    letters = Set(text).subtracting("A").union(text.contains("A") ? Self.all : "")
  }

  /// The letters of ``needed`` that are not here, in its order; empty when nothing lacks.
  public var missing: String { Self.needed.text.filter { !letters.contains($0) } }

  /// Whether there may be letters that are not told: beside an `A`, servers from 7.0 on keep `n` and what came later to themselves.
  public var mayHideOthers: Bool { text.contains("A") && !text.contains("n") }

  /// These and more, in the server's own text.
  public func adding(_ more: String) -> NotificationFlags {
    NotificationFlags(text + more.filter { !letters.contains($0) })
  }

  /// These without some: what to set, in turn until the server takes one. An `A` stays as it is, unless it stands for one of them.
  public func removing(_ some: String) -> [NotificationFlags] {
    let rest = text.filter { !some.contains($0) }
    guard text.contains("A"), some.contains(where: Self.all.contains) else { return [NotificationFlags(rest)] }
    let kept = Self.all.filter { !some.contains($0) }
    let spelled = kept + rest.filter { $0 != "A" && !kept.contains($0) }
    return [spelled, spelled.filter { $0 != "d" }].map { NotificationFlags($0) }
  }
}
