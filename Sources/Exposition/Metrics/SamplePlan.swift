import CacheModel

/// How one target's catalog is written: the text of its families, and which series each line is.
///
/// Made once for each state of a catalog, since names and labels do not change between polls; only values do.
final class SamplePlan: Sendable {
  /// What the plan was made of.
  private let catalog: SeriesCatalog
  /// `target="name"`, and what other labels the target has; empty for none.
  let targetLabel: [UInt8]
  let outline: Shared<CatalogOutline>
  /// Of each family of the outline.
  let families: [Shared<FamilyText>]
  /// The series of each line, of all families in their order.
  let indices: [SeriesIndex]

  /// Plans `catalog`. A definition whose name or labels are not valid is left out, since one bad line would cost
  /// the whole scrape.
  init(_ catalog: SeriesCatalog, target: Target, format: MetricsFormat, table: FamilyTexts) {
    self.catalog = catalog
    targetLabel = target.labelText
    var entries = catalog.definitions.enumerated().compactMap { position, definition in
      Entry(definition, at: position, beside: target.shownLabels)
    }
    let split = format == .openMetrics ? Self.invalidSummaries(entries) : []
    for index in entries.indices where split.contains(entries[index].name) { entries[index].becomeUnknown() }
    entries.sort()
    indices = entries.map(\.index)
    var outline = CatalogOutline()
    var families: [Shared<FamilyText>] = []
    var rest = entries[...]
    while let first = rest.first {
      let family = rest.prefix { $0.name == first.name }
      rest = rest[family.endIndex...]
      outline.append(table.head(first.family, isUnknown: first.isUnknown), lines: family.count)
      families.append(table.texts(Self.text(of: family, format)))
    }
    self.outline = table.outlines(outline)
    self.families = families
  }

  private static func text(of entries: ArraySlice<Entry>, _ format: MetricsFormat) -> FamilyText {
    var lines: [FamilyText.Line] = []
    lines.reserveCapacity(entries.count)
    var text = ByteText()
    for entry in entries {
      let start = Int32(text.bytes.count)
      entry.writeName(to: &text)
      let own = Int32(text.bytes.count)
      entry.writeLabels(to: &text, format)
      lines.append(FamilyText.Line(start: start, own: own, end: Int32(text.bytes.count)))
    }
    return FamilyText(lines: lines, bytes: text.bytes)
  }

  /// Whether this is the plan of `catalog`: at once where both share storage.
  func isPlan(of catalog: SeriesCatalog, targetLabel: [UInt8]) -> Bool {
    self.targetLabel == targetLabel && self.catalog.isSame(as: catalog)
  }

  /// Summaries with a quantile outside 0…1, which OpenMetrics forbids: their parts become families of type unknown.
  private static func invalidSummaries(_ entries: [Entry]) -> Set<String> {
    Set(
      entries.lazy.filter { entry in
        guard entry.definition.family.type == .summary, entry.definition.suffix.isEmpty else { return false }
        return !(0...1).contains(entry.bound)
      }.map(\.name))
  }
}

/// A series in the order in which it is written.
private struct Entry: Comparable {
  let definition: SeriesDefinition
  let index: SeriesIndex
  /// The series' own, as they are called beside the target's.
  private let labels: [Label]
  /// The family's name as written.
  var name: String
  var isUnknown = false
  /// `le` or `quantile` as a number; 0 without one.
  let bound: Double
  private let identity: [String]
  private let rank: Int

  init?(_ definition: SeriesDefinition, at position: Int, beside target: [Label]) {
    let names = definition.labels.map(\.name)
    guard MetricName.isValid(metric: definition.family.name + definition.suffix),
      names.allSatisfy(MetricName.isValid(label:)), Set(names).count == names.count
    else { return nil }
    self.definition = definition
    let free = Label.names(names, beside: target)
    labels = free == names ? definition.labels : zip(free, definition.labels).map { Label($0, $1.value) }
    index = SeriesIndex(position)
    name = definition.family.name
    let boundName = Self.boundName(definition)
    bound = definition.labels.first { $0.name == boundName }.flatMap { Double($0.value) } ?? 0
    identity = labels.filter { $0.name != boundName }.flatMap { [$0.name, $0.value] }
    rank = ["", "_bucket", "_sum", "_count"].firstIndex(of: definition.suffix) ?? 4
  }

  /// As it is written.
  var family: MetricFamily {
    isUnknown ? MetricFamily(name, definition.family.type, definition.family.help) : definition.family
  }

  /// Leaves the family for one of its own, of type unknown, with the name that the series has.
  mutating func becomeUnknown() {
    name = definition.family.name + definition.suffix
    isUnknown = true
  }

  func writeName(to text: inout ByteText) {
    text.append(definition.family.name)
    text.append(definition.suffix)
    text.append("{")
  }

  func writeLabels(to text: inout ByteText, _ format: MetricsFormat) {
    let boundName = isUnknown || format != .openMetrics ? nil : Self.boundName(definition)
    for label in labels {
      text.append(",")
      text.append(
        label: label.name, label.name == boundName ? MetricName.canonicalBound(label.value) : label.value)
    }
    text.append("} ")
  }

  /// By family, then labels, then within a summary or histogram as OpenMetrics wants it, then as registered.
  static func < (left: Entry, right: Entry) -> Bool {
    if left.name != right.name { return left.name < right.name }
    if left.identity != right.identity { return left.identity.lexicographicallyPrecedes(right.identity) }
    if left.rank != right.rank { return left.rank < right.rank }
    if left.bound != right.bound { return left.bound < right.bound }
    return left.index.position < right.index.position
  }

  static func == (left: Entry, right: Entry) -> Bool { left.index == right.index }

  private static func boundName(_ definition: SeriesDefinition) -> String? {
    switch definition.family.type {
    case .histogram: "le"
    case .summary: "quantile"
    case .counter, .gauge: nil
    }
  }
}
