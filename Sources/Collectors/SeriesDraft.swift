import CacheModel
import TimeSeries

/// A poll under way, whatever kind of cache is asked: collectors add values to it, and take them back where they fail.
protocol SeriesDraft {
  /// The poll's planned tick.
  var time: UnixTime { get }
  /// All series of the target, of this poll and before.
  var catalog: SeriesCatalog { get set }
  /// The values, in the order in which they came; a later one of the same series wins.
  var values: [(SeriesIndex, FixedPoint)] { get set }
}

extension SeriesDraft {
  /// Adds a value of a series that is registered already.
  mutating func set(_ index: SeriesIndex, _ value: FixedPoint) { values.append((index, value)) }

  /// Adds a value; registers the series if need be.
  mutating func set(_ family: MetricFamily, suffix: String = "", _ labels: [Label] = [], _ value: FixedPoint) {
    if let index = catalog.register(SeriesDefinition(family, suffix: suffix, labels: labels)) { set(index, value) }
  }

  /// How many values there are.
  var count: Int { values.count }

  /// The values that came after the first `count`: what one collector added.
  func values(after count: Int) -> [(SeriesIndex, FixedPoint)] { Array(values[count...]) }

  /// Takes back what a collector added before it failed.
  mutating func removeValues(after count: Int) { values.removeSubrange(count...) }

  /// All of it as a sample of the server's process `epoch`.
  func sample(epoch: UInt64) -> Sample {
    var sample = Sample(catalog: catalog, time: time, epoch: epoch)
    for (index, value) in values { sample[index] = value }
    return sample
  }
}
