public import CacheModel

/// Advice from the causes of misses, for each namespace whose notifications are heard; in the configuration's order.
///
/// Given only with evidence: at least ``leastMisses`` observed misses. What evictions bind is told so, with what more memory would
/// bring, and gets no prediction of a longer time to live, which would gain little there.
public func causeAdvice(_ target: TargetSnapshot) -> [Advice] {
  target.namespaces.compactMap { counts in
    guard let observed = counts.observed, observed.heardTotal - observed.bridged >= leastMisses else { return nil }
    let evidence = CauseEvidence(counts, observed.ofAll, target)
    return evidence.memory ?? evidence.longerTTL ?? evidence.neither
  }
}

/// Fewer misses are no evidence.
private let leastMisses: Int64 = 200

private struct CauseEvidence {
  let name: String
  let observed: ObservedMisses
  let hitRate: Double?
  /// The part of all removals of the target that were evictions.
  let evictedPart: Double
  let maximumMemory: Double?
  let used: Double?
  /// What its keys take by the census; nil where they are not counted.
  let bytes: Double?

  init(_ counts: NamespaceCounts, _ observed: ObservedMisses, _ target: TargetSnapshot) {
    name = counts.definition.name
    self.observed = observed
    maximumMemory = target.facts.maximumMemory.flatMap { $0 > 0 ? Double($0) : nil }
    used = target.facts.usedMemory.map(Double.init)
    bytes = counts.census?.memoryBytes.map(Double.init)
    let events = target.observation?.events ?? [:]
    let evicted = Double(events[.evicted] ?? 0)
    // A Memcached's log does not tell of keys that were freed since their time was over: the server counts those.
    let freed = target.observation?.log == nil ? 0 : Double(target.facts.expiredKeys ?? 0)
    let removed = evicted + Double(events[.expired] ?? 0) + freed
    evictedPart = removed > 0 ? evicted / removed : 0
    if let sampled = counts.sampled[300] ?? counts.sampled[60] {
      hitRate = sampled.ratio
    } else if [.counters, .memcached, .watched].contains(counts.origin), let hits = counts.hits,
      let misses = counts.misses, hits > 0, misses >= 0
    {
      hitRate = Double(hits) / Double(hits + misses)
    } else {
      hitRate = nil
    }
  }

  private func share(_ cause: MissCause) -> Double {
    observed.shares?.first { $0.cause == cause }?.share ?? 0
  }

  /// Memory first, where keys lose their place; with the least of the higher limits that spares a tenth of all misses, or else
  /// with the highest of those that are known.
  var memory: Advice? {
    let isMostlyOther = share(.cold) >= 0.5 || share(.invalidated) >= 0.5
    let wouldBeEvicted = evictedPart >= 0.2 && share(.expired) >= 0.2 && !isMostlyOther
    guard share(.evicted) >= 0.2 || wouldBeEvicted else { return nil }
    let found =
      observed.moreMemory.first { $0.spared.interval.lowerBound >= 0.1 } ?? observed.moreMemory.last
    var message =
      "Memory comes first: \(Wording.percent(share(.evicted))) of \(name)'s misses are of evicted keys, and "
      + "\(Wording.percent(evictedPart)) of all removals are evictions; a longer time to live would gain little. "
    let predicted = found.flatMap { found in hitRate.map { after(found.spared, $0) } }
    message += found.map { text(of: $0, predicted) } ?? "How much more memory would bring is not known yet."
    return Advice(
      namespace: name, kind: .memory, message: message, hitRate: hitRate, predicted: predicted,
      memoryFactor: found?.factor)
  }

  private func text(of found: MoreMemory, _ predicted: SampledRatio?) -> String {
    let limit = maximumMemory.map { " (\(Wording.bytes($0 * found.factor)))" } ?? ""
    return
      "With \(Wording.decimal(found.factor, places: 2)) times the memory\(limit), \(Wording.spread(found.spared)) of its "
      + "misses would have been hits" + (predicted.map { ": " + rise(to: $0) } ?? "") + "."
  }

  /// The hit rate when a part of the misses turn into hits.
  private func after(_ spared: SampledRatio, _ rate: Double) -> SampledRatio {
    func after(_ part: Double) -> Double { rate + (1 - rate) * part }
    return SampledRatio(
      ratio: after(spared.ratio), interval: after(spared.interval.lowerBound)...after(spared.interval.upperBound))
  }

  private func rise(to predicted: SampledRatio) -> String {
    hitRate.map { "\(Wording.percent($0)) → \(Wording.spread(predicted))" } ?? ""
  }

  /// The shortest of the longer times to live that saves a tenth of all misses.
  var longerTTL: Advice? {
    guard let ttl = observed.ttl, evictedPart < 0.02 else { return nil }
    let expired = share(.expired)
    guard let best = observed.longerTTLs.first(where: { $0.saved.interval.lowerBound * expired >= 0.1 }) else {
      return nil
    }
    let saved = best.saved
    let longer = ttl * best.factor
    let part = SampledRatio(
      ratio: saved.ratio * expired,
      interval: (saved.interval.lowerBound * expired)...(saved.interval.upperBound * expired))
    let predicted = hitRate.map { after(part, $0) }
    var message =
      "Raising \(name)'s time to live from \(Wording.duration(ttl)) to \(Wording.duration(longer)) would have turned "
      + "\(Wording.spread(saved)) of its expiry misses into hits" + (predicted.map { ": " + rise(to: $0) } ?? "")
    message += ", if the data may be that old" + memoryText(factor: best.factor, missesLeft: 1 - part.ratio) + "."
    return Advice(
      namespace: name, kind: .ttl, message: message, hitRate: hitRate, predicted: predicted, ttl: longer)
  }

  /// What the keys that then live longer take: as many more as they live longer, but for the stores that hits spare.
  private func memoryText(factor: Double, missesLeft: Double) -> String {
    guard let maximumMemory else { return "" }
    guard let bytes, let used else { return " and memory suffices" }
    let added = bytes * max(0, factor * missesLeft - 1)
    let left = max(0, maximumMemory - used)
    guard added > left * 0.9 else { return "; its keys would take \(Wording.bytes(added)) more" }
    return
      "; but its keys would take \(Wording.bytes(added)) more and only \(Wording.bytes(left)) are left below maxmemory, so raise "
      + "that first, or keys are evicted instead"
  }

  /// Where neither a longer time to live nor memory would help.
  var neither: Advice? {
    if share(.cold) >= 0.5 {
      return Advice(
        namespace: name, kind: .cold,
        message:
          "Neither memory nor a longer time to live would help \(name) much: \(Wording.percent(share(.cold))) of "
          + "its misses are of keys that were never there. Warm what is known to be read, or make keys less diverse.",
        hitRate: hitRate)
    }
    guard share(.invalidated) >= 0.5 else { return nil }
    return Advice(
      namespace: name, kind: .invalidation,
      message:
        "Neither memory nor a longer time to live would help \(name) much: "
        + "\(Wording.percent(share(.invalidated))) of its misses follow deletions. Delete less broadly, or store the new value instead of deleting.",
      hitRate: hitRate)
  }
}
