public import CacheModel
import TimeSeries

/// Reads ``KeyspaceFigures`` out of samples. Keeps the series' places: a poll costs some nanoseconds for each database.
public struct KeyspaceReading: Sendable {
  private static let commands = ["flushall", "flushdb", "swapdb"]
  /// The most databases that are looked at.
  private static let most = 1024

  private var databases: [(number: Int, index: SeriesIndex)] = []
  /// The same of keys with a time to live.
  private var expiring: [(number: Int, index: SeriesIndex)] = []
  private var calls: [SeriesIndex?] = [nil, nil, nil]
  /// How many of the catalog's series were looked at.
  private var known = 0

  /// Nothing was read yet.
  public init() {}

  /// What a sample of a target says; `commands` is the number of all that the server ran. All samples must be of one target.
  public mutating func read(_ sample: Sample, commands: Int64?) -> KeyspaceFigures {
    learn(sample.catalog)
    var figures = KeyspaceFigures(commands: commands)
    figures.keys = Self.counts(databases, sample)
    figures.expiring = Self.counts(expiring, sample)
    let counts = calls.map { index in index.flatMap { sample[$0] }.map { max(0, $0.whole) } ?? 0 }
    (figures.flushAlls, figures.flushes, figures.swaps) = (counts[0], counts[1], counts[2])
    return figures
  }

  private static func counts(_ series: [(number: Int, index: SeriesIndex)], _ sample: Sample) -> [Int64] {
    var counts: [Int64] = []
    for (number, index) in series {
      guard let count = sample[index] else { continue }
      while counts.count <= number { counts.append(0) }
      counts[number] = max(0, count.whole)
    }
    return counts
  }

  private mutating func learn(_ catalog: SeriesCatalog) {
    if catalog.count < known { self = Self() }
    for position in known..<catalog.count {
      let definition = catalog[SeriesIndex(position)]
      guard let label = definition.labels.first?.value, definition.suffix.isEmpty else { continue }
      switch definition.family.name {
      case RedisFamilies.databaseKeys.name:
        if let number = Self.database(label) { databases.append((number, SeriesIndex(position))) }
      case RedisFamilies.databaseKeysExpiring.name:
        if let number = Self.database(label) { expiring.append((number, SeriesIndex(position))) }
      case RedisFamilies.commands.name:
        if let command = Self.commands.firstIndex(of: label) { calls[command] = SeriesIndex(position) }
      default: break
      }
    }
    known = catalog.count
  }

  private static func database(_ label: String) -> Int? {
    guard label.hasPrefix("db"), let number = Int(label.dropFirst(2)), (0..<most).contains(number) else {
      return nil
    }
    return number
  }
}

extension Sample {
  /// Bytes that the server read from its clients since its statistics began, 0 or more; nil when it does not say.
  public var inputBytes: Int64? {
    let series = catalog.first { $0.family.name == "redis_net_input_bytes_total" }
    return series.flatMap { self[$0] }.flatMap(\.whole.asCount)
  }
}
