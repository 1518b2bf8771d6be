public import CacheModel
import Glibc

/// Counts one target's keyspace notifications by namespace and cause, and bridges the gaps between subscriptions.
///
/// A value without clocks or sockets. Times are milliseconds of a steady clock that begins with the process. Memory is
/// bounded by the number of namespaces and the bytes given.
public struct EventLedger: Sendable {
  private(set) var classifier: NamespaceClassifier
  /// Which namespaces have a pattern that captures a tenant.
  private var capturing: [Bool]
  var tallies: [Tally]
  var judge: MissJudge
  private var report = ObservationReport()
  private var counts = KeyEventCounts()
  private(set) var held: HeldSubscription?
  /// What a server's log tells; nil where it has none, but notifications.
  var log: LogReading?
  /// When the subscription was lost; nil while it holds, and before the first.
  private var lostAt: Int64?
  private var last: HeldSubscription?
  private var room: CacheRoom?
  /// What advice rests on has happened under this one's limit.
  private var knownRoom: CacheRoom?
  private var deepened: Int64 = 0
  /// When the judge's time began.
  private var origin: Int64 = 0
  /// Bridged misses of namespaces that are gone.
  private var bridgedBefore: Int64 = 0
  private var silent = SilentFlags()
  private var witness = FlushWitness()
  private var own = OwnMisses()
  /// What comes between ``opens()`` and ``began(at:serverMisses:epoch:nothingRemoved:)``.
  private var early: EarlyEvents?
  /// Own misses that the server counts since the subscription was lost.
  private var ownInGap: Int64 = 0
  private var removals = RecentRemovals()
  private var expiries = ExpiryWatch()
  /// How many keys the server says that it freed at the end of their time.
  private var freed: Int64?
  /// When what is old was last made to count less, and for how many seconds, faded likewise, anything was heard.
  private var faded: Int64?
  private var recentSeconds = 0.0
  /// For how many, by factor, it was known what more memory would do.
  private var predicted = GhostDepth.factors.map { _ in PredictedTime() }

  /// Whether polls are answered by the process that is heard.
  private var match = ProcessMatch()

  /// The most misses that all gaps together may add. No server counts so many: one that says so must not make sums that are no
  /// integers any more, nor counts of which doubles lose the last digits.
  private static let mostBridged: Int64 = 1 << 53

  struct Tally: Sendable {
    var misses: Int64 = 0
    /// What a log tells of hits.
    var hits = LogHits()
    var bridged: Int64 = 0
    /// Misses of about the last minutes, by which a gap's are spread.
    var recent = 0.0
    /// Misses by which advice goes, ``halfLife`` for half of them.
    var advised = 0.0
    var causes = CauseTally()
    var tenants = TenantTally()
  }

  /// A ledger that has heard nothing. `memoryBytes` bounds the memory of removed keys; `readsLog` says that a Memcached server's log
  /// is what it hears, rather than notifications.
  public init(
    classifier: NamespaceClassifier, namespaces: [NamespaceDefinition], memoryBytes: Int, readsLog: Bool = false
  ) {
    self.classifier = classifier
    log = readsLog ? LogReading() : nil
    capturing = namespaces.map(\.capturesTenant)
    tallies = Array(repeating: Tally(), count: namespaces.count + 1)
    judge = MissJudge(ttls: namespaces.map(\.ttl) + [nil], bytes: memoryBytes)
  }

  /// Counts by other namespaces from now on. What those of a name that stays have counted goes on, and so does what is known of keys;
  /// what others have counted is forgotten. Answers where each of the new ones, and keys of none, were before; nil for a new name.
  public mutating func redefine(
    classifier: NamespaceClassifier, namespaces: [NamespaceDefinition]
  ) -> [Int?] {
    settle(until: nil)
    let places = classifier.names.map { self.classifier.names.firstIndex(of: $0) } + [tallies.count - 1]
    self.classifier = classifier
    capturing = namespaces.map(\.capturesTenant)
    bridgedBefore += tallies.indices.reduce(0) { places.contains($1) ? $0 : $0 + tallies[$1].bridged }
    tallies = places.map { $0.map { tallies[$0] } ?? Tally() }
    judge.redefine(ttls: namespaces.map(\.ttl) + [nil], places)
    return places
  }

