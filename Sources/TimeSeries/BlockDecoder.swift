/// Decodes columns of sealed blocks. Scratch memory of one thread, reused from block to block.
final class BlockDecoder {
  private let capacity: Int
  /// For whoever decodes a stream of his own on the same thread.
  let rice: RiceScratch
  @safe @exclusivity(unchecked) private var pool: [Column] = []
  /// Columns of one block that others are predicted from or follow from.
  @safe @exclusivity(unchecked) private var cache = ColumnCache()
  private static let cacheLimit = 512
  /// The formula that was looked for last.
  @safe @exclusivity(unchecked) private var known: (table: DerivationTable, series: Int, derivation: Derivation)?
  @safe @exclusivity(unchecked) private var constants = ConstantCache()
  /// The sources of the column being derived, and those among them that are not kept.
  @safe @exclusivity(unchecked) private var sources: [SourceRows]? = []
  @safe @exclusivity(unchecked) private var loose: [Column] = []

  /// Serves blocks of up to `capacity` rows.
  init(capacity: Int) {
    self.capacity = capacity
    rice = RiceScratch(capacity: capacity)
  }

  func scratch() -> Column { pool.popLast() ?? Column(capacity: capacity) }

  /// Takes back what `scratch` gave.
  func giveBack(_ column: Column) { pool.append(column) }

  /// Fills `column` with a series' rows of the block at `index`; false when the series is constant in it.
  /// Only the first `wanted` rows are sure to be filled: `column.filled`. With `row`, only this one, the last of them, is
  /// sure to be right.
  func decode(
    _ series: Int, at index: Int, of chain: BlockChain, wanted: Int = .max, only row: Int? = nil,
    into column: Column
  ) throws(RingCorruption) -> Bool {
    let block = chain.blocks[index]
    let wanted = min(wanted, block.rows)
    let rows = row.map { [$0] }
    turn(to: block, at: index, of: chain, only: rows)
    if block.isDerived(series) {
      try derive(series, block, at: index, of: chain, wanted: wanted, only: rows, into: column)
      return true
    }
    if let known = cached(series, wanted: wanted, only: rows) {
      column.copy(known)
      return true
    }
    guard let range = try block.record(series) else { return false }
    try decode(range, series, of: block, wanted: wanted, only: rows, into: column)
    return true
  }

  /// A series' rows of the block at `index`, kept until another block is asked for; nil when the series is constant in
  /// it. With `rows`, which rise, predictions and formulas are computed for these rows only.
  func column(_ series: Int, at index: Int, of chain: BlockChain, only rows: [Int]?) throws(RingCorruption)
    -> Column?
  {
    let block = chain.blocks[index]
    turn(to: block, at: index, of: chain, only: rows)
    if let known = cached(series, wanted: block.rows, only: rows) { return known }
    if block.isDerived(series) {
      let column = scratch()
      try derive(series, block, at: index, of: chain, wanted: block.rows, only: rows, into: column)
      cache.insert(series, column)
      return column
    }
    guard let range = try block.record(series) else { return nil }
    let column = scratch()
    try decode(range, series, of: block, wanted: block.rows, only: rows, into: column)
    cache.insert(series, column)
    return column
  }

  /// `block` is the one at `index`; it is passed on, since taking it out of the chain costs as much as a look-up in it.
  @inline(__always)
  private func turn(to block: SealedBlock, at index: Int, of chain: BlockChain, only rows: [Int]?) {
    if cache.block !== block {
      constants.turn(isNext: index > 0 && chain.peek(index - 1) { $0 === cache.block })
    }
    let isOther = cache.block !== block || cache.count >= Self.cacheLimit
    if isOther || (rows != nil && cache.rows != nil && cache.rows != rows) { cache.empty(for: block, into: &pool) }
    if let rows { cache.rows = rows }
  }

  private func decode(
    _ range: Range<Int>, _ series: Int, of block: SealedBlock, wanted: Int, only rows: [Int]?, into column: Column
  ) throws(RingCorruption) {
    guard let rest = try stream(range, series, of: block, wanted: wanted, only: rows, into: column) else { return }
    try add(rest.prediction, of: block, only: rows, to: column)
    if rest.unit != 1 { column.multiply(by: rest.unit, from: rest.first, only: rows) }
  }

  /// What a column still lacks.
  private struct Rest {
    var prediction: RecordHead.Prediction
    var unit: Int64
    var first: Int64
  }

  /// Fills `column` with what the record's stream holds; returns what it lacks where it is predicted.
  private func stream(
    _ range: Range<Int>, _ series: Int, of block: SealedBlock, wanted: Int, only rows: [Int]?, into column: Column
  ) throws(RingCorruption) -> Rest? {
    guard block.rows <= column.capacity else { throw RingCorruption(code: .badCount, offset: 2) }
    column.reset(rows: block.rows)
    column.startsPresent = block.startsPresent(series)
    return try block.read(at: range.lowerBound) { reader throws(RingCorruption) in
      let head = try RecordHead(&reader, rows: block.rows, series: block.series)
      if !head.toggles.isEmpty { column.toggles = head.toggles }
      let recipe = head.hasRecipe ? try RecordHead.Recipe(&reader, series: block.series) : RecordHead.Recipe()
      let first = recipe.unit == 1 ? head.first : 0
      let stream = Stream(end: range.upperBound, count: block.rows, wanted: wanted)
      if let rows {
        column.isPartial = true
        column.filled = wanted
        unsafe try rows.read { rows throws(RingCorruption) in
          unsafe try ColumnDecoder.decode(
            head.encoding, &reader, stream, only: WantedRows(rows), first: first, rice, into: column.values)
        }
      } else {
        column.filled = unsafe try ColumnDecoder.decode(
          head.encoding, &reader, stream, first: first, rice, into: column.values)
      }
      if let prediction = recipe.prediction {
        return Rest(prediction: prediction, unit: recipe.unit, first: head.first)
      }
      if recipe.unit != 1 { column.multiply(by: recipe.unit, from: head.first, only: rows) }
      return nil
    }
  }

