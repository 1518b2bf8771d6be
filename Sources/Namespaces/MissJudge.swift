import CacheModel

/// Tells the cause of each sampled miss from what happened to its key before. Times are in units of 10 ms, from 1.
struct MissJudge: Sendable {
  var memory: KeyMemory
  var learned: [LearnedTTL]
  /// The times to live that commands said of late, by namespace.
  private var said: [Lifetimes]
  private var refreshes: [Refreshes]
  private(set) var storing: [StoringHabit]
  /// For how long evicted keys were idle, about: most of those that lived shorter were never read after they were stored.
  private var idle = RecentTimes(percent: 40, window: 512, least: 32, every: 16)
  /// What longer times to live would do, by namespace.
  private(set) var longer: [LongerTTLTally]
  /// What more memory would do, by namespace.
  var moreMemory: [MoreMemoryTally]
  var depth = GhostDepth()
  /// How late expiries may be.
  var pace = ExpiryPace()
  /// Whether keys of some namespaces have a time to live that is not known.
  var areUnknownMortals = false
  /// Which part of each namespace's ghosts would find place if all of each factor's added room were theirs.
  var takes: [[Double]] = []
  private var declared: [UInt32?]
  /// Never-seen keys are cold from here on; before it nobody knows.
  private var coldFrom: UInt32 = 0
  /// When watching began.
  private var began: UInt32 = 0
  /// When the last gap ended.
  private(set) var gapEnd: UInt32 = 0
  var flushes = FlushTimes()
  /// Whether the server is a replica, whose master removes its keys.
  var isReplica = false
  /// What the last miss that was taken may be instead, if a flush that nobody knows of yet was its cause.
  private(set) var doubt: FlushDoubt?

  /// When room was last made in time, and when twice as many keys began to be remembered; 0 while that is not so.
  private var tidied: UInt32 = 0
  private var widened: UInt32 = 0

  /// How long nothing must have happened to a key for it to be forgotten where others want its place, a day.
  static let horizon: UInt32 = 86_400 * 100

  /// How long after watching began a never-seen key's miss has no known cause, where the server removed keys before.
  static let warmUp: UInt32 = 300 * 100

  /// By how many milliseconds an event may be late for its time to teach anything: a key whose miss is heard a second late, and
  /// whose expiry is not, seems to have lived a second less than it did.
  static let patience: Int64 = 100

  /// A judge of namespaces whose declared times to live, in seconds, are `ttls`; one more stands for keys of none.
  init(ttls: [Double?], bytes: Int) {
    memory = KeyMemory(namespaces: ttls.count, bytes: bytes)
    declared = Self.ticks(ttls)
    learned = Array(repeating: LearnedTTL(), count: ttls.count)
    said = Array(repeating: Self.saidTimes, count: ttls.count)
    refreshes = Array(repeating: Refreshes(), count: ttls.count)
    storing = Array(repeating: StoringHabit(), count: ttls.count)
    longer = Array(repeating: LongerTTLTally(), count: ttls.count)
    moreMemory = Array(repeating: MoreMemoryTally(), count: ttls.count)
  }

  /// Judges other namespaces from now on, of which `places` says where they were before; nil for those that are new.
  mutating func redefine(ttls: [Double?], _ places: [Int?]) {
    declared = Self.ticks(ttls)
    learned = places.map { $0.map { learned[$0] } ?? LearnedTTL() }
    said = places.map { $0.map { said[$0] } ?? Self.saidTimes }
    refreshes = places.map { $0.map { refreshes[$0] } ?? Refreshes() }
    storing = places.map { $0.map { storing[$0] } ?? StoringHabit() }
    longer = places.map { $0.map { longer[$0] } ?? LongerTTLTally() }
    moreMemory = places.map { $0.map { moreMemory[$0] } ?? MoreMemoryTally() }
    takes = []
    memory.redefine(places)
  }

  private static func ticks(_ ttls: [Double?]) -> [UInt32?] {
    ttls.map { $0.map { UInt32(clamping: Int64($0 * 100)) } }
  }

  private static var saidTimes: Lifetimes { Lifetimes(window: 128, least: 8, every: 4) }

  /// Watching begins, or begins again after another process took over: nothing is known of any key.
  ///
  /// `nothingRemoved` says that this server never removed a key, so that keys never seen were never there.
  mutating func begin(at now: UInt32, nothingRemoved: Bool) {
    memory.removeAll()
    depth.begin()
    began = now
    gapEnd = 0
    flushes.begin()
    coldFrom = nothingRemoved ? 0 : now &+ Self.warmUp
  }

