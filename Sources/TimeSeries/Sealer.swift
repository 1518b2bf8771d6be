/// Turns a closed journal into a sealed block. Scratch memory of one thread, reused from block to block, whichever ring it is of.
// Invariant for Sendable: whoever took it out of the rings' shared memory is the only one to use it until it is given back.
final class Sealer: @unchecked Sendable {
  private let encoder: ColumnEncoder
  private let pool: ColumnPool
  private let relations: RelationSearch
  private let references: ReferenceSearch
  private let decoder: BlockDecoder
  /// A formula over more changing columns than this would make look-ups of its series dear.
  private static let sourceLimit = 3
  /// What quotients may take that are stored all the same: one part of so many of a block's bytes.
  private static let keptShare = 200
  /// Bytes that a record's head mostly takes.
  private static let headCost = 12
  /// Bytes that a unit mostly takes in a record.
  private static let unitCost = 2

  /// What sealing needs to know of the ring.
  struct Context {
    var counters: BitSet
    var lasting: BitSet
    /// Make a record for every present series.
    var key: Bool
    /// The series, for the caller's rules.
    var names: [String]
    var ids: [String: Int]
  }

  /// Serves blocks of up to `capacity` rows.
  init(capacity: Int) {
    encoder = ColumnEncoder(capacity: capacity)
    pool = ColumnPool(capacity: capacity)
    decoder = BlockDecoder(capacity: capacity)
    relations = RelationSearch(capacity: capacity)
    references = ReferenceSearch(pool: pool, encoder: encoder, capacity: capacity)
  }

  /// Encodes every row of `block`. Costs a few milliseconds for 400 series of 600 rows.
  func seal(_ block: OpenBlock, _ context: Context, _ memory: inout SealingMemory) -> SealedBlock {
    precondition(block.rows > 0, "a block is opened for a row")
    let series = block.columnCount
    var present = BitSet(count: series)
    var drafts: [Draft] = []
    for index in 0..<series {
      let column = pool.take(rows: block.rows)
      block.fill(block.column(index), block.carried.cell(index), rows: block.rows, into: column)
      if column.startsPresent { present[index] = true }
      if let head = Draft.head(column, index, block, context) {
        drafts.append(Draft(series: index, column: column, head: head))
      } else {
        pool.give(column)
      }
    }
    derive(&drafts, block, present, memory.formulas(context.names, context.ids))
    for at in drafts.indices where drafts[at].derivation == nil { choose(&drafts[at]) }
    keepCheap(&drafts)
    relations.run(&drafts)
    references.run(&drafts)
    let writer = BlockWriter(block: block, present: present, key: context.key, encoder: encoder, pool: pool)
    let found = drafts.compactMap { draft in draft.derivation.map { (draft.series, $0) } }
    let sharedBytes = memory.tables.renew(Dictionary(uniqueKeysWithValues: found), block.scales)
    let bytes = writer.write(drafts)
    for draft in drafts {
      pool.give(draft.column)
      for column in [draft.counted, draft.residual] { if let column { pool.give(column) } }
    }
    do throws(RingCorruption) {
      return try SealedBlock(
        bytes: bytes, scales: memory.tables.scales, derivations: memory.tables.derivations,
        sharedBytes: sharedBytes, sequence: block.sequence)
    } catch {
      preconditionFailure("the sealer writes what the header parser reads: \(error)")
    }
  }

  /// The summary of a block that is to leave the budget.
  func rollUp(_ chain: BlockChain, _ index: Int) -> SealedBlock {
    let column = pool.take(rows: chain.blocks[index].rows)
    defer { pool.give(column) }
    do throws(RingCorruption) {
      return try Rollup.make(chain, index, decoder: decoder, column: column)
    } catch {
      preconditionFailure("blocks in memory are as the sealer wrote them or were checked when loaded: \(error)")
    }
  }

  private func choose(_ draft: inout Draft) {
    let choice = unsafe encoder.choose(draft.column.values, draft.column.rows)
    draft.head.encoding = choice.encoding
    draft.bytes = choice.bytes
    if choice.bytes > Self.unitCost { count(&draft) }
  }

  /// Takes the column in units where that makes it smaller.
  private func count(_ draft: inout Draft) {
    let unit = draft.column.unit
    if unit == 1 { return }
    let counted = pool.take(rows: draft.column.rows)
    counted.copy(draft.column)
    counted.divide(by: unit)
    let choice = unsafe encoder.choose(counted.values, counted.rows)
    if choice.bytes + Self.unitCost >= draft.bytes {
      pool.give(counted)
      return
    }
    draft.counted = counted
    draft.recipe.unit = unit
    draft.head.encoding = choice.encoding
    draft.bytes = choice.bytes + Self.unitCost
  }

