import CacheModel

/// A family of cachegauge's own, and how its series come out of a snapshot: one row of the tables beside this file.
struct OwnFamily: Sendable {
  /// What a family speaks of.
  enum Subject: Sendable {
    /// A target, as last known.
    case target(@Sendable (TargetSnapshot, inout SeriesWriter) -> Void)
    /// What has a history of its own: a target as last known, or a cluster as a whole.
    case history(@Sendable (TargetSnapshot, inout SeriesWriter) -> Void)
    /// A target's server, so nothing while the target is down.
    case server(@Sendable (TargetSnapshot, inout SeriesWriter) -> Void)
    /// A cluster or a Sentinel's group as a whole; its series say `cluster` in place of `target`.
    case cluster(@Sendable (TargetSnapshot, ClusterFigures, inout SeriesWriter) -> Void)
    /// cachegauge's own process.
    case exporter(@Sendable (ExporterFigures, inout SeriesWriter) -> Void)
  }

  let head: FamilyHead
  /// Names of the labels besides `target`.
  let labels: [String]
  let subject: Subject

  init(_ name: String, _ type: MetricType, by labels: [String] = [], _ help: String, _ subject: Subject) {
    head = FamilyHead(MetricFamily(name, type, help))
    self.labels = labels
    self.subject = subject
  }

  var name: String { head.family.name }

  /// All tables, sorted by name.
  static let sorted =
    (serverFamilies + namespaceFamilies + censusFamilies + observationFamilies + healthFamilies
    + exporterFamilies + remoteWriteFamilies + clusterFamilies + clusterNamespaceFamilies).sorted {
      $0.name < $1.name
    }

  /// Of all tables.
  static let names = Set(sorted.lazy.map(\.name))

  /// Begins the family, and writes it where it is of the process.
  func begin(to writer: inout SeriesWriter, _ exporter: ExporterFigures?) {
    writer.begin(head)
    guard case .exporter(let body) = subject, let exporter else { return }
    writer.begin(target: [], labels: labels)
    body(exporter, &writer)
  }

  /// Writes the family's series of one target; none where it is of the process.
  func write(_ source: Source, to writer: inout SeriesWriter) {
    if case .exporter = subject { return }
    let target = source.target
    writer.begin(target: source.label, source.labels, labels: Label.names(labels, beside: source.labels))
    if target.target.part == .cluster {
      // The nodes tell the rest, so that sums over targets count each server once.
      switch subject {
      case .cluster(let body): if let cluster = target.cluster { body(target, cluster, &writer) }
      case .history(let body): body(target, &writer)
      case .target, .server, .exporter: return
      }
      return
    }
    switch subject {
    case .target(let body), .history(let body): body(target, &writer)
    case .server(let body): if target.isUp { body(target, &writer) }
    case .cluster, .exporter: return
    }
  }
}