  /// Lets the shares of sampled keys rise again. Once a minute: when the memory is half full, what nothing happened to for a day is
  /// forgotten; where there is room, twice as many keys are remembered, which count as soon as what befell them is known.
  mutating func tidy(at now: UInt32) {
    guard now &- tidied >= 60 * 100 else { return }
    tidied = now
    if memory.fill > 0.5 { memory.forget { now &- $0.latest > Self.horizon } }
    if memory.isWidening {
      if now &- widened >= Self.warmUp { memory.settle() }
    } else if memory.widen() {
      widened = now
    }
  }

  /// A gap ends: keys may have been removed and stored in it.
  mutating func resume(at now: UInt32) { gapEnd = now }

  /// See ``shift(by:)``.
  mutating func shiftOwn(by ticks: UInt32) {
    coldFrom.shift(by: ticks)
    began.shift(by: ticks)
    gapEnd.shift(by: ticks)
    tidied.shift(by: ticks)
    widened.shift(by: ticks)
  }

  /// The time to live of a namespace's keys, in seconds; nil when it is not known, or not one.
  func ttl(of namespace: Int) -> Double? { limit(of: namespace).map { Double($0) / 100 } }

  /// The same in units of 10 ms.
  func limit(of namespace: Int) -> UInt32? {
    if let declared = declared[namespace] { return declared }
    return said[namespace].isKnown ? said[namespace].usual : learned[namespace].value(pace)
  }

  /// Takes for how long a command told the server to keep a key, in units of 10 ms; nil for ever.
  mutating func stored(namespace: Int, for time: UInt32?) {
    said[namespace].add(time ?? Lifetimes.longest, isOpen: time == nil)
  }

  /// Takes how many commands did so while so many lookups missed.
  mutating func saw(namespace: Int, said: Int, missed: Int) { refreshes[namespace].add(said: said, missed: missed) }

  /// The time to live that a namespace's keys have at least, in units of 10 ms; nil where they have none for all that is known, or
  /// where the time to live itself is known.
  func leastLimit(of namespace: Int) -> UInt32? {
    areUnknownMortals && limit(of: namespace) == nil ? learned[namespace].least : nil
  }

  /// What longer times to live would do; empty where something begins them anew, since then it is not known how long ago that was, and
  /// where keys have different ones.
  func longerTTLs(of namespace: Int) -> [LongerTTL] {
    refreshes[namespace].areUsual || limit(of: namespace) == nil ? [] : longer[namespace].predictions
  }

  /// Takes a removal; `isLate` says that it may have happened a while before.
  mutating func remove(
    _ hash: UInt64, _ kind: KeyEventKind, namespace: Int, at now: UInt32, isLate: Bool = false
  ) {
    guard memory.samples(hash, of: namespace) else { return }
    var state: KeyTrace.State =
      switch kind {
      case .expired: .expired
      case .evicted: .evicted
      default: .invalidated
      }
    let found = memory.find(hash)
    if isReplica, kind == .del {
      guard let told = deletion(of: found.map { memory[$0] }, namespace, now) else {
        if let found { memory[found].removed = now }
        return
      }
      state = told
    }
    guard let slot = found else {
      memory.insert(
        KeyTrace(hash: hash, removed: now, namespace: UInt16(truncatingIfNeeded: namespace), state: state))
      if state == .evicted { evicted(hash, namespace, lived: nil, now) }
      return
    }
    memory.claim(slot, for: namespace)
    let before = memory[slot].state
    let isKnown = [.filled, .stored].contains(before) && memory[slot].missed > gapEnd
    let seemed = isKnown ? now &- memory[slot].missed : nil
    let lived = isLate || memory[slot].wasLate ? nil : seemed
    if before == .filled {
      memory[slot].lastCause &= KeyTrace.cause
      storing[namespace].addRemoval()
    }
    if state == .evicted {
      evicted(hash, namespace, lived: lived, now)
      if before == .stored { memory[slot].noteLeft(at: now) }
    }
    if kind == .expired, before == .filled, let seemed {
      learned[namespace].add(seemed, isLate: lived == nil)
      if let lived { noteRefresh(namespace, lived: lived) }
    }
    // Removed twice, it was stored between without a miss, nobody knows when.
    if ![.filled, .stored].contains(before) { memory[slot].missed = 0 }
    memory[slot].state = state
    memory[slot].removed = now
  }

