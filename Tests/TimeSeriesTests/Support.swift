import TimeSeries

/// Everything that was appended, kept plainly.
struct Model {
  struct Sample: Equatable {
    var time: Int64
    var value: FixedPoint
  }

  var samples: [[Sample]] = []
  var times: [Int64] = []

  mutating func append(_ row: Row, at time: Int64, ids: [SeriesID]) {
    times.append(time)
    while samples.count < ids.count { samples.append([]) }
    for (index, id) in ids.enumerated() {
      if let value = row[id] { samples[index].append(Sample(time: time, value: value)) }
    }
  }
}

/// A store with one ring.
func makeRing(
  memory: Int = 64 << 20, rollupMemory: Int = 16 << 20, period: Int64 = 1000, maximumRows: Int = 1024,
  rules: [DerivationRule] = []
) -> (TimeSeriesStore, Ring) {
  let store = TimeSeriesStore(
    configuration: Configuration(
      memory: memory, rollupMemory: rollupMemory, maximumRows: maximumRows, rules: rules))
  return (store, store.ring(named: "target", period: period))
}

let midnight: Int64 = 1_795_219_200_000
