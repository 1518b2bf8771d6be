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

extension Sample {
  /// Bytes that the server read from its clients since its statistics began; nil when it does not say.
  public var inputBytes: Int64? {
    forEachNamed("redis_net_input_bytes_total")
  }

  private func forEachNamed(_ name: String) -> Int64? {
    catalog.definitions.firstIndex { $0.family.name == name }.flatMap { self[SeriesIndex($0)] }.map {
      Int64($0.double)
    }
  }
}