  /// Takes a miss, which may have happened a while before if it `isLate`; answers its cause, or nil when the key is not sampled.
  mutating func miss(
    _ hash: UInt64, database: Int = 0, namespace: Int, at now: UInt32, isLate: Bool = false
  ) -> MissCause? {
    guard memory.samples(hash, of: namespace) else { return nil }
    let late = isLate ? KeyTrace.late : 0
    let flush = flushes[database]
    guard let slot = memory.find(hash) else {
      // On a replica it may have been stored and have expired without a word.
      let isCold = now >= max(coldFrom, flush.coldFrom) && !isReplica
      let cause: MissCause = isCold ? .cold : .unknown
      doubt = .unseen
      memory.insert(
        KeyTrace(
          hash: hash, missed: now, namespace: UInt16(truncatingIfNeeded: namespace), state: .filled,
          lastCause: UInt8(cause.position) | KeyTrace.unseen | late))
      for factor in GhostDepth.factors.indices { tell(factor, .none, hash, namespace) }
      return memory.counts(hash, of: namespace) ? cause : nil
    }
    memory.claim(slot, for: namespace)
    let isUntold = isReplica && expireUntold(slot, flush, namespace, now)
    let trace = memory[slot]
    let cause = self.cause(trace, flush, namespace, now)
    doubt = doubt(of: trace, flush, namespace)
    // Neither a longer life nor more memory keeps a key over a flush.
    let isSwept = flush.latest > 0 && [.expired, .evicted].contains(trace.state) && trace.removed <= flush.latest
    if cause == .expired, !isSwept { note(trace, namespace, now) }
    if isSwept { memory[slot].state = .invalidated }
    let gap = max(gapEnd, flush.latest)
    if trace.state == .filled, trace.missed > gap, trace.isNotStored(whenMissedAt: now) {
      storing[namespace].addMiss()
    }
    imagine(slot, namespace, now, gap: gap)
    memory[slot].lastCause = UInt8(cause.position) | flags(of: trace, doubt, flush, now) | late
    memory[slot].state = .filled
    memory[slot].missed = now
    // Its deletion is still to come.
    if isUntold { memory[slot].removed = 0 }
    return memory.counts(hash, of: namespace) ? cause : nil
  }

  /// What happened lately counts more.
  mutating func fade(_ factor: Double) {
    for index in longer.indices { longer[index].fade(factor) }
    fadeMemory(factor)
  }

  private mutating func note(_ trace: KeyTrace, _ namespace: Int, _ now: UInt32) {
    guard let ttl = limit(of: namespace), ttl > 0, memory.counts(trace.hash, of: namespace), trace.missed > gapEnd
    else { return }
    let weight = 1 / memory.rate(of: namespace)
    guard trace.state != .filled else {
      return longer[namespace].addRepeat(isNotStored: trace.isNotStored(whenMissedAt: now), weight: weight)
    }
    longer[namespace].add(ratio: max(1, Double(now &- trace.missed) / Double(ttl)), weight: weight)
  }

  private func cause(_ trace: KeyTrace, _ flush: FlushTimes.Of, _ namespace: Int, _ now: UInt32) -> MissCause {
    switch trace.state {
    case .expired: return .expired
    case .invalidated: return .invalidated
    case .lost: return .unknown
    case .evicted:
      let isOver = trace.left.map { now &- trace.removed >= $0 } ?? isOver(trace, namespace, now)
      return isOver ? .expired : .evicted
    case .filled, .stored:
      if trace.missed <= flush.latest { return cause(of: flush, trace, namespace) }
      if trace.missed <= gapEnd {
        if trace.state == .filled, trace.isNotStored { return trace.causeBefore }
        // Its removal fell into the gap. Only its time to live can tell.
        return isOver(trace, namespace, now) ? .expired : .unknown
      }
      // Nothing removed it, so it was never stored after its last miss, or is being stored just now.
      return isColdByNow(trace, flush, now) ? .cold : trace.causeBefore
    }
  }