  /// A subscription is being asked for: what is heard from now on is kept, and counts once it is known to have begun.
  public mutating func opens() {
    own.forgetDue()
    early = EarlyEvents()
  }

  /// A subscription begins, and what was kept since ``opens()`` counts. `serverMisses` is what the server counted at this very moment, `epoch` its process.
  ///
  /// - Parameters:
  ///   - uptime: For how many seconds that process runs; nil where nobody knows.
  ///   - nothingRemoved: Whether the server never removed a key before.
  public mutating func began(
    at now: Int64, serverMisses: Int64?, epoch: String?, uptime: Int64? = nil, nothingRemoved: Bool
  ) {
    let isSame = last.map { $0.epoch == epoch && epoch != nil } ?? false
    if let last {
      let successor: HeldSubscription.Successor =
        isSame ? .same : ProcessAge.began(uptime, within: now - last.seen) ? .younger : .older
      bridge(last.unheard(until: serverMisses, of: successor))
      if let lostAt { report.gapSeconds += Double(now - lostAt) / 1000 }
    }
    if isSame {
      judge.resume(at: tick(now))
    } else {
      judge.begin(at: tick(now), nothingRemoved: nothingRemoved)
      witness.begin()
    }
    silent.begin()
    expiries.begin()
    ownInGap = 0
    match.begin()
    lostAt = nil
    last = nil
    held = HeldSubscription(epoch: epoch, serverMisses: serverMisses, seen: now)
    report.isHolding = true
    report.failure = nil
    report.difference = nil
    guard let early else { return }
    self.early = nil
    for event in early.events {
      receive(
        event.kind, database: event.database, key: early.keys.span.extracting(event.key), at: now,
        waited: now - event.time + event.waited)
    }
  }

  /// The subscription is lost, or was refused.
  public mutating func ended(at now: Int64, _ cause: FailureCause) {
    settle(until: nil)
    early = nil
    report.failure = cause
    report.difference = nil
    guard let held else { return }
    match.end()
    ownInGap = own.end()
    last = held
    self.held = nil
    lostAt = now
    report.isHolding = false
    report.gaps[cause, default: 0] += 1
  }

  /// The flags that the server's setting lacks; nil when it can't be read.
  public mutating func flags(missing: String?) { report.missingFlags = missing }

  /// A poll begins that may look these keys up, one entry for each lookup: those that miss are no application's, and are passed over.
  public mutating func looksUp(_ keys: [(database: Int, key: [UInt8])]) {
    own.begin(Self.hashes(keys))
  }

  /// The poll ends; of its own lookups these `missed`. Nil where it failed: then those that are not heard yet count as an application's,
  /// of each key one at most.
  public mutating func lookedUp(missed keys: [(database: Int, key: [UInt8])]?) {
    guard let keys else { return own.fail() }
    guard held != nil || early != nil else {
      own.fail()
      ownInGap += Int64(keys.count)
      return
    }
    own.finish(missed: Self.hashes(keys))
  }

  private static func hashes(_ keys: [(database: Int, key: [UInt8])]) -> [UInt64] {
    keys.map { KeyHash.hash($0.key.span, database: $0.database) }
  }

  /// Takes one notification, which may have waited for so many milliseconds to be read: late ones teach no time to live. Costs about
  /// 0.1 µs for a key that is not sampled; allocates nothing but when the memory of keys grows.
  public mutating func receive(
    _ kind: KeyEventKind, database: Int, key: Span<UInt8>, at now: Int64, waited: Int64 = 0
  ) {
    guard held != nil else {
      early?.keep(kind, database: database, key: key, at: now, waited: waited)
      return
    }
    held?.seen = now
    let hash = KeyHash.hash(key, database: database)
    if kind == .keymiss, own.takes(hash) {
      counts[kind] += 1
      held?.heard += 1
      return
    }
    let found = classifier.classifyTenant(key)
    witness.hear(kind, database: database)
    expiries.hear(kind, hash)
    judge.flushes.hear(of: database)
    take(kind, key, hash, found, database: database, at: now, isLate: waited > MissJudge.patience)
  }

