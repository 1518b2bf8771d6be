import CacheModel
import Health
import Namespaces
import TimeSeries

extension CountedCauses {
  /// One that goes on where history ends, over a reload; where that does not know hits and the causes of all misses, a
  /// new one.
  init(resuming ring: Ring, of namespace: String) {
    guard let misses = ring.last(HistorySeries.misses(of: namespace)),
      let hits = ring.last(HistorySeries.hits(of: namespace)), hits.time == misses.time, hits.value >= 0
    else {
      self.init()
      return
    }
    let causes = MissCause.allCases.map { cause -> Int64 in
      let last = ring.last(HistorySeries.misses(of: namespace, cause))
      return last.map { $0.time == misses.time ? max(0, $0.value) : 0 } ?? 0
    }
    guard causes.reduce(0, &+) == misses.value else {
      self.init()
      return
    }
    self.init(hits: hits.value, causes: causes)
  }
}
