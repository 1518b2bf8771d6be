import Health
import Namespaces
import TimeSeries

extension LookupCorrection {
  /// What an earlier life of cachegauge knew of its own lookups, from the last row of its history; nil where there is none.
  ///
  /// So the corrected counters go on over a restart, and don't rise by what was subtracted before.
  init?(resuming ring: Ring) {
    guard ring.epoch != 0, let newest = ring.span?.newest else { return nil }
    func last(_ name: String) -> (time: Int64, value: Int64)? {
      guard let id = ring.id(named: name) else { return nil }
      guard let sample = ring.samples(of: id, from: newest - 3_600_000, to: newest).last else { return nil }
      return sample.value.rescaled(toDigits: 0).map { (sample.time, $0.mantissa) }
    }
    guard let hits = last("redis_keyspace_hits_total"), let misses = last("redis_keyspace_misses_total"),
      let ownHits = last(HistorySeries.ownHits), let ownMisses = last(HistorySeries.ownMisses),
      let corrected = last(HistorySeries.hits), let correctedMisses = last(HistorySeries.misses),
      [misses.time, ownHits.time, ownMisses.time, corrected.time, correctedMisses.time].allSatisfy({
        $0 == hits.time
      })
    else { return nil }
    self.init(
      epoch: ring.epoch, hits: hits.value, misses: misses.value, ownHits: ownHits.value, ownMisses: ownMisses.value,
      subtracted: hits.value &- corrected.value &+ misses.value &- correctedMisses.value)
  }
}