  /// What ``receive(_:database:key:at:)`` does once it is known whose the key is.
  mutating func take(
    _ kind: KeyEventKind, _ key: Span<UInt8>, _ hash: UInt64, _ found: Classification?, database: Int = 0,
    at now: Int64, isLate: Bool = false
  ) {
    let namespace = found?.namespace ?? tallies.count - 1
    counts[kind] += 1
    guard kind == .keymiss else {
      judge.remove(hash, kind, namespace: namespace, at: tick(now), isLate: isLate)
      return
    }
    held?.heard += 1
    tallies[namespace].misses += 1
    tallies[namespace].recent += 1
    tallies[namespace].advised += 1
    if capturing.indices.contains(namespace), capturing[namespace] {
      tallies[namespace].tenants.add(key, tenant: found?.tenant)
    }
    let tick = tick(now)
    if let cause = judge.miss(hash, database: database, namespace: namespace, at: tick, isLate: isLate) {
      // A log tells of flushes itself.
      tallies[namespace].causes.add(
        cause, hash: hash, rate: judge.memory.rate(of: namespace), database: database,
        doubt: log == nil ? judge.doubt : nil)
    }
  }

  /// Takes for how long the application keeps keys, as commands of a burst said it.
  public mutating func saw(_ burst: BurstCounts) {
    var said = [Int](repeating: 0, count: tallies.count)
    for one in burst.lifetimes {
      judge.stored(
        namespace: one.namespace, for: one.milliseconds.map { UInt32(clamping: max(1, $0 / 10)) })
      if one.milliseconds != nil { said[one.namespace] += 1 }
    }
    for (namespace, misses) in burst.misses.enumerated() {
      judge.saw(namespace: namespace, said: said[namespace], missed: Int(misses))
    }
  }

  /// Takes what the server says of its databases at a poll, from which flushes follow; `reset` says that its statistics began anew
  /// since the last. A flush costs some milliseconds.
  public mutating func polled(_ keyspace: KeyspaceFigures, reset: Bool, at now: Int64) {
    guard !match.isApart else { return }
    let flushes = witness.polled(keyspace, reset: reset)
    let tick = tick(now)
    if flushes != .none {
      // Of keys that were there and that nobody had heard of, it can't be told whether a flush took them or they never were.
      let isHeard = judge.present >= 0.9 * Double(flushes.keysBefore)
      judge.flushes.take(flushes, coldFrom: isHeard ? nil : tick &+ MissJudge.warmUp, at: tick)
      for index in tallies.indices { tallies[index].causes.blame(flushes, unseen: isHeard ? nil : .unknown) }
    }
    judge.flushes.polled(keyspace, at: tick)
    for index in tallies.indices { tallies[index].causes.acquitFlush() }
  }

  /// Takes the server's count of misses at a poll; `reset` says that it was set to 0 since the last.
  public mutating func polled(serverMisses: Int64?, epoch: String?, reset: Bool) {
    match.polled(epoch, heard: held?.epoch)
    guard var held, let serverMisses, held.epoch == epoch else {
      report.difference = nil
      return
    }
    if reset || serverMisses < held.newest ?? 0 {
      held.serverMisses = serverMisses.saturatingDifference(held.heard)
    }
    held.newest = serverMisses
    report.difference = held.serverMisses.map {
      serverMisses.saturatingDifference($0).saturatingDifference(held.heard)
    }
    self.held = held
  }

  /// Whether the subscription or the log should be given up, although nothing has ended it: another process answers polls than the one
  /// that is heard, or nothing comes of a log.
  public var isStale: Bool { log?.isStale ?? match.wantsOtherSubscription }

