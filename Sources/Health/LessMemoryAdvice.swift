public import CacheModel

/// That a cache could do with less memory, where idle times tell that it would cost less than a hundredth of its lookups a hit, at the
/// upper end of the interval; for the least memory of which that is known. Nil where more memory is advised for any namespace.
public func lessMemoryAdvice(_ target: TargetSnapshot) -> Advice? {
  guard let idle = target.census?.idle, let rate = idle.hitRate,
    !target.advice.contains(where: { $0.kind == .memory }),
    let found = idle.lessMemory.last(where: { $0.factor <= 0.75 && rate - $0.hitRate.interval.lowerBound < 0.01 })
  else { return nil }
  let part = found.factor == 0.5 ? "half" : found.factor == 0.75 ? "three quarters" : Wording.percent(found.factor)
  let used = target.facts.usedMemory.map { " of the \(Wording.bytes(Double($0))) that it uses" } ?? ""
  return Advice(
    namespace: nil, kind: .lessMemory,
    message:
      "\(target.target.name) could do with \(part) of its memory, \(Wording.bytes(Double(found.bytes)))\(used): under "
      + "maxmemory-policy allkeys-lru its hit rate of \(Wording.percent(rate)) would have been "
      + "\(Wording.spread(found.hitRate)) since the walk over all keys before, as far as keys are read as they were then.",
    hitRate: rate, predicted: found.hitRate, memoryFactor: found.factor)
}
