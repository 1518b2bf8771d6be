/// What a server's keyspace notification tells of a key.
public enum KeyEventKind: String, Sendable, Hashable, CaseIterable {
  /// A lookup did not find it.
  case keymiss
  /// It was removed since its time to live was over.
  case expired
  /// It was removed for want of memory.
  case evicted
  /// It was deleted, by DEL, UNLINK or whatever else takes a key away or empties it.
  case del
  /// It has another name now.
  case renamed = "rename_from"
  /// It is in another database now.
  case moved = "move_from"
}

/// One keyspace notification; the key's bytes are elsewhere.
public struct KeyEvent: Sendable, Hashable {
  /// What happened.
  public var kind: KeyEventKind
  /// The number of the key's database.
  public var database: Int
  /// Where the key lies in the bytes that came along.
  public var key: Range<Int>

  /// An event.
  public init(kind: KeyEventKind, database: Int, key: Range<Int>) {
    self.kind = kind
    self.database = database
    self.key = key
  }
}

/// Why a lookup did not find its key.
public enum MissCause: String, Sendable, Hashable, CaseIterable {
  /// The key was never there, as far as anyone watched.
  case cold
  /// Its time to live was over, or would have been if it had not been evicted before.
  case expired
  /// It lost its place to others.
  case evicted
  /// It was deleted, renamed or moved, or its database was flushed.
  case invalidated
  /// What took it away happened before anyone watched, or while nobody did, or the source does not tell.
  case unknown

  /// Its position in ``allCases``.
  public var position: Int {
    switch self {
    case .cold: 0
    case .expired: 1
    case .evicted: 2
    case .invalidated: 3
    case .unknown: 4
    }
  }
}