  /// Whether the latest two polls were answered by the process that is heard, so that what it counted between them can be held against
  /// what was heard between them.
  public var isComparable: Bool { match.isComparable }

  /// Whether polls should be asked over another connection, since the one they have seems to be to another process than the address
  /// leads to; says so once.
  public mutating func takesOtherPolls() -> Bool { match.takesOtherPolls() }

  /// After how many seconds what advice rests on counts half.
  static let halfLife = 3600.0

  /// What happened lately counts more, by the time that has passed, however often it is asked for.
  private mutating func fade(at now: Int64) {
    let seconds = faded.map { Double(now - $0) / 1000 } ?? 0
    guard faded == nil || seconds >= 1 else { return }
    faded = now
    let half = exp2(-seconds / Self.halfLife)
    for index in tallies.indices {
      // In a gap nobody knows better than the last minutes before it.
      if held != nil { tallies[index].recent *= pow(0.99, seconds) }
      if capturing.indices.contains(index), capturing[index] {
        tallies[index].tenants.choose(fading: pow(0.999, seconds))
      }
      tallies[index].advised *= half
      tallies[index].causes.fade(half)
    }
    judge.fade(half)
    removals.fade(half, evicted: counts[.evicted], expired: counts[.expired], freed: freed)
    let passed = held == nil ? 0 : (1 - half) * Self.halfLife / M_LN2
    recentSeconds = recentSeconds * half + passed
    for factor in predicted.indices {
      predicted[factor].fade(half, passed: passed, isKnown: judge.depth.isKnown[factor])
    }
  }

  /// Takes what the server holds and may hold, for what more memory would do; nil where it has no limit. Sweeps the
  /// memory of keys at most every five seconds, which takes some milliseconds.
  public mutating func holds(_ room: CacheRoom?, at now: Int64) {
    self.room = room
    if let room, knownRoom.map({ room.isLimitedOtherwise(than: $0) }) ?? true {
      if knownRoom != nil { forgetRecent() }
      knownRoom = room
    }
    guard let room, now - deepened >= 5000 || deepened == 0 else { return }
    deepened = now
    judge.deepen(room, at: tick(now))
  }

  /// Takes the server's own counts of what notifications tell of, to notice where they don't come. Tidies the memory of keys once a
  /// minute, which may take some milliseconds.
  public mutating func compare(_ facts: ServerFacts, at now: Int64) {
    if facts.role != nil { serves(asReplica: facts.isReplica) }
    // A log does not tell of keys that the server freed since their time was over.
    freed = log == nil ? nil : facts.expiredKeys
    guard let held else { return }
    if facts.runID == held.epoch { self.held?.seen = now }
    judge.tidy(at: tick(now))
    // A log is not made of flags, any of which could be lacking.
    guard log == nil, !match.isApart else { return }
    if !facts.isReplica, let pace = expiries.polled(facts, at: now) { judge.pace = pace }
    silent.take(
      server: [facts.misses, facts.expiredKeys, facts.evictedKeys],
      heard: [KeyEventKind.keymiss, .expired, .evicted].map { counts[$0] }, at: now)
  }

  /// Whatever advice rests on was so under a limit, or a way of choosing what to evict, that is another now.
  private mutating func forgetRecent() {
    for index in tallies.indices {
      tallies[index].advised = 0
      tallies[index].causes.fade(0)
    }
    judge.fade(0)
    judge.depth.begin()
    removals.forget(evicted: counts[.evicted], expired: counts[.expired], freed: freed)
    recentSeconds = 0
    for factor in predicted.indices { predicted[factor].seconds = 0 }
  }

  /// Begins to count anew what more memory would do; answers for which factors the depth is known.
  mutating func forgetMemory() -> [Bool] {
    judge.fadeMemory(0)
    for factor in predicted.indices { predicted[factor].seconds = 0 }
    return judge.depth.isKnown
  }

