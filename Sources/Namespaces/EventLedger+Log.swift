public import CacheModel

/// A Memcached server's log in place of notifications: every lookup, with its outcome, every store and every eviction.
///
/// Misses that nobody heard of are not bridged, as hits of that time are not known either: what is told is what was heard.
extension EventLedger {
  /// A watch begins. `totals` is what the server counted at this very moment, `epoch` its process; `nothingRemoved` says that it never
  /// removed a key.
  public mutating func began(at now: Int64, totals: LogTotals, epoch: String?, nothingRemoved: Bool) {
    began(at: now, serverMisses: nil, epoch: epoch, nothingRemoved: nothingRemoved)
    log?.began(totals)
  }

  /// Takes lines of the log, whose keys are ranges of `keys`; also those that come a moment before ``began(at:totals:epoch:nothingRemoved:)``.
  /// They are counted ``LogOrder/patience`` later. Costs about a microsecond for each, then and now together.
  public mutating func receive(_ entries: [LogEntry], keys: Span<UInt8>, at now: Int64) {
    if log?.order.lacksRoom(entries.count, keyBytes: keys.count) == true { settle(until: log?.order.middle) }
    if log?.order.lacksRoom(entries.count, keyBytes: keys.count) == true { settle(until: nil) }
    log?.order.add(entries, keys: keys, at: now)
  }

  /// The server left out so many lines, since they were not taken quickly enough.
  public mutating func skipped(_ lines: Int64) { log?.skip(lines) }

  /// Takes what the server's process `epoch` counts of its log at a poll.
  public mutating func polled(_ totals: LogTotals, epoch: String?, at now: Int64) {
    guard let held else { return }
    guard log?.polled(totals, isSame: held.epoch == epoch, at: now) == true else { return }
    // What is not told may have been stores and evictions: what is known of keys before counts for little.
    judge.resume(at: tick(now))
  }

  /// Counts what came until then, or everything that did; forgets it where nobody watches any more.
  mutating func settle(until time: Int64?) {
    guard let batch = log?.order.take(until: time), held != nil else { return }
    let keys = batch.keys.span
    for line in batch.lines { take(line, keys.extracting(line.entry.key)) }
  }

  private mutating func take(_ line: LogOrder.Line, _ key: Span<UInt8>) {
    log?.took()
    let found = classifier.classifyTenant(key)
    let namespace = found?.namespace ?? tallies.count - 1
    let hash = KeyHash.hash(key, database: 0)
    let at = tick(line.at)
    switch line.entry.kind {
    case .found:
      guard !line.isOfStore else { return }
      tallies[namespace].hits.add()
      judge.found(hash, at: at)
    case .absent: noteAbsence(hash, namespace, at)
    case .expired: take(.expired, key, hash, found, at: line.at)
    case .flushed:
      judge.flush(at: at)
      take(.del, key, hash, found, at: line.at)
    case .stored(let seconds): judge.store(hash, seconds: seconds, namespace: namespace, at: at)
    case .unstorable: judge.drop(hash, at: at)
    case .evicted: take(.evicted, key, hash, found, at: line.at)
    case .refused: break
    }
    if line.entry.kind.isMiss, !line.isOfStore { take(.keymiss, key, hash, found, at: line.at) }
  }

  private mutating func noteAbsence(_ hash: UInt64, _ namespace: Int, _ at: UInt32) {
    let deletions = judge.absent(hash, at: at)
    guard deletions > 0 else { return }
    tallies[namespace].hits.takeBack(deletions)
    log?.corrected(deletions)
  }
}

extension LogEntry.Kind {
  /// Whether a lookup did not find its key.
  fileprivate var isMiss: Bool {
    switch self {
    case .absent, .expired, .flushed: true
    case .found, .stored, .refused, .unstorable, .evicted: false
    }
  }
}
