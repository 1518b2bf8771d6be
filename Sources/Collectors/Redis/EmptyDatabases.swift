import CacheModel
import TimeSeries

/// The series of databases without keys: INFO leaves such databases out; they are 0, as redis_exporter has them.
struct EmptyDatabases: Sendable {
  private var indices: [SeriesIndex] = []
  private var known = 0

  /// The most databases that are filled in.
  private static let most = 1024

  /// Sets to 0 what the sample lacks of the first `count` databases. Looks names up only when `count` grows.
  mutating func fill(_ sample: inout Sample, count: Int) {
    let count = max(0, min(count, Self.most))
    if known > count { (indices, known) = ([], 0) }
    while known < count {
      let labels = [Label("db", "db\(known)")]
      for family in [RedisFamilies.databaseKeys, RedisFamilies.databaseKeysExpiring] {
        let definition = SeriesDefinition(family, labels: labels)
        if sample.catalog.index(of: definition) == nil { sample.set(definition, FixedPoint(0)) }
        if let index = sample.catalog.index(of: definition) { indices.append(index) }
      }
      known += 1
    }
    for index in indices where sample[index] == nil { sample[index] = FixedPoint(0) }
  }
}