  private func predictions(_ tally: MoreMemoryTally) -> [MoreMemory] {
    guard let room, let choice = EvictionChoice(policy: room.policy) else { return [] }
    let isOne = tallies.count == 2 || room.sizes.dropLast().allSatisfy { $0 != nil } && !room.sizes.isEmpty
    return tally.predictions(choice, knowsSizes: isOne, seconds: predicted.map(\.seconds))
  }

  /// What was heard so far, and the misses of each namespace in the order of the definitions.
  public mutating func snapshot(at now: Int64) -> (report: ObservationReport, misses: [ObservedMisses]) {
    settle(until: now - LogOrder.patience)
    rebase(at: now)
    fade(at: now)
    var misses: [ObservedMisses] = []
    for index in tallies.indices {
      let tally = tallies[index]
      var observed = ObservedMisses(
        total: tally.misses + tally.bridged, bridged: tally.bridged,
        causes: tallies[index].causes.split(total: tally.misses + tally.bridged, bridged: tally.bridged))
      if let log {
        observed.hits = tallies[index].hits.tell()
        observed.uncertain = log.report.uncertain
      }
      observed.shares = tally.causes.shares(of: tally.misses)
      observed.recent = tally.causes.recentShares(of: tally.advised).map {
        RecentMisses(count: tally.advised, seconds: recentSeconds, shares: $0)
      }
      observed.sampleRate = judge.memory.rate(of: index)
      observed.ttl = judge.ttl(of: index)
      observed.tenants = tally.tenants.report
      observed.longerTTLs = judge.longerTTLs(of: index)
      observed.moreMemory = predictions(judge.moreMemory[index])
      misses.append(observed)
    }
    var report = self.report
    if report.missingFlags == nil, !silent.letters.isEmpty {
      report.missingFlags = silent.letters
      if silent.letters.contains("m") { report.isHolding = false }
    }
    report.unclassified = misses.removeLast()
    report.log = log?.report
    for kind in KeyEventKind.allCases { report.events[kind] = counts[kind] }
    if let lostAt { report.gapSeconds += Double(now - lostAt) / 1000 }
    report.bridgedMisses = bridged
    report.sampleRate = judge.memory.leastRate
    report.sampledKeys = judge.memory.count
    report.memoryBytes = judge.memory.bytes
    report.evictedPart = removals.evictedPart
    report.moreMemory = predictions(judge.moreMemory.reduce(MoreMemoryTally(), +))
    return (report, misses)
  }

  /// Misses that gaps have added so far.
  private var bridged: Int64 { tallies.reduce(bridgedBefore) { $0 + $1.bridged } }

  /// Spreads misses that nobody heard over the namespaces, in proportion to what they missed lately.
  private mutating func bridge(_ unheard: Int64) {
    let missing = min(unheard.saturatingDifference(ownInGap), Self.mostBridged - bridged)
    guard missing > 0 else { return }
    let weights = tallies.map { max($0.recent, 0) }
    let sum = weights.reduce(0, +)
    var rest = missing
    for index in tallies.indices where sum > 0 {
      let part = min(rest, Int64((Double(missing) * weights[index] / sum).rounded()))
      tallies[index].bridged += part
      rest -= part
    }
    tallies[tallies.count - 1].bridged += rest
  }

  /// A time as the judge has it.
  func tick(_ now: Int64) -> UInt32 { Self.ticks(now - origin) }

  /// Units of 10 ms, from 1.
  static func ticks(_ milliseconds: Int64) -> UInt32 { UInt32(clamping: max(0, milliseconds) / 10 + 1) }

  /// Lets ticks begin later, months before they would not fit any more.
  private mutating func rebase(at now: Int64) {
    while tick(now) >= MissJudge.latest {
      judge.shift(by: MissJudge.latest / 2)
      origin += Int64(MissJudge.latest / 2) * 10
    }
  }
}

extension NamespaceDefinition {
  /// Whether one of its patterns captures a tenant.
  fileprivate var capturesTenant: Bool { keys.contains { $0.contains("{tenant}") } }
}
