import CacheModel
import Health
import Namespaces
import TimeSeries

extension CountedCauses {
  /// One that goes on where history ends, over a restart or a reload; where that does not know the causes of all misses, a new one.
  ///
  /// So the misses of an earlier life keep their causes, and no series rises by what had another.
  init(resuming ring: Ring, of namespace: String) {
    guard let all = ring.last(HistorySeries.misses(of: namespace)) else {
      self.init()
      return
    }
    let causes = MissCause.allCases.map { cause -> Int64 in
      let last = ring.last(HistorySeries.misses(of: namespace, cause))
      return last.map { $0.time == all.time ? $0.value : 0 } ?? 0
    }
    self.init(told: causes.reduce(0, &+) == all.value ? causes : nil)
  }
}
