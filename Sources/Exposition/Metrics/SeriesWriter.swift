import CacheModel
import TimeSeries

/// Writes one family after another; a family's head appears with its first series, so one without series leaves no trace.
struct SeriesWriter {
  private(set) var text: ByteText
  private let format: MetricsFormat
  private var head: FamilyHead?
  private var name = ""
  private var isOpenMetricsCounter = false
  private var labelNames: [String] = []
  private var targetLabel: [UInt8] = []
  private var takenNames: Set<String> = []

  init(format: MetricsFormat, capacity: Int) {
    self.format = format
    text = ByteText(capacity: capacity)
  }

  /// Begins a family.
  mutating func begin(_ head: FamilyHead) {
    self.head = head
    name = head.family.name
    isOpenMetricsCounter = format == .openMetrics && head.family.type == .counter
  }

  /// Series from here on carry this text first, `target="name"`, or none when it is empty; `labels` name what
  /// ``integer(_:_:)`` and ``number(_:_:)`` get.
  mutating func begin(target label: [UInt8], labels: [String]) {
    targetLabel = label
    labelNames = labels
  }

  /// A series of the family; none when there is no value.
  mutating func integer(_ value: Int64?, _ labels: String...) {
    guard let value, allows(value), series(labels) else { return }
    text.append(value)
    text.append(UInt8(ascii: "\n"))
  }

  /// A series of the family; none when there is no value.
  mutating func number(_ value: Double?, _ labels: String...) {
    guard let value, allows(value), series(labels) else { return }
    text.append(value)
    text.append(UInt8(ascii: "\n"))
  }

  /// Every series of a group that has a value in `sample`.
  mutating func group(_ group: SamplePlan.Group, of plan: SamplePlan, _ sample: Sample) {
    for line in plan.lines[group.lines] {
      guard let value = sample[line.index], allows(value.mantissa) else { continue }
      writeHead()
      text.append(plan.bytes[line.bytes])
      text.append(value)
      text.append(UInt8(ascii: "\n"))
    }
  }

  /// The text, ended as the format wants it.
  mutating func finish() -> [UInt8] {
    if format == .openMetrics { text.append("# EOF\n") }
    return text.bytes
  }

  private mutating func writeHead() {
    guard let begun = head else { return }
    head = nil
    guard format == .openMetrics else { return text.append(begun.text) }
    let base = begun.openMetricsName
    let isTaken = base != begun.family.name && (takenNames.contains(base) || takenNames.contains(base + "_created"))
    text.append(isTaken ? begun.openMetricsUnknown : begun.openMetrics)
    takenNames.insert(isTaken ? begun.family.name : base)
  }

  /// OpenMetrics has no counters below zero, nor ones that are no number: such a one is left out there.
  private func allows(_ value: some Comparable & ExpressibleByIntegerLiteral) -> Bool {
    !isOpenMetricsCounter || value >= 0
  }

  /// Everything of a line but its value; false when no family has begun.
  private mutating func series(_ labels: [String]) -> Bool {
    guard labels.count == labelNames.count else {
      preconditionFailure("a row of the family tables gives another number of labels than it names")
    }
    writeHead()
    text.append(name)
    guard !targetLabel.isEmpty || !labels.isEmpty else {
      text.append(UInt8(ascii: " "))
      return true
    }
    text.append(UInt8(ascii: "{"))
    text.append(targetLabel)
    for index in labels.indices {
      if index > 0 || !targetLabel.isEmpty { text.append(UInt8(ascii: ",")) }
      text.append(label: labelNames[index], labels[index])
    }
    text.append("} ")
    return true
  }
}
