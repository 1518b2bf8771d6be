/// Decodes columns of sealed blocks. Scratch memory of one thread, reused from block to block.
final class BlockDecoder {
  private let capacity: Int
  private var pool: [Column] = []
  /// Columns of `cachedBlock` that others are predicted from.
  private var cache: [(series: Int, column: Column)] = []
  private var cachedBlock: SealedBlock?
  private static let cacheLimit = 32

  /// Serves blocks of up to `capacity` rows.
  init(capacity: Int) { self.capacity = capacity }

  private func scratch() -> Column { pool.popLast() ?? Column(capacity: capacity) }

  /// Fills `column` with a series' rows of the block at `index`; false when the series is constant in it.
  func decode(_ series: Int, at index: Int, of chain: BlockChain, into column: Column) throws(RingCorruption)
    -> Bool
  {
    let block = chain.blocks[index]
    if block.isDerived(series) {
      try derive(series, at: index, of: chain, into: column)
      return true
    }
    return try decode(series, of: block, into: column)
  }

  /// As above, for columns that are not derived.
  func decode(_ series: Int, of block: SealedBlock, into column: Column) throws(RingCorruption) -> Bool {
    guard let range = try block.record(series) else { return false }
    let head = try decode(range, series, of: block, into: column)
    if let prediction = head.prediction { try add(prediction, of: block, to: column) }
    return true
  }

  private func decode(_ range: Range<Int>, _ series: Int, of block: SealedBlock, into column: Column)
    throws(RingCorruption) -> RecordHead
  {
    guard block.rows <= column.capacity else { throw RingCorruption(code: .badCount, offset: 2) }
    column.reset(rows: block.rows)
    let head = try block.read(at: range.lowerBound) { reader throws(RingCorruption) in
      let head = try RecordHead(&reader, rows: block.rows, series: block.series)
      unsafe try ColumnDecoder.decode(
        head.encoding, &reader, end: range.upperBound, first: head.first, count: block.rows, into: column.values)
      return head
    }
    column.startsPresent = block.startsPresent(series)
    column.toggles = head.toggles
    return head
  }

  // MARK: Predictions

  private func add(_ prediction: RecordHead.Prediction, of block: SealedBlock, to column: Column)
    throws(RingCorruption)
  {
    let sum = scratch()
    defer { pool.append(sum) }
    sum.reset(rows: block.rows)
    for (at, term) in prediction.terms.enumerated() {
      let source = try reference(term.series, of: block)
      unsafe term.accumulate(source.values, into: sum.values, count: block.rows, isFirst: at == 0)
    }
    unsafe prediction.add(sum.values, to: column.values, count: block.rows)
  }

  /// The decoded column of a series that others refer to: it refers to none itself.
  private func reference(_ series: Int, of block: SealedBlock) throws(RingCorruption) -> Column {
    if cachedBlock !== block {
      for entry in cache { pool.append(entry.column) }
      cache.removeAll(keepingCapacity: true)
      cachedBlock = block
    }
    if let known = cache.first(where: { $0.series == series }) { return known.column }
    guard !block.isDerived(series), let range = try block.record(series) else {
      throw RingCorruption(code: .badReference, offset: 0)
    }
    let column = cache.count < Self.cacheLimit ? scratch() : cache.removeFirst().column
    cache.append((series, column))
    guard try decode(range, series, of: block, into: column).prediction == nil else {
      cache.removeLast()
      throw RingCorruption(code: .badReference, offset: range.lowerBound)
    }
    return column
  }

  // MARK: Derivations

  private func derive(_ series: Int, at index: Int, of chain: BlockChain, into column: Column)
    throws(RingCorruption)
  {
    let block = chain.blocks[index]
    guard let derivation = block.derivations.bySeries[series], block.rows <= column.capacity else {
      throw RingCorruption(code: .badReference, offset: 0)
    }
    var sources: [Column] = []
    defer { pool += sources }
    for source in derivation.sources {
      guard !block.isDerived(source) else { throw RingCorruption(code: .badReference, offset: 0) }
      let scratch = scratch()
      sources.append(scratch)
      try readSource(source, at: index, of: chain, into: scratch)
    }
    column.reset(rows: block.rows)
    column.startsPresent = block.startsPresent(series)
    derivation.fill(column, from: sources, digits: block.scale(series))
    if let first = try block.head(series)?.first { column.shift(by: first &- column[0]) }
  }

  /// A source's rows; absent ones are 0.
  private func readSource(_ series: Int, at index: Int, of chain: BlockChain, into column: Column)
    throws(RingCorruption)
  {
    let block = chain.blocks[index]
    if try decode(series, of: block, into: column) {
      column.clearAbsent()
      return
    }
    column.reset(rows: block.rows)
    let value = block.startsPresent(series) ? try chain.constant(series, in: index) : 0
    column.fill(0, block.rows, value)
  }
}

extension Derivation {
  /// Computes every row of `column` from its sources' rows.
  func fill(_ column: Column, from sources: [Column], digits: UInt8) {
    switch self {
    case .linear(let terms):
      column.fill(0, column.rows, 0)
      for (at, term) in terms.enumerated() { column.add(sources[at], times: term.coefficient) }
    case .ratio:
      for row in 0..<column.rows { column[row] = value(digits: digits) { sources[$0][row] } }
    }
  }
}

extension Column {
  /// Sets the rows where the series is absent to 0.
  func clearAbsent() {
    if toggles.isEmpty && startsPresent { return }
    for row in 0..<rows where !isPresent(row) { self[row] = 0 }
  }

  func shift(by offset: Int64) {
    if offset == 0 { return }
    for row in 0..<rows { self[row] &+= offset }
  }

  func add(_ other: Column, times factor: Int64) {
    let source = unsafe other.values
    let target = unsafe values
    for row in 0..<rows { unsafe target[row] &+= factor &* source[row] }
  }
}
