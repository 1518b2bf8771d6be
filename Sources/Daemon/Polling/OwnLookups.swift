import Health
import Namespaces
import TimeSeries

extension LookupCorrection {
  /// What an earlier life of cachegauge knew of its own lookups, from the last row of its history; nil where there is none.
  ///
  /// So the corrected counters go on over a restart, and don't rise by what was subtracted before.
  init?(resuming ring: Ring) {
    guard ring.epoch != 0 else { return nil }
    guard let hits = ring.last("redis_keyspace_hits_total"), let misses = ring.last("redis_keyspace_misses_total"),
      let ownHits = ring.last(HistorySeries.ownHits), let ownMisses = ring.last(HistorySeries.ownMisses),
      let corrected = ring.last(HistorySeries.hits), let correctedMisses = ring.last(HistorySeries.misses),
      [misses.time, ownHits.time, ownMisses.time, corrected.time, correctedMisses.time].allSatisfy({
        $0 == hits.time
      })
    else { return nil }
    self.init(
      epoch: ring.epoch, hits: hits.value, misses: misses.value, ownHits: ownHits.value, ownMisses: ownMisses.value,
      subtracted: hits.value &- corrected.value &+ misses.value &- correctedMisses.value)
  }
}

extension Ring {
  /// A count's last value within the last hour of history, and its time; nil where there is none.
  func last(_ name: String) -> (time: Int64, value: Int64)? {
    guard let newest = span?.newest, let id = id(named: name) else { return nil }
    guard let sample = samples(of: id, from: newest - 3_600_000, to: newest).last else { return nil }
    return sample.value.rescaled(toDigits: 0).map { (sample.time, $0.mantissa) }
  }
}
