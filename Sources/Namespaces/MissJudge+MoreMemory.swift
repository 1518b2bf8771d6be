import CacheModel

/// What the same reads would find in caches with more memory.
///
/// Each sampled key has a copy in each of them, of which only the age is kept: how much earlier it was stored than the real one.
extension MissJudge {
  /// Finds anew how much longer keys would stay. Costs about 50 ns for each key of at most 65,536 of those remembered.
  mutating func deepen(_ room: CacheRoom, at now: UInt32) {
    guard let choice = EvictionChoice(policy: room.policy) else { return depth.begin() }
    depth.choose(choice)
    guard depth.age != nil else { return }
    let factors = GhostDepth.factors.indices
    var ghosts = factors.map { _ in Ghosts() }
    var own = [Double](repeating: 0, count: moreMemory.count)
    var (present, mortals) = (0.0, 0.0)
    let sizes = room.relativeSizes
    let limits = moreMemory.indices.map { limit(of: $0) }
    let part = memory.forSome(65_536) { trace, keys in
      let namespace = Int(trace.namespace)
      let weight = keys * (sizes.flatMap { $0.indices.contains(namespace) ? $0[namespace] : nil } ?? 1)
      let limit = limits.indices.contains(namespace) ? limits[namespace] : nil
      switch trace.state {
      // No cache, however large, holds what was flushed.
      case .evicted where trace.removed <= flushes.all, .filled where trace.missed <= flushes.all: return
      case .evicted:
        let gone = Double(now &- trace.removed)
        let ghost = Ghosts.Ghost(multiple: gone / depth.idle(trace.lived), time: gone, weight: weight)
        for factor in factors {
          let isDead = trace.isOver(factor, limit, now) == true
          ghosts[factor].add(ghost, isMortal: limit != nil, isDead: isDead)
        }
        if own.indices.contains(namespace) { own[namespace] += weight }
      case .filled, .stored:
        if let absent = absentPart(trace, namespace, now) {
          let gone = absence(trace, limit, now)
          let ghost = Ghosts.Ghost(multiple: gone / depth.idle(nil), time: gone, weight: weight * absent)
          for factor in factors where isPerhapsKept(trace, factor, limit) {
            let isDead = trace.isOver(factor, limit, now) == true
            ghosts[factor].add(ghost, isMortal: limit != nil, isDead: isDead)
          }
        }
        present += keys
        guard let limit else { return }
        mortals += keys
        let isDead = now &- trace.missed >= limit
        for factor in factors { ghosts[factor].add(presentWeight: weight, isDead: isDead) }
      case .expired, .invalidated, .lost: return
      }
    }
    // More keys have a time to live than those whose is known.
    areUnknownMortals = room.mortalPart > (present > 0 ? mortals / present : 0) + 0.05
    let rooms = GhostDepth.factors.map { room.added(factor: $0) * part }
    depth.solve(present: room.evictable, rooms: rooms, ghosts: ghosts, at: now)
    takes = own.map { own in rooms.map { own > 0 ? min(1, $0 / own) : 1 } }
  }

  /// How likely a key is still not stored that was missed since its eviction; nil where nothing says that it is not. Then larger caches
  /// hold it as well as those that nobody has missed yet.
  private func absentPart(_ trace: KeyTrace, _ namespace: Int, _ now: UInt32) -> Double? {
    guard trace.state == .filled, trace.isStillEvicted(since: gapEnd),
      // Had it not been stored, it would have been missed again by now.
      Double(now &- trace.missed) <= max(Double(trace.missed &- trace.removed), depth.stay)
    else { return nil }
    let part = trace.isNotStored ? 1 : storing[namespace].unstoredPart
    return part > 0.01 ? part : nil
  }

  /// For how long larger caches had to hold it beyond today's: since the eviction, or as if the last read had put that off.
  private func absence(_ trace: KeyTrace, _ limit: UInt32?, _ now: UInt32) -> Double {
    guard limit == nil, depth.survival.choice != .random else { return Double(now &- trace.removed) }
    return max(0, Double(now &- trace.missed) - depth.idle(nil))
  }

  private func isPerhapsKept(_ trace: KeyTrace, _ factor: Int, _ limit: UInt32?) -> Bool {
    limit != nil || depth.survival.choice == .random || trace.kept(factor).middle
  }

  /// Takes a miss of a key that is in the memory, before its trace is changed. What happened until `gap` is not known, or no cache
  /// outlasted it.
  mutating func imagine(_ slot: Int, _ namespace: Int, _ now: UInt32, gap: UInt32) {
    let trace = memory[slot]
    let known = limit(of: namespace)
    let least = known == nil ? leastLimit(of: namespace) : nil
    let limit = known ?? least
    for factor in GhostDepth.factors.indices {
      var spared = SparedMiss.none
      var kept = SparedMiss.none
      var age = 0.0
      switch trace.state {
      case .evicted:
        let held = held(trace, factor, namespace, now)
        kept = held
        if let age0 = trace.age(factor, limit, now), let limit, age0 >= Double(limit) {
          // It would have expired before, perhaps noticed by a read that the real cache answered.
          let ended = Double(now) - (age0 - Double(limit))
          let lastRead = Double(trace.removed) - depth.idle(trace.lived)
          age = held.middle && ended < lastRead ? min(age0 - Double(limit), Double(limit) - 1) : 0
          // Unless its time to live is longer than the least that it can be: mostly it was, in simulations.
          if least != nil {
            let isLonger = Self.draw(~trace.hash, trace.removed) < 0.85
            spared = SparedMiss(low: false, middle: held.middle && isLonger, high: held.high)
          }
        } else {
          spared = held
          age = held.middle ? trace.age(factor, limit, now) ?? 0 : 0
        }
      case .expired: age = limit.map { Double(trace.olderBy(factor)) / 256 * Double($0) } ?? 0
      case .filled where trace.isStillEvicted(since: gap):
        kept = heldStill(trace, factor, namespace, limit, now)
        let isAlive = trace.isOver(factor, limit, now) == false
        // How long its copy still lives is less sure with each miss, but for those of readers that ask while it is being stored.
        let isSure = limit == nil || least == nil && !trace.isNotStored
        spared = SparedMiss(low: kept.low && isAlive && isSure, middle: kept.middle && isAlive, high: kept.high)
        age = spared.middle ? trace.age(factor, limit, now) ?? 0 : 0
      case .invalidated, .lost, .filled, .stored: break
      }
      if let limit {
        memory[slot].setOlder(factor, age / Double(max(1, limit)))
      } else {
        memory[slot].setKept(factor, kept)
      }
      tell(factor, spared, trace.hash, namespace)
    }
  }

