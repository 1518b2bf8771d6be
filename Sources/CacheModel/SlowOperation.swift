/// One entry of the server's slow log.
public struct SlowOperation: Sendable, Hashable {
  /// The server's number for it: rises by one, survives `SLOWLOG RESET`, begins again when the server restarts.
  public var id: Int64
  /// When it ran; the server says it in whole seconds.
  public var time: UnixTime
  /// How long it ran inside the server, in microseconds.
  public var microseconds: Int64
  /// The command in lower case, `hgetall`; with its subcommand where it has one, `config|get`.
  public var command: String
  /// The namespace of its first key; nil when none matches or the command has no key.
  public var namespace: String?
  /// Arguments as the server logged them, cut by the server. Shown only with `expose_keys`.
  public var arguments: [String]

  /// An entry.
  public init(
    id: Int64, time: UnixTime, microseconds: Int64, command: String, namespace: String?,
    arguments: [String]
  ) {
    self.id = id
    self.time = time
    self.microseconds = microseconds
    self.command = command
    self.namespace = namespace
    self.arguments = arguments
  }
}

/// A command within a namespace, the key of slow-operation counts.
public struct SlowOperationKey: Sendable, Hashable, Comparable {
  /// The namespace; `other` when none matches.
  public var namespace: String
  /// The command in lower case.
  public var command: String

  /// A key.
  public init(namespace: String, command: String) {
    self.namespace = namespace
    self.command = command
  }

  /// By namespace, then command.
  public static func < (left: Self, right: Self) -> Bool {
    (left.namespace, left.command) < (right.namespace, right.command)
  }
}

/// Counts of slow operations since cachegauge began to watch the target.
public struct SlowOperationTotals: Sendable, Hashable {
  /// How many.
  public var count: Int64
  /// Their time together, in microseconds.
  public var microseconds: Int64
  /// The longest, in microseconds.
  public var worstMicroseconds: Int64

  /// Totals; zero to begin with.
  public init(count: Int64 = 0, microseconds: Int64 = 0, worstMicroseconds: Int64 = 0) {
    self.count = count
    self.microseconds = microseconds
    self.worstMicroseconds = worstMicroseconds
  }
}

/// What is known of a target's slow operations.
public struct SlowOperationReport: Sendable, Hashable {
  /// Counts by namespace and command, bounded in number; the rest is under `other`.
  public var totals: [SlowOperationKey: SlowOperationTotals]
  /// Entries that the server dropped between two polls, before they could be read.
  public var lost: Int64
  /// The newest entries, newest first, bounded in number.
  public var recent: [SlowOperation]
  /// The server's threshold in microseconds; negative when its slow log is off, nil when unknown.
  public var thresholdMicroseconds: Int64?

  /// A report; empty to begin with.
  public init(
    totals: [SlowOperationKey: SlowOperationTotals] = [:], lost: Int64 = 0, recent: [SlowOperation] = [],
    thresholdMicroseconds: Int64? = nil
  ) {
    self.totals = totals
    self.lost = lost
    self.recent = recent
    self.thresholdMicroseconds = thresholdMicroseconds
  }
}