  // MARK: Derivations by rule

  private func derive(
    _ drafts: inout [Draft], _ block: OpenBlock, _ present: BitSet, _ formulas: [Int: Derivation]
  ) {
    let places = Dictionary(uniqueKeysWithValues: drafts.enumerated().map { ($1.series, $0) })
    var sources = Set<Int>()
    for (series, derivation) in formulas.sorted(by: { $0.key < $1.key }) {
      guard let at = places[series], drafts[at].isPlain, !sources.contains(series) else { continue }
      let isFree = derivation.sources.allSatisfy { source in
        source < block.columnCount && source != series
          && places[source].map { drafts[$0].derivation == nil } ?? true
      }
      guard isFree, changing(derivation.sources, places, drafts) <= Self.sourceLimit,
        check(derivation, at, drafts, places, block, present)
      else { continue }
      sources.formUnion(derivation.sources)
      drafts[at].accept(derivation)
    }
  }

  /// Stores quotients after all that are cheap beside what they follow from: a share in percent of two columns of large values,
  /// for whose every row these would have to be decoded and divided. The dearest first, for a small part of the block at most.
  private func keepCheap(_ drafts: inout [Draft]) {
    let bytes = Dictionary(uniqueKeysWithValues: drafts.map { ($0.series, $0.bytes) })
    var left = bytes.values.reduce(0, +) / Self.keptShare
    let dear = drafts.indices.compactMap { at -> (at: Int, derivation: Derivation, cost: Int)? in
      guard let derivation = drafts[at].derivation, case .ratio = derivation else { return nil }
      let cost = Set(derivation.sources).reduce(0) { $0 + (bytes[$1] ?? 0) }
      return cost > 2 * drafts[at].column.rows ? (at, derivation, cost) : nil
    }
    for (at, derivation, _) in dear.sorted(by: { $0.cost > $1.cost }) {
      choose(&drafts[at])
      let cost = drafts[at].bytes + Self.headCost
      if cost <= left {
        left -= cost
        drafts[at].keep()
      } else {
        drafts[at].accept(derivation)
      }
    }
  }

  /// How many of the sources are not constant, so that they must be decoded before the column that follows from them.
  private func changing(_ sources: [Int], _ places: [Int: Int], _ drafts: [Draft]) -> Int {
    sources.count { source in places[source].map { !drafts[$0].column.isConstant } ?? false }
  }

  /// Whether the formula gives every row; sets the draft's need for a record if it does so only by an offset.
  private func check(
    _ derivation: Derivation, _ at: Int, _ drafts: [Draft], _ places: [Int: Int], _ block: OpenBlock,
    _ present: BitSet
  ) -> Bool {
    let column = drafts[at].column
    let columns = derivation.sources.map { source -> Column in
      let scratch = pool.take(rows: column.rows)
      scratch.reset(rows: column.rows)
      if let place = places[source] {
        scratch.copy(drafts[place].column)
        scratch.clearAbsent()
      } else {
        scratch.fill(0, column.rows, present[source] ? block.carried.value(source) : 0)
      }
      return scratch
    }
    defer { for column in columns { pool.give(column) } }
    let result = pool.take(rows: column.rows)
    defer { pool.give(result) }
    result.reset(rows: column.rows)
    derivation.fill(
      result, from: columns.map { .column($0) }, digits: block.scales[drafts[at].series], first: column[0])
    return unsafe equal(result.values, column.values, column.rows)
  }
}

extension Draft {
  /// Leaves the stream out. A sum keeps its record for the offset; so does a counter with a reset.
  mutating func accept(_ derivation: Derivation) {
    self.derivation = derivation
    bytes = 0
    recipe.unit = 1
    head.encoding = .sparse
    if case .ratio = derivation { needsRecord = head.correction != nil }
  }

  /// Stores the stream after all.
  mutating func keep() {
    derivation = nil
    needsRecord = true
  }
}

/// Whether two runs of integers are the same.
func equal(_ left: UnsafePointer<Int64>, _ right: UnsafePointer<Int64>, _ count: Int) -> Bool {
  var at = 0
  while at < count {
    if unsafe left[at] != right[at] { return false }
    at &+= 1
  }
  return true
}
