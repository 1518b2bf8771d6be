public import CacheModel
import TimeSeries

extension Sample {
  /// How often databases were flushed or swapped since the server's statistics began, as its command statistics say.
  public var flushes: Int64 {
    ["flushall", "flushdb", "swapdb"].reduce(0) { sum, command in
      let series = SeriesDefinition(RedisFamilies.commands, labels: [Label("cmd", command)])
      return sum + (value(series).map { Int64($0.double) } ?? 0)
    }
  }
}
