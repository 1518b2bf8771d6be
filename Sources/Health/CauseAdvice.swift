public import CacheModel

/// Advice from the causes of misses, for each namespace whose notifications are heard; in the configuration's order.
///
/// Given only with evidence: at least ``leastMisses`` observed misses of late, and none of a replica, which does not tell why its master
/// removes keys. What evictions bind is told so, with what more memory would bring, and gets no prediction of a longer time to live,
/// which would gain little there. Whatever is said of causes holds at the lower end of their shares' intervals.
public func causeAdvice(_ target: TargetSnapshot) -> [Advice] {
  guard !target.facts.isReplica else { return [] }
  return target.namespaces.compactMap { counts in
    guard let observed = counts.observed?.ofAll, let recent = observed.recent, recent.count >= leastMisses else {
      return nil
    }
    let evidence = CauseEvidence(counts, observed, recent, target)
    return evidence.memory ?? evidence.full ?? evidence.longerTTL ?? evidence.neither
  }
}

/// Fewer misses are no evidence.
private let leastMisses = 200.0

/// From one hit rate to another.
private struct Rise {
  let now: Double
  let predicted: SampledRatio

  /// What the hit rate becomes when such a part of the misses turn into hits.
  init(from now: SampledRatio, sparing part: SampledRatio) {
    self.now = now.ratio
    predicted = now.after(sparing: part)
  }

  var text: String { "\(Wording.percent(now)) → \(Wording.spread(predicted))" }
}

private struct CauseEvidence {
  let name: String
  let observed: ObservedMisses
  let recent: RecentMisses
  /// Of about the time that the causes are of.
  let hitRate: SampledRatio?
  /// What it was, of late but within so many seconds.
  private let hitRateWithin: (Double) -> SampledRatio?
  /// The part of all removals of the target of late that were evictions.
  let evictedPart: Double
  let maximumMemory: Double?
  let used: Double?
  let policy: String?
  /// What its keys take by the census; nil where they are not counted.
  let bytes: Double?

  init(
    _ counts: NamespaceCounts, _ observed: ObservedMisses, _ recent: RecentMisses, _ target: TargetSnapshot
  ) {
    name = counts.definition.name
    self.observed = observed
    self.recent = recent
    maximumMemory = target.facts.maximumMemory.flatMap { $0 > 0 ? Double($0) : nil }
    used = target.facts.usedMemory.map(Double.init)
    policy = target.facts.evictionPolicy
    bytes = counts.census.flatMap { $0.keys > 0 ? $0.memoryBytes : nil }.map(Double.init)
    evictedPart = target.observation?.evictedPart ?? 0
    hitRateWithin = { counts.hitRate(within: $0, target.health) }
    hitRate = hitRateWithin(.infinity) ?? counts.hitRateOfAll
  }

  private func share(_ cause: MissCause) -> Double { known(cause)?.share ?? 0 }

  /// What its share is at least.
  private func least(_ cause: MissCause) -> Double { known(cause)?.interval.lowerBound ?? 0 }

  private func known(_ cause: MissCause) -> CauseShare? { recent.shares.first { $0.cause == cause } }

  /// The time that the shares are of.
  private var time: String { "of about the last \(Wording.duration(recent.seconds))" }

  private var isMostlyOther: Bool { share(.cold) >= 0.5 || share(.invalidated) >= 0.5 }

  /// Memory first, where keys lose their place; with the least of the higher limits that spares a tenth of all misses, or else
  /// with the highest of those that are known.
  var memory: Advice? {
    let wouldBeEvicted = evictedPart >= 0.2 && least(.expired) >= 0.2 && !isMostlyOther
    guard least(.evicted) >= 0.2 || wouldBeEvicted else { return nil }
    let found =
      observed.moreMemory.first { $0.spared.interval.lowerBound >= 0.1 } ?? observed.moreMemory.last
    var message =
      "Memory comes first: \(Wording.percent(share(.evicted))) of \(name)'s misses \(time) are of evicted keys, and "
      + "\(Wording.percent(evictedPart)) of all removals are evictions; a longer time to live would gain little. "
    // What it would spare is known of a shorter time than the causes: not of that in which the cache was filled.
    let before = found.flatMap { hitRateWithin($0.seconds) }
    let rise = found.flatMap { found in before.map { Rise(from: $0, sparing: found.spared) } }
    message += found.map { text(of: $0, rise) } ?? "How much more memory would bring is not known yet."
    return Advice(
      namespace: name, kind: .memory, message: message, hitRate: (before ?? hitRate)?.ratio,
      predicted: rise?.predicted, memoryFactor: found?.factor)
  }