  /// Whether a key that is missed again, and whose first miss had no known cause, has been watched for as long without being stored that
  /// nobody would know more of it had it never been missed.
  private func isColdByNow(_ trace: KeyTrace, _ flush: FlushTimes.Of, _ now: UInt32) -> Bool {
    let lost = max(gapEnd, flush.latest)
    let known = lost > 0 ? lost &+ Self.warmUp : 0
    return trace.state == .filled && trace.causeBefore == .unknown && trace.isNotStored && !isReplica
      && now >= max(coldFrom, flush.coldFrom, known)
  }

  /// Takes an eviction for what is learned from them.
  private mutating func evicted(_ hash: UInt64, _ namespace: Int, lived: UInt32?, _ now: UInt32) {
    // Ages must not be those of the namespaces of which more keys are remembered.
    let age = hash <= memory.commonThreshold ? lived : nil
    if memory.counts(hash, of: namespace) {
      depth.evicted(age: age, weight: 1 / memory.rate(of: namespace), at: now)
    }
    if let age { idle.add(age) }
    guard let lived else { return }
    learned[namespace].add(lived: lived)
    noteRefresh(namespace, lived: lived)
  }

  private mutating func noteRefresh(_ namespace: Int, lived: UInt32) {
    if let ttl = limit(of: namespace) { refreshes[namespace].add(lived: lived, ttl: ttl, late: pace.longest) }
  }

  /// Whether the key's time to live would be over by now, had it not been evicted.
  func isOver(_ trace: KeyTrace, _ namespace: Int, _ now: UInt32) -> Bool {
    guard trace.state == .evicted else {
      return !refreshes[namespace].areUsual && isOver(trace, namespace, lived: 0, age: now &- trace.missed)
    }
    let gone = now &- trace.removed
    let lived = trace.missed > 0 ? trace.removed &- trace.missed : nil
    if let lived, !isRefreshed(namespace, lived: lived) {
      return isOver(trace, namespace, lived: lived, age: now &- trace.missed)
    }
    // When it was stored is not known, or its time was begun anew when it was last read: in either case about when it began to be idle.
    guard let ttl = limit(of: namespace) ?? lives(of: namespace)?.longestKnown else { return false }
    var age = min(idle.value ?? ttl / 2, lived ?? .max, ttl)
    // Soon after watching began, it was most likely stored before.
    if lived == nil, trace.removed > began, trace.removed &- began < ttl { age = max(age, trace.removed &- began) }
    return isOver(trace, namespace, lived: age, age: UInt32(clamping: UInt64(age) + UInt64(gone)))
  }

  /// Whether something has begun the time to live anew of a key that lived for so long. Of one that lived far longer than others, it is not
  /// sure that it had the same time to live, unless that is declared.
  private func isRefreshed(_ namespace: Int, lived: UInt32) -> Bool {
    refreshes[namespace].areUsual
      || declared[namespace].map { Refreshes.isOne(lived: lived, ttl: $0, late: pace.longest) } ?? false
  }

  /// The lives of a namespace's keys, where they don't all have the time to live that is declared or learned.
  private func lives(of namespace: Int) -> Lifetimes? {
    if declared[namespace] != nil { return nil }
    // Lives that were begun anew are longer than the times to live that they consist of.
    if refreshes[namespace].areUsual, limit(of: namespace) != nil { return nil }
    if said[namespace].isKnown { return said[namespace] }
    let learned = learned[namespace]
    return learned.isSpread(pace) && learned.lives.isKnown ? learned.lives : nil
  }

  /// Whether the time to live is over at an age of a key that lived for a time at least. Where keys have different ones, as many are as
  /// those times say, and always the same.
  private func isOver(_ trace: KeyTrace, _ namespace: Int, lived: UInt32, age: UInt32) -> Bool {
    guard let lives = lives(of: namespace) else {
      guard let ttl = limit(of: namespace), age >= ttl else { return false }
      return declared[namespace] != nil || !Refreshes.isOne(lived: lived, ttl: ttl, late: pace.longest)
    }
    if lives.count(longerThan: lived) == 0, let longest = lives.longestKnown {
      return age >= longest && !Refreshes.isOne(lived: lived, ttl: longest, late: pace.longest)
    }
    return trace.draw >= lives.part(of: lived, until: age)
  }
}

extension KeyTrace {
  /// A number in 0..<1, the same for the same life of the same key.
  fileprivate var draw: Double {
    Double(((hash ^ UInt64(missed)) &* 0x9E37_79B9_7F4A_7C15) >> 11) / Double(1 << 53)
  }
}
