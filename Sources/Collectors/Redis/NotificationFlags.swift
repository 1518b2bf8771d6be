/// The value of a server's `notify-keyspace-events`: a set of letters, `A` standing for most of them.
public struct NotificationFlags: Sendable, Hashable {
  /// What cachegauge listens to: keyevent channels, misses, expiries, evictions, and the generic commands.
  public static let needed = NotificationFlags("Emxeg")
  /// What `A` stands for. Misses (`m`) and new keys (`n`) are not among it.
  private static let all = Set("g$lshzxetd")

  /// One by one, without `A`.
  public let letters: Set<Character>
  /// Whether the server may keep a letter to itself: some versions don't print `n` beside an `A`.
  private let hidesNewKeys: Bool

  /// The flags that a text stands for; letters may come in any order.
  public init(_ text: String) {
    hidesNewKeys = text.contains("A") && !text.contains("n")
    letters = Set(text).subtracting("A").union(text.contains("A") ? Self.all : [])
  }

  private init(letters: Set<Character>, hidesNewKeys: Bool) {
    self.letters = letters
    self.hidesNewKeys = hidesNewKeys
  }

  /// The letters of ``needed`` that are not here, in its order; empty when nothing lacks.
  public var missing: String { String("Emxeg".filter { !letters.contains($0) }) }

  /// These and more. A letter that the server may hide is taken to be set, so that it is never removed.
  public func adding(_ more: String) -> NotificationFlags {
    NotificationFlags(letters: letters.union(more), hidesNewKeys: hidesNewKeys)
  }

  /// These without some.
  public func removing(_ some: String) -> NotificationFlags {
    NotificationFlags(letters: letters.subtracting(some), hidesNewKeys: hidesNewKeys)
  }

  /// As CONFIG SET takes it.
  public var text: String {
    String(letters.sorted()) + (hidesNewKeys && Self.all.isSubset(of: letters) ? "n" : "")
  }
}