  // MARK: Predictions

  private func add(_ prediction: RecordHead.Prediction, of block: SealedBlock, only rows: [Int]?, to column: Column)
    throws(RingCorruption)
  {
    var sources = InlineArray<3, Column>(repeating: column)
    for at in 0..<prediction.count {
      sources[at] = try reference(prediction.terms[at].series, of: block, wanted: column.filled, only: rows)
    }
    if let rows {
      for row in rows where row < column.filled { prediction.add(sources, to: column, row: row) }
    } else {
      prediction.add(sources, to: column)
    }
  }

  /// The decoded column of a series that others refer to: it refers to none itself.
  private func reference(_ series: Int, of block: SealedBlock, wanted: Int, only rows: [Int]?)
    throws(RingCorruption) -> Column
  {
    if let known = cached(series, wanted: wanted, only: rows) { return known }
    guard !block.isDerived(series), let range = try block.record(series) else {
      throw RingCorruption(code: .badReference, offset: 0)
    }
    let column = scratch()
    guard try stream(range, series, of: block, wanted: wanted, only: rows, into: column) == nil else {
      pool.append(column)
      throw RingCorruption(code: .badReference, offset: range.lowerBound)
    }
    cache.insert(series, column)
    return column
  }

  /// A column that was decoded before, if it has what is wanted now.
  private func cached(_ series: Int, wanted: Int, only rows: [Int]?) -> Column? {
    guard let known = cache[series] else { return nil }
    if known.filled >= wanted && (rows != nil || !known.isPartial) { return known }
    cache.remove(series)
    pool.append(known)
    return nil
  }

  // MARK: Derivations

  private func derive(
    _ series: Int, _ block: SealedBlock, at index: Int, of chain: BlockChain, wanted: Int, only rows: [Int]?,
    into column: Column
  ) throws(RingCorruption) {
    guard let derivation = derivation(of: series, in: block), block.rows <= column.capacity else {
      throw RingCorruption(code: .badReference, offset: 0)
    }
    var sources = self.sources.take() ?? []
    defer {
      pool += loose
      loose.removeAll(keepingCapacity: true)
      sources.removeAll(keepingCapacity: true)
      self.sources = sources
    }
    for at in 0..<derivation.sourceCount {
      let source = derivation.source(at)
      guard !block.isDerived(source) else { throw RingCorruption(code: .badReference, offset: 0) }
      sources.append(try self.source(source, block, at: index, of: chain, wanted: wanted, only: rows))
    }
    column.reset(rows: block.rows)
    column.startsPresent = block.startsPresent(series)
    column.filled = wanted
    let first = try block.head(series)?.first
    if let rows {
      column.isPartial = true
      derivation.fill(column, from: sources, digits: block.scale(series), first: first, only: rows)
      return
    }
    derivation.fill(column, from: sources, digits: block.scale(series), first: first)
  }

  /// How a series follows from others. Most blocks share one table, and most queries ask for one series.
  func derivation(of series: Int, in block: SealedBlock) -> Derivation? {
    if let known, known.table === block.derivations, known.series == series { return known.derivation }
    guard let derivation = block.derivations[series] else { return nil }
    known = (block.derivations, series, derivation)
    return derivation
  }

  /// The value of a series that is constant in a block; where it was so in the block before, too, as it was there.
  private func constant(_ series: Int, at index: Int, of chain: BlockChain) throws(RingCorruption) -> Int64 {
    if let known = constants.value(of: series) { return known }
    let value = try chain.constant(series, in: index)
    constants.note(value, of: series)
    return value
  }

  /// A source's rows. Columns that aren't kept in the cache go back to the pool after use.
  private func source(
    _ series: Int, _ block: SealedBlock, at index: Int, of chain: BlockChain, wanted: Int, only rows: [Int]?
  ) throws(RingCorruption) -> SourceRows {
    if let known = cached(series, wanted: wanted, only: rows), known.isUniform, known.startsPresent {
      return .column(known)
    }
    guard let range = try block.record(series) else {
      return .constant(block.startsPresent(series) ? try constant(series, at: index, of: chain) : 0)
    }
    let column = scratch()
    try decode(range, series, of: block, wanted: wanted, only: rows, into: column)
    if column.isUniform && column.startsPresent {
      cache.insert(series, column)
    } else {
      column.clearAbsent()
      loose.append(column)
    }
    return .column(column)
  }
}

extension Column {
  /// Sets the rows where the series is absent to 0.
  func clearAbsent() {
    if toggles.isEmpty && startsPresent { return }
    for row in 0..<rows where !isPresent(row) { self[row] = 0 }
  }
}

extension Array {
  /// Gives `body` the elements' memory; unlike the library's, it may throw one type.
  @inline(__always)
  func read(_ body: (UnsafeBufferPointer<Element>) throws(RingCorruption) -> Void)
    throws(RingCorruption)
  {
    var failure: RingCorruption?
    unsafe withUnsafeBufferPointer { elements in
      do throws(RingCorruption) { unsafe try body(elements) } catch { failure = error }
    }
    if let failure { throw failure }
  }
}