  private func text(of found: MoreMemory, _ rise: Rise?) -> String {
    let limit = maximumMemory.map { " (\(Wording.bytes($0 * found.factor)))" } ?? ""
    return
      "With \(Wording.decimal(found.factor, places: 2)) times the memory\(limit), \(Wording.spread(found.spared)) of its "
      + "misses would have been hits" + (rise.map { ": \($0.text)" } ?? "") + "."
  }

  /// The shortest of the longer times to live that saves a tenth of all misses.
  var longerTTL: Advice? {
    guard let ttl = observed.ttl, evictedPart < 0.02 else { return nil }
    guard let expired = known(.expired),
      let best = observed.longerTTLs.first(where: { $0.saved.interval.lowerBound * least(.expired) >= 0.1 })
    else { return nil }
    let saved = best.saved
    let longer = ttl * best.factor
    let low = saved.interval.lowerBound * expired.interval.lowerBound
    let part = SampledRatio(
      ratio: saved.ratio * expired.share,
      interval: low...(saved.interval.upperBound * expired.interval.upperBound))
    let room = AdvisedRoom(
      bytes: bytes, used: used, maximum: maximumMemory, growth: best.factor * (1 - part.ratio) - 1)
    let change =
      "\(name)'s time to live from \(Wording.duration(ttl)) to \(Wording.duration(longer)) would have turned "
      + "\(Wording.spread(saved)) of its expiry misses \(time) into hits"
    if let room, !room.suffices {
      let consequence = isKeepingAll ? "what comes then is refused" : "keys are evicted instead"
      return Advice(
        namespace: name, kind: .memory,
        message:
          "Memory comes first: raising \(change), but \(room.text), so that \(consequence). Raise that first.",
        hitRate: hitRate?.ratio)
    }
    let rise = hitRate.map { Rise(from: $0, sparing: part) }
    var message = "Raising \(change)" + (rise.map { ": \($0.text)" } ?? "") + ", if the data may be that old"
    if bytes != nil, let room {
      message += "; \(room.text)"
    } else if maximumMemory != nil {
      message += " and memory suffices"
    }
    return Advice(
      namespace: name, kind: .ttl, message: message + ".", hitRate: hitRate?.ratio, predicted: rise?.predicted,
      ttl: longer)
  }

  private var isKeepingAll: Bool { policy == "noeviction" }

  /// A full server that evicts nothing refuses stores. Then keys are missed again and again that would be there for longer if they
  /// had been stored at all.
  var full: Advice? {
    guard isKeepingAll, let used, let maximumMemory, used >= 0.95 * maximumMemory, least(.expired) >= 0.2,
      !isMostlyOther
    else { return nil }
    return Advice(
      namespace: name, kind: .memory,
      message:
        "Memory comes first: \(Wording.percent(used / maximumMemory)) of maxmemory is used, and with noeviction a full server refuses "
        + "to store, so that keys which expired are missed again and again: \(Wording.percent(share(.expired))) of \(name)'s misses "
        + "\(time). A longer time to live would leave even less room. Raise maxmemory, or let the server evict.",
      hitRate: hitRate?.ratio)
  }

  /// Where neither a longer time to live nor memory would help.
  var neither: Advice? {
    if least(.cold) >= 0.5 {
      return Advice(
        namespace: name, kind: .cold,
        message:
          "Neither memory nor a longer time to live would help \(name) much: \(Wording.percent(share(.cold))) of "
          + "its misses \(time) are of keys that were never there. Warm what is known to be read, or make keys less diverse.",
        hitRate: hitRate?.ratio)
    }
    guard least(.invalidated) >= 0.5 else { return nil }
    return Advice(
      namespace: name, kind: .invalidation,
      message:
        "Neither memory nor a longer time to live would help \(name) much: "
        + "\(Wording.percent(share(.invalidated))) of its misses \(time) follow deletions. Delete less broadly, or store the new value instead of deleting.",
      hitRate: hitRate?.ratio)
  }
}
