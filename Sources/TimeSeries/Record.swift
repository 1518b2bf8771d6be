/// What a sealed block says of one series ahead of its stream: enough for every summary.
struct RecordHead {
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
  /// Whether a `Recipe` follows, by which the stream's values are turned into the column's.
  var hasRecipe = false

  struct Correction {
    var start: Int64
    var end: Int64
    /// Absent since an identity change before the block: its first value is a reset.
    var pending: Bool
  }

  struct Summary {
    var minimum: Int64
    var maximum: Int64
    /// The sum of (value − minimum).
    var excess: UInt64

    /// The sum of the values of `count` rows.
    @inline(__always)
    func sum(of count: Int) -> Double { Double(minimum) * Double(count) + Double(excess) }
  }

  /// Σ multiplier × (reference − its first value) / 2^`shift`, rounded to the nearest.
  struct Prediction {
    /// The first `count` hold.
    var terms = InlineArray<3, Term>(repeating: Term(series: 0, multiplier: 0))
    var count = 0
    var shift: UInt8

    struct Term {
      var series: Int
      var multiplier: Int64
    }

    mutating func append(_ term: Term) {
      terms[count] = term
      count += 1
    }
  }
}

extension RecordHead {
  private static let togglesFlag: UInt8 = 0x10
  private static let correctionFlag: UInt8 = 0x20
  private static let recipeFlag: UInt8 = 0x40
  private static let summaryFlag: UInt8 = 0x80

  func write(_ recipe: Recipe, into writer: inout ByteWriter) {
    var tag = encoding.rawValue
    if !toggles.isEmpty { tag |= Self.togglesFlag }
    if correction != nil { tag |= Self.correctionFlag }
    if !recipe.isPlain { tag |= Self.recipeFlag }
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
    recipe.write(into: &writer)
  }

  /// The summary of a head that has one and is present in every row; nil for any other, and for damaged bytes. The
  /// short way for queries over many blocks.
  @inline(__always)
  static func plainSummary(_ reader: inout ByteReader) -> Summary? {
    guard let tag = try? reader.byte(), tag & (togglesFlag | correctionFlag | summaryFlag) == summaryFlag,
      let first = try? reader.signed(), (try? reader.varint()) != nil, let minimum = try? reader.signed(),
      let range = try? reader.varint(), let excess = try? reader.varint()
    else { return nil }
    let low = first &+ minimum
    return Summary(minimum: low, maximum: low &+ Int64(bitPattern: range), excess: excess)
  }

  /// Reads a head up to its recipe.
  @inline(__always)
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
    hasRecipe = tag & Self.recipeFlag != 0
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
}

extension RecordHead.Prediction {
  /// Adds the prediction to the filled rows of `column`.
  func add(_ sources: InlineArray<3, Column>, to column: Column) {
    let half = roundingHalf(Int64(shift))
    let right = Int64(shift)
    let count = column.filled
    let values = unsafe column.values
    let a = unsafe sources[0].values
    let (m, o) = unsafe (terms[0].multiplier, a[0])
    // Distances from the first value are summed up step by step: the loop then stays free of vectors, in which 64-bit
    // multiplications and shifts take twice the time on processors before AVX-512.
    var x: Int64 = 0
    var last = o
    if self.count == 1 {
      for at in 0..<count {
        let value = unsafe a[at]
        x &+= value &- last
        last = value
        unsafe values[at] &+= (m &* x &+ half) &>> right
      }
      return
    }
    let b = unsafe sources[1].values
    let n = terms[1].multiplier
    if self.count == 2 {
      var y: Int64 = 0
      var other = unsafe b[0]
      for at in 0..<count {
        let value = unsafe a[at]
        let second = unsafe b[at]
        x &+= value &- last
        y &+= second &- other
        last = value
        other = second
        unsafe values[at] &+= (m &* x &+ n &* y &+ half) &>> right
      }
      return
    }
    for at in 0..<count { add(sources, to: column, row: at) }
  }

  /// Adds the prediction to one row.
  @inline(__always)
  func add(_ sources: InlineArray<3, Column>, to column: Column, row: Int) {
    var sum = roundingHalf(Int64(shift))
    for at in 0..<count {
      let source = unsafe sources[at].values
      unsafe sum &+= terms[at].multiplier &* (source[row] &- source[0])
    }
    column[row] &+= sum &>> Int64(shift)
  }

  /// The opposite of `add`, for a prediction from one column.
  func subtract(_ source: UnsafePointer<Int64>, from values: UnsafeMutablePointer<Int64>, count: Int) {
    let half = roundingHalf(Int64(shift))
    let right = Int64(shift)
    let (factor, origin) = unsafe (terms[0].multiplier, source[0])
    for at in 0..<count { unsafe values[at] &-= (factor &* (source[at] &- origin) &+ half) &>> right }
  }
}

extension RecordHead {
  var isConstant: Bool { encoding == .constant }

  /// Whether a counter was reset inside the block.
  var falls: Bool { correction.map { $0.start != $0.end } ?? false }
}
