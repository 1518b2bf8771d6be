public import CacheModel
public import TimeSeries

/// History as OpenMetrics text with a time on each sample, one family after another.
///
/// Times rise within each series, which is what importers ask for. Parts of summaries and histograms are families of type unknown,
/// since OpenMetrics would have their parts interleaved by time.
public struct HistoryText: Sendable {
  private let families: [String: MetricFamily]
  private let names: Set<String>

  /// The end of every document; whatever lacks it was cut off.
  public static let end = Array("# EOF\n".utf8)

  /// A writer for series of these names, described by `families` where one has that name.
  public init(families: [MetricFamily], names: some Sequence<String>) {
    self.families = Dictionary(families.map { ($0.name, $0) }, uniquingKeysWith: { $1 })
    self.names = Set(names)
  }

  /// The lines that begin the family of a series.
  public func head(of name: String, isCounter: Bool) -> [UInt8] {
    let type: MetricType = isCounter ? .counter : .gauge
    guard let family = families[name], family.type == .counter || family.type == .gauge else {
      return FamilyHead(
        MetricFamily(name, type, families[name]?.help ?? "Of cachegauge's history."), isUnknown: true
      )
      .openMetrics
    }
    let base = FamilyHead(family).openMetricsName
    let isTaken = base != name && (names.contains(base) || names.contains(base + "_created"))
    return FamilyHead(family, isUnknown: isTaken).openMetrics
  }

  /// `name{labels} `: what each line of a series begins with.
  public static func prefix(of name: String, labels: [Label]) -> [UInt8] {
    var text = ByteText()
    text.append(name)
    for (index, label) in labels.enumerated() {
      text.append(index == 0 ? "{" : ",")
      text.append(label: label.name, label.value)
    }
    text.append(labels.isEmpty ? " " : "} ")
    return text.bytes
  }

  /// The lines of a series' samples; times are Unix milliseconds. About 60 ns a sample.
  public static func lines(_ samples: [(time: Int64, value: FixedPoint)], prefix: [UInt8]) -> [UInt8] {
    var text = ByteText(capacity: samples.count * (prefix.count + 24))
    for sample in samples {
      text.append(prefix)
      text.append(sample.value)
      text.append(UInt8(ascii: " "))
      text.append(seconds: sample.time)
      text.append(UInt8(ascii: "\n"))
    }
    return text.bytes
  }
}

extension ByteText {
  /// Unix seconds that read back as just these milliseconds also where a reader multiplies by 1000 and cuts off, as Prometheus
  /// does: where the nearest decimal of three digits would lose one, the next larger double is written.
  fileprivate mutating func append(seconds milliseconds: Int64) {
    let (whole, rest) = milliseconds.quotientAndRemainder(dividingBy: 1000)
    if rest == 0 { return append(whole) }
    let seconds = Double(milliseconds) / 1000
    append(Int64(seconds * 1000) == milliseconds ? seconds : seconds.nextUp)
  }
}
