/// Subtracts cachegauge's own lookups from a server's hit and miss counters, exactly.
///
/// Reading an application's counter hash is a lookup, and the server counts it. Such a lookup runs after the INFO of
/// its poll, so that the next INFO of the same server process is the first to hold it. One poll is:
/// ``corrected(hits:misses:epoch:statsReset:)`` with the figures of its INFO, then ``add(ownHits:ownMisses:)`` for the
/// lookups whose replies came, or ``uncertain(lookups:)`` for those that were sent and never answered.
///
/// Own counts belong to one server process: they begin at 0 when another answers, and continue when an earlier one
/// answers again (a failover and back), for the last ``rememberedEpochs`` processes.
///
/// Bounds. A lookup whose reply never came may or may not have run, and nothing that the server says later decides
/// it. It is not subtracted, so the corrected figures are too high by at most ``uncertainLookups``, hits and misses
/// together, and never too low. The doubt shrinks to what the server's counters rose by until the next INFO. One
/// doubt is not counted: when the server's statistics are reset between an INFO and the lookups of the same poll,
/// milliseconds later, the figures are too high by those lookups.
public struct LookupCorrection: Sendable, Hashable {
  /// How many server processes are remembered; the one that answered longest ago is forgotten first.
  public static let rememberedEpochs = 8

  private struct Account: Sendable, Hashable {
    var epoch: UInt64
    /// As the last INFO said; 0 before the first.
    var rawHits: Int64 = 0
    var rawMisses: Int64 = 0
    /// Lookups that the server counts for certain.
    var ownHits: Int64 = 0
    var ownMisses: Int64 = 0
    /// Those among them that were made after the last INFO.
    var newLookups: Int64 = 0
    /// Lookups before the last INFO that may have run.
    var doubts: Int64 = 0
  }

  /// The one that answered last is the last.
  private var accounts: [Account] = []
  /// Lookups since the last INFO that may have run, on whichever process there was.
  private var newDoubts: Int64 = 0

  /// A correction that has seen no server yet.
  public init() {}

  /// A correction that goes on where another stopped: with what its last INFO, of this process, said; its own lookups, those
  /// behind that INFO too; and how many of them it had subtracted by then.
  public init(epoch: UInt64, hits: Int64, misses: Int64, ownHits: Int64, ownMisses: Int64, subtracted: Int64) {
    var account = Account(epoch: epoch)
    (account.rawHits, account.rawMisses) = (max(0, hits), max(0, misses))
    (account.ownHits, account.ownMisses) = (max(0, ownHits), max(0, ownMisses))
    account.newLookups = max(0, saturatingSum(ownHits, ownMisses) &- max(0, subtracted))
    accounts = [account]
  }

  /// Own lookups that the server counts, or will count at the next INFO, among its hits.
  public var ownHits: Int64 { accounts.last?.ownHits ?? 0 }

  /// Own lookups that the server counts, or will count at the next INFO, among its misses.
  public var ownMisses: Int64 { accounts.last?.ownMisses ?? 0 }

  /// Own lookups that the server may count beyond ``ownHits`` and ``ownMisses``: the most by which corrected figures
  /// are too high.
  public var uncertainLookups: Int64 { saturatingSum(accounts.last?.doubts ?? 0, newDoubts) }

  /// The application's own hits and misses: what INFO says less what cachegauge added before it.
  ///
  /// `epoch` is the identity of the server's process. `statsReset` says that the caller knows of a reset; a
  /// counter below its last value is taken for one anyway. Answers are never negative.
  public mutating func corrected(
    hits: Int64, misses: Int64, epoch: UInt64, statsReset: Bool = false
  ) -> (hits: Int64, misses: Int64) {
    var account = take(epoch)
    if statsReset || hits < account.rawHits || misses < account.rawMisses { account = Account(epoch: epoch) }
    // No more of the doubtful lookups ran than the counters rose by beyond the certain ones.
    let rise = saturatingSum(hits &- account.rawHits, misses &- account.rawMisses)
    account.doubts = saturatingSum(account.doubts, min(newDoubts, max(0, rise &- account.newLookups)))
    account.rawHits = hits
    account.rawMisses = misses
    account.newLookups = 0
    newDoubts = 0
    accounts.append(account)
    return (max(0, hits &- account.ownHits), max(0, misses &- account.ownMisses))
  }

  /// Counts lookups that were answered, made after the INFO of the last ``corrected(hits:misses:epoch:statsReset:)``.
  /// Nothing happens before the first of those.
  public mutating func add(ownHits: Int64, ownMisses: Int64) {
    guard !accounts.isEmpty else { return }
    let last = accounts.count - 1
    accounts[last].ownHits = saturatingSum(accounts[last].ownHits, ownHits)
    accounts[last].ownMisses = saturatingSum(accounts[last].ownMisses, ownMisses)
    accounts[last].newLookups = saturatingSum(accounts[last].newLookups, saturatingSum(ownHits, ownMisses))
  }

  /// Notes lookups that were sent and not answered, since the connection or the deadline ended first; whether
  /// their poll's INFO was answered does not matter.
  public mutating func uncertain(lookups: Int64) {
    newDoubts = saturatingSum(newDoubts, lookups)
  }

  /// Removes and answers the account of a server process: a new one when it is not known.
  ///
  /// When it is another than before, doubts may lie with either, so the one before keeps them as well.
  private mutating func take(_ epoch: UInt64) -> Account {
    if let last = accounts.indices.last, accounts[last].epoch != epoch {
      accounts[last].doubts = saturatingSum(accounts[last].doubts, newDoubts)
    }
    if let index = accounts.firstIndex(where: { $0.epoch == epoch }) { return accounts.remove(at: index) }
    if accounts.count >= Self.rememberedEpochs { accounts.removeFirst() }
    return Account(epoch: epoch)
  }
}

/// The sum of two counts, at most the largest integer; a negative count adds nothing.
func saturatingSum(_ left: Int64, _ right: Int64) -> Int64 {
  let (sum, overflow) = max(0, left).addingReportingOverflow(max(0, right))
  return overflow ? .max : sum
}
