import CacheModel
import Health
import Testing

/// A cache of 64 MiB with a hit rate of 93 %, of which these hit rates are predicted, at the least and most likely.
private func target(_ predicted: [(factor: Double, low: Double, ratio: Double)]) -> TargetSnapshot {
  let identity = Target(name: "shop", isNamed: true, kind: .redis, address: "h:1")
  var target = TargetSnapshot(target: identity, time: UnixTime(seconds: 1), interval: 1, namespaces: [])
  target.facts.usedMemory = 64 << 20
  var census = CensusReport()
  census.idle = IdleReport(
    sampledKeys: 16_000, hitRate: 0.93,
    lessMemory: predicted.map { factor, low, ratio in
      LessMemory(
        factor: factor, bytes: Int64(factor * Double(64 << 20)), lostHits: SampledRatio(ratio: 1, interval: 0...2),
        hitRate: SampledRatio(ratio: ratio, interval: low...0.93))
    })
  target.census = census
  return target
}

@Suite struct `Advice to do with less memory` {
  @Test func `names the least memory that costs less than a point at the upper end`() throws {
    let advice = try #require(
      lessMemoryAdvice(target([(0.9, 0.929, 0.93), (0.75, 0.926, 0.929), (0.5, 0.9, 0.929)])))
    #expect(advice.kind == .lessMemory && advice.namespace == nil && advice.memoryFactor == 0.75)
    #expect(advice.hitRate == 0.93 && advice.predicted?.ratio == 0.929)
    #expect(
      advice.message
        == "shop could do with three quarters of its memory, 48.0 MiB of the 64.0 MiB that it uses: under maxmemory-policy "
        + "allkeys-lru its hit rate of 93.0 % would have been 92.9 % (92.6 % to 93.0 %) since the walk over all keys "
        + "before, as far as keys are read as they were then.")
    #expect(lessMemoryAdvice(target([(0.75, 0.926, 0.93), (0.5, 0.925, 0.93)]))?.memoryFactor == 0.5)
  }

  @Test func `is not given where it would save little, cost more, or is not known`() {
    #expect(lessMemoryAdvice(target([(0.9, 0.929, 0.93), (0.75, 0.919, 0.93), (0.5, 0.5, 0.93)])) == nil)
    #expect(lessMemoryAdvice(target([(0.9, 0.929, 0.93)])) == nil)
    #expect(lessMemoryAdvice(target([])) == nil)
    var unasked = target([(0.75, 0.929, 0.93)])
    unasked.census?.idle = nil
    #expect(lessMemoryAdvice(unasked) == nil)
  }

  @Test func `is not given beside the one to give more`() {
    var target = target([(0.75, 0.929, 0.93)])
    target.advice = [Advice(namespace: "menu", kind: .memory, message: "Memory comes first.")]
    #expect(lessMemoryAdvice(target) == nil)
  }
}