  /// Whether a larger cache still holds an evicted key that was missed before, and not stored then.
  private func heldStill(
    _ trace: KeyTrace, _ factor: Int, _ namespace: Int, _ limit: UInt32?, _ now: UInt32
  ) -> SparedMiss {
    guard limit == nil, depth.survival.choice != .random else { return held(trace, factor, namespace, now) }
    // Each read keeps it there for longer: today's cache would have evicted it one idle time after the last.
    let kept = trace.kept(factor)
    let idle = UInt32(depth.idle(nil))
    let pause = now &- trace.missed
    guard kept.high, pause > idle else { return kept }
    var again = trace
    (again.missed, again.removed) = (0, trace.missed &+ idle)
    let held = held(again, factor, namespace, now)
    return SparedMiss(
      low: kept.low && held.low, middle: kept.middle && held.middle, high: kept.high && held.high)
  }

  /// Whether a larger cache would still hold an evicted key, by one draw for all three answers, and for all misses after one eviction.
  private func held(_ trace: KeyTrace, _ factor: Int, _ namespace: Int, _ now: UInt32) -> SparedMiss {
    let held = depth.isHeld(factor, gone: now &- trace.removed, lived: trace.lived)
    let draw = Self.draw(trace.hash, trace.removed)
    var high = held.high
    // A server that counts reads may give all of the added room to the keys of one namespace, and keep them there.
    if depth.survival.choice == .byFrequency, takes.indices.contains(namespace) {
      high = max(high, takes[namespace][factor])
    }
    return SparedMiss(low: held.low >= draw, middle: held.middle >= draw, high: high >= draw)
  }

  /// What happened lately counts more.
  mutating func fadeMemory(_ factor: Double) {
    for index in moreMemory.indices { moreMemory[index].fade(factor) }
  }

  /// A number in 0…1, the same for the same eviction.
  private static func draw(_ hash: UInt64, _ removed: UInt32) -> Double {
    var mixed = (hash ^ UInt64(removed)) &* 0x9E37_79B9_7F4A_7C15
    mixed = (mixed ^ (mixed >> 31)) &* 0xBF58_476D_1CE4_E5B9
    return (Double(mixed >> 11) + 0.5) / Double(1 << 53)
  }

  /// Counts a sampled miss, once the depth is known.
  mutating func tell(_ factor: Int, _ spared: SparedMiss, _ hash: UInt64, _ namespace: Int) {
    guard depth.isKnown[factor], memory.counts(hash, of: namespace) else { return }
    moreMemory[namespace].add(
      factor: factor, spared, hash: hash, weight: 1 / memory.rate(of: namespace))
  }
}

extension KeyTrace {
  /// How long it lived, where both ends were seen.
  fileprivate var lived: UInt32? { missed > 0 && removed > missed ? removed &- missed : nil }

  /// Whether it was evicted and is missed again without having been stored, as far as anybody watched.
  fileprivate func isStillEvicted(since gap: UInt32) -> Bool {
    causeBefore == .evicted && removed > gap && missed > gap
  }

  /// Whether larger caches held the copy of one without a time to live at its last miss, which takes the place of its age.
  fileprivate func kept(_ factor: Int) -> SparedMiss {
    let bits = olderBy(factor)
    return SparedMiss(low: bits & 1 != 0, middle: bits & 2 != 0, high: bits & 4 != 0)
  }

  fileprivate mutating func setKept(_ factor: Int, _ kept: SparedMiss) {
    setOlder(factor, byte: (kept.low ? 1 : 0) | (kept.middle ? 2 : 0) | (kept.high ? 4 : 0))
  }

  fileprivate func olderBy(_ factor: Int) -> UInt8 {
    switch factor {
    case 0: older.0
    case 1: older.1
    case 2: older.2
    default: older.3
    }
  }

  fileprivate mutating func setOlder(_ factor: Int, _ part: Double) {
    setOlder(factor, byte: UInt8(max(0, min(255, part * 256))))
  }

  private mutating func setOlder(_ factor: Int, byte value: UInt8) {
    switch factor {
    case 0: older.0 = value
    case 1: older.1 = value
    case 2: older.2 = value
    default: older.3 = value
    }
  }

  /// The age of the copy in a larger cache, in units of 10 ms; nil while it is not known when the key was stored.
  fileprivate func age(_ factor: Int, _ limit: UInt32?, _ now: UInt32) -> Double? {
    guard missed > 0 else { return nil }
    return Double(now &- missed) + Double(olderBy(factor)) / 256 * Double(limit ?? 0)
  }

  /// Whether that copy would have expired; nil when that is not known.
  fileprivate func isOver(_ factor: Int, _ limit: UInt32?, _ now: UInt32) -> Bool? {
    guard let limit else { return false }
    guard let age = age(factor, limit, now) else { return nil }
    return age >= Double(limit)
  }
}
