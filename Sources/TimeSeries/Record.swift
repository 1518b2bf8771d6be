/// What a sealed block says of one series ahead of its stream: enough for every summary.
struct RecordHead: Equatable {
  var encoding = Encoding.constant
  /// The value at row 0; before a birth inside the block, the first value.
  var first: Int64 = 0
  /// The value at the last row, carried through absences.
  var last: Int64 = 0
  /// What resets had added at row 0 and at the last row; nil where nothing changed in the block.
  var correction: Correction?
  /// Over the present rows; nil for a column that never falls, and where the sum would not fit.
  var summary: Summary?
  /// Rows at which presence changes.
  var toggles: [Int] = []
  /// Columns that predict this one.
  var references: [Reference] = []

  struct Correction: Equatable {
    var start: Int64
    var end: Int64
    /// Absent since an identity change before the block: its first value is a reset.
    var pending: Bool
  }

  struct Summary: Equatable {
    var minimum: Int64
    var maximum: Int64
    /// The sum of (value − minimum).
    var excess: UInt64
  }

  /// Predicts `multiplier` × (reference − its first value) / 2^`shift`.
  struct Reference: Equatable {
    var series: Int
    var multiplier: Int64
    var shift: UInt8
  }
}

extension RecordHead {
  private static let togglesFlag: UInt8 = 0x10
  private static let correctionFlag: UInt8 = 0x20
  private static let referenceFlag: UInt8 = 0x40
  private static let summaryFlag: UInt8 = 0x80
  static let referenceLimit = 3

  func write(into writer: inout ByteWriter) {
    var tag = encoding.rawValue
    if !toggles.isEmpty { tag |= Self.togglesFlag }
    if correction != nil { tag |= Self.correctionFlag }
    if !references.isEmpty { tag |= Self.referenceFlag }
    if summary != nil { tag |= Self.summaryFlag }
    writer.bytes.append(tag)
    writer.signed(first)
    if encoding != .constant { writer.signed(last &- first) }
    if let correction {
      writer.signed(correction.start)
      writer.signed(correction.end &- correction.start)
      writer.bytes.append(correction.pending ? 1 : 0)
    }
    if let summary {
      writer.signed(summary.minimum &- first)
      writer.varint(UInt64(bitPattern: summary.maximum &- summary.minimum))
      writer.varint(summary.excess)
    }
    if !toggles.isEmpty {
      writer.varint(UInt64(toggles.count))
      var previous = 0
      for toggle in toggles {
        writer.varint(UInt64(toggle - previous))
        previous = toggle
      }
    }
    if !references.isEmpty {
      writer.varint(UInt64(references.count))
      for reference in references {
        writer.varint(UInt64(reference.series))
        writer.bytes.append(reference.shift)
        writer.signed(reference.multiplier)
      }
    }
  }

  init(_ reader: inout ByteReader, rows: Int, series: Int) throws(RingCorruption) {
    let tag = try reader.byte()
    guard let encoding = Encoding(rawValue: tag & 15) else { throw reader.failure(.unknownEncoding) }
    self.encoding = encoding
    first = try reader.signed()
    last = encoding == .constant ? first : first &+ (try reader.signed())
    if tag & Self.correctionFlag != 0 {
      let start = try reader.signed()
      let end = start &+ (try reader.signed())
      correction = Correction(start: start, end: end, pending: try reader.byte() != 0)
    }
    if tag & Self.summaryFlag != 0 {
      let minimum = first &+ (try reader.signed())
      let maximum = minimum &+ Int64(bitPattern: try reader.varint())
      summary = Summary(minimum: minimum, maximum: maximum, excess: try reader.varint())
    }
    if tag & Self.togglesFlag != 0 { try readToggles(&reader, rows: rows) }
    if tag & Self.referenceFlag != 0 { try readReferences(&reader, series: series) }
  }

  private mutating func readToggles(_ reader: inout ByteReader, rows: Int) throws(RingCorruption) {
    let count = try reader.count(upTo: rows)
    var row = 0
    for _ in 0..<count {
      let gap = try reader.count(upTo: rows)
      row += gap
      guard gap > 0, row < rows else { throw reader.failure(.badCount) }
      toggles.append(row)
    }
  }

  private mutating func readReferences(_ reader: inout ByteReader, series: Int) throws(RingCorruption) {
    let count = try reader.count(upTo: Self.referenceLimit)
    for _ in 0..<count {
      let id = try reader.count(upTo: series - 1)
      let shift = try reader.byte()
      guard shift < 64 else { throw reader.failure(.badReference) }
      references.append(Reference(series: id, multiplier: try reader.signed(), shift: shift))
    }
  }
}

extension RecordHead {
  var isConstant: Bool { encoding == .constant && references.isEmpty }

  /// Whether a counter was reset inside the block.
  var falls: Bool { correction.map { $0.start != $0.end } ?? false }
}
