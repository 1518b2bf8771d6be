/// Sums up to some rows of a block. There is a short way to them where a column is stored as it is, or follows from such ones as a
/// sum; not where rows are absent, nor for predictions and quotients.
extension BlockDecoder {
  /// Whether `sum` knows the short way for a series, and its sums fit in 64 bits for certain.
  func hasSums(_ series: Int, in block: SealedBlock) throws(RingCorruption) -> Bool {
    guard block.startsPresent(series), let range = try block.record(series) else { return false }
    let isDerived = block.isDerived(series)
    let isBounded = try block.read(at: range.lowerBound) { reader throws(RingCorruption) in
      let head = try RecordHead(&reader, rows: block.rows, series: block.series)
      guard head.toggles.isEmpty, let summary = head.summary else { return false }
      let (low, high) = (min(summary.minimum, summary.maximum), max(summary.minimum, summary.maximum))
      guard low > -(1 << 50), high < 1 << 50 else { return false }
      if isDerived { return true }
      return try Self.isStored(head, &reader, in: block)
    }
    if !isBounded || !isDerived { return isBounded }
    guard case .linear(let terms)? = derivation(of: series, in: block) else { return false }
    for term in terms where try !isSource(term.series, in: block) { return false }
    return true
  }

  /// Whether the stream behind a head holds the column itself, in a way that tells of sums.
  private static func isStored(_ head: RecordHead, _ reader: inout ByteReader, in block: SealedBlock)
    throws(RingCorruption) -> Bool
  {
    guard ColumnDecoder.sums(head.encoding) else { return false }
    if !head.hasRecipe { return true }
    return try RecordHead.Recipe(&reader, series: block.series).prediction == nil
  }

  /// Whether the sums of a column that another follows from can be read, or it is constant.
  private func isSource(_ series: Int, in block: SealedBlock) throws(RingCorruption) -> Bool {
    guard !block.isDerived(series) else { throw RingCorruption(code: .badReference, offset: 0) }
    guard let range = try block.record(series) else { return true }
    guard block.startsPresent(series) else { return false }
    return try block.read(at: range.lowerBound) { reader throws(RingCorruption) in
      let head = try RecordHead(&reader, rows: block.rows, series: block.series)
      if !head.toggles.isEmpty { return false }
      return try Self.isStored(head, &reader, in: block)
    }
  }

  /// Sets `column` at the given rows, which rise, to the sum of all values up to that row, modulo 2^64. Only where `hasSums`.
  func sum(_ series: Int, in block: SealedBlock, upTo rows: [Int], into column: Column) throws(RingCorruption) {
    guard block.rows <= column.capacity else { throw RingCorruption(code: .badCount, offset: 2) }
    column.reset(rows: block.rows)
    if !block.isDerived(series) {
      try sumStream(series, in: block, upTo: rows, into: column)
      return
    }
    guard case .linear(let terms)? = derivation(of: series, in: block), let first = try block.head(series)?.first
    else { throw RingCorruption(code: .badReference, offset: 0) }
    // What is added to each row so that the first one is right; constants are in that one, too.
    var offset = first
    for row in rows { column[row] = 0 }
    let source = scratch()
    defer { giveBack(source) }
    for term in terms where block.hasRecord(term.series) {
      source.reset(rows: block.rows)
      try sumStream(term.series, in: block, upTo: rows, into: source)
      offset &-= term.coefficient &* source[0]
      for row in rows { column[row] &+= term.coefficient &* source[row] }
    }
    for row in rows { column[row] &+= offset &* Int64(row + 1) }
  }

  /// The sums of a column that is stored as it is.
  private func sumStream(_ series: Int, in block: SealedBlock, upTo rows: [Int], into column: Column)
    throws(RingCorruption)
  {
    guard let range = try block.record(series), let last = rows.last else { return }
    try block.read(at: range.lowerBound) { reader throws(RingCorruption) in
      let head = try RecordHead(&reader, rows: block.rows, series: block.series)
      let recipe = head.hasRecipe ? try RecordHead.Recipe(&reader, series: block.series) : RecordHead.Recipe()
      let stream = Stream(end: range.upperBound, count: block.rows, wanted: last + 1)
      let isPlain = recipe.unit == 1
      unsafe try rows.read { rows throws(RingCorruption) in
        unsafe try ColumnDecoder.sum(
          head.encoding, &reader, stream, upTo: WantedRows(rows), first: isPlain ? head.first : 0, rice,
          into: column.values)
      }
      if isPlain { return }
      for row in rows where row > 0 {
        column[row] = head.first &* Int64(row + 1) &+ recipe.unit &* column[row]
      }
      column[0] = head.first
    }
  }
}
