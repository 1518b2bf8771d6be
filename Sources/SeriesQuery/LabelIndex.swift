public import CacheModel
internal import Locked
public import TimeSeries

/// A ring and what its series are called from outside.
public struct SeriesSource: Sendable {
  /// The history of one target.
  public let ring: Ring
  /// Labels that each of its series has in front of its own, such as `target`.
  public let labels: [Label]

  /// A ring whose series carry `labels` first.
  public init(_ ring: Ring, labels: [Label] = []) {
    self.ring = ring
    self.labels = labels
  }
}

/// One series of a ring, its name taken apart.
public struct IndexedSeries: Sendable {
  /// Where it lies.
  public let ring: Ring
  /// What it is in the ring.
  public let id: SeriesID
  /// How falls of its value are read.
  public let kind: SeriesKind
  /// The metric's name.
  public let name: String
  /// In the order of `/metrics`: the source's, then its own.
  public let labels: [Label]
}

/// Finds series by their labels. It keeps the names of each ring taken apart: about 200 bytes a series. Safe from any thread.
public final class LabelIndex: Sendable {
  private struct Entry: Sendable {
    var key: String
    var name: String
    var labels: [Label]

    /// As they are called on `/metrics`, where the target has labels of its own.
    func labels(beside target: [Label]) -> [Label] {
      let names = labels.map(\.name)
      guard target.contains(where: { names.contains($0.name) }) else { return labels }
      return zip(Label.names(names, beside: target), labels).map { Label($0, $1.value) }
    }
  }

  /// By ring; nil for a key that is no series' name in PromQL.
  private let known = Locked<[String: [Entry?]]>([:])

  /// An index that has kept nothing yet.
  public init() {}

  /// The series that some of `selectors` accepts, each once: by source, then as registered. Takes the ring's lock once, for a
  /// copy of two references.
  public func series(of sources: [SeriesSource], matching selectors: [Selector]) -> [IndexedSeries] {
    sources.flatMap { source in
      let all = source.ring.series { _ in true }
      let entries = entries(of: source.ring.name, all)
      return zip(all, entries).compactMap { description, entry -> IndexedSeries? in
        guard let entry else { return nil }
        let labels = source.labels + entry.labels(beside: source.labels)
        guard selectors.contains(where: { $0.accepts(name: entry.name, labels: labels) }) else { return nil }
        return IndexedSeries(
          ring: source.ring, id: description.id, kind: description.kind, name: entry.name, labels: labels)
      }
    }
  }

  private func entries(of ring: String, _ series: [SeriesDescription]) -> [Entry?] {
    var entries = known.withLock { $0[ring] } ?? []
    let isCurrent =
      entries.count == series.count && zip(entries, series).allSatisfy { $0?.key ?? $1.name == $1.name }
    if isCurrent { return entries }
    entries = series.map { Self.entry($0.name) }
    let result = entries
    known.withLock { $0[ring] = result }
    return entries
  }

  private static func entry(_ key: String) -> Entry? {
    guard let selector = try? Selector(parsing: key), let name = selector.name else { return nil }
    let labels = selector.matchers.filter { $0.name != "__name__" }
    guard labels.allSatisfy({ $0.operation == .equal }) else { return nil }
    return Entry(key: key, name: name, labels: labels.map { Label($0.name, $0.value) })
  }
}
