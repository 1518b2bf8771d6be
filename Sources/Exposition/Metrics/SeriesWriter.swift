import CacheModel
import TimeSeries

/// Writes one family after another; a family's head appears with its first series, so one without series leaves no trace. Or gathers
/// what it would write, as points.
struct SeriesWriter {
  private(set) var text: ByteText
  private let format: MetricsFormat
  private var head: FamilyHead?
  private var name = ""
  private var isOpenMetricsCounter = false
  private var labelNames: [String] = []
  private var targetLabel: [UInt8] = []
  private var takenNames: Set<String>
  private var gathered: [SeriesPoint]?
  private var targetLabels: [Label] = []

  /// A writer that writes nothing, and keeps ``points`` instead.
  static var collecting: SeriesWriter {
    var writer = SeriesWriter(format: .prometheusText, capacity: 0)
    writer.gathered = []
    return writer
  }

  /// What was gathered.
  var points: [SeriesPoint] { gathered ?? [] }

  /// `takenNames` are names of families in OpenMetrics that were written elsewhere.
  init(format: MetricsFormat, capacity: Int, takenNames: Set<String> = []) {
    self.format = format
    self.takenNames = takenNames
    text = ByteText(capacity: capacity)
  }

  /// Begins a family.
  mutating func begin(_ head: FamilyHead) {
    self.head = head
    name = head.family.name
    isOpenMetricsCounter = format == .openMetrics && head.family.type == .counter
  }

  /// Series from here on carry this text first, `target="name"`, or none when it is empty; `labels` name what
  /// ``integer(_:_:)`` and ``number(_:_:)`` get. `target` is the text's meaning.
  mutating func begin(target label: [UInt8], _ target: [Label] = [], labels: [String]) {
    targetLabel = label
    targetLabels = target
    labelNames = labels
  }

  /// A series of the family; none when there is no value.
  mutating func integer(_ value: Int64?, _ labels: String...) {
    guard let value, allows(value) else { return }
    if gathered != nil { return gather(Double(value), labels) }
    series(labels)
    text.append(value)
    text.append(UInt8(ascii: "\n"))
  }

  /// A series of the family; none when there is no value.
  mutating func number(_ value: Double?, _ labels: String...) {
    guard let value, allows(value) else { return }
    if gathered != nil { return gather(value, labels) }
    series(labels)
    text.append(value)
    text.append(UInt8(ascii: "\n"))
  }

  private mutating func gather(_ value: Double, _ labels: [String]) {
    let own = zip(labelNames, labels).map { Label($0, $1) }
    gathered?.append(SeriesPoint(name: name, labels: targetLabels + own, value: value))
  }

  /// A histogram whose one label is `le`: `counts` has a place for each of `bounds` and one for what lies above them.
  mutating func histogram(_ counts: [Int64], bounds: [Double], sum: Double) {
    let family = name
    name = family + "_bucket"
    var total: Int64 = 0
    for (index, count) in counts.enumerated() {
      total += count
      let isLast = index == bounds.count
      integer(total, isLast ? "+Inf" : MetricName.canonicalBound(bounds[index]))
    }
    labelNames = []
    name = family + "_sum"
    number(sum)
    name = family + "_count"
    integer(total)
    name = family
  }

  /// Every series of a served family that has a value in `sample`; `indices` begin with those of its lines.
  mutating func write(_ family: FamilyText, _ indices: ArraySlice<SeriesIndex>, _ label: [UInt8], _ sample: Sample)
  {
    var place = indices.startIndex
    for line in family.lines {
      let index = indices[place]
      place += 1
      guard let value = sample[index], allows(value.mantissa) else { continue }
      writeHead()
      write(line, of: family.bytes, label)
      text.append(value)
      text.append(UInt8(ascii: "\n"))
    }
  }

  private mutating func write(_ line: FamilyText.Line, of bytes: [UInt8], _ label: [UInt8]) {
    let (start, own, end) = (Int(line.start), Int(line.own), Int(line.end))
    guard label.isEmpty else {
      text.append(bytes[start..<own])
      text.append(label)
      return text.append(bytes[own..<end])
    }
    // `name ` without braces, or without the comma behind the target's labels.
    let hasOwn = end - own > 2
    text.append(bytes[start..<(hasOwn ? own : own - 1)])
    text.append(bytes[(own + 1)..<end])
  }

  /// The text so far, which leaves the writer; families go on.
  mutating func take(reserving capacity: Int = 0) -> [UInt8] {
    let bytes = text.bytes
    text = ByteText(capacity: capacity)
    return bytes
  }

  /// Ends the text as the format wants it.
  mutating func finish() {
    if format == .openMetrics { text.append("# EOF\n") }
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

  /// Everything of a line but its value.
  private mutating func series(_ labels: [String]) {
    guard labels.count == labelNames.count else {
      preconditionFailure("a row of the family tables gives another number of labels than it names")
    }
    writeHead()
    text.append(name)
    guard !targetLabel.isEmpty || !labels.isEmpty else {
      return text.append(UInt8(ascii: " "))
    }
    text.append(UInt8(ascii: "{"))
    text.append(targetLabel)
    for index in labels.indices {
      if index > 0 || !targetLabel.isEmpty { text.append(UInt8(ascii: ",")) }
      text.append(label: labelNames[index], labels[index])
    }
    text.append("} ")
  }
}
