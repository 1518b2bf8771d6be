@testable import HistoryStore
@testable import TimeSeries

extension FuzzTarget {
  /// What lies in memory and on a disk that may be damaged.
  static let storage: [FuzzTarget] = [
    FuzzTarget("decimal", tokens: [".", "-", "e", "+", "0", "9"], longest: 64) { { readDecimal($0) } },
    FuzzTarget(
      "block", tokens: ["\u{0}", "\u{1}", "\u{7f}"], longest: 1 << 16, examples: { example.blocks.map(\.bytes) }
    ) {
      let chain = example.chain
      let decoder = BlockDecoder(capacity: 1024)
      let column = Column(capacity: 1024)
      return { bytes in
        let at = bytes.count % max(1, chain.blocks.count)
        do throws(RingCorruption) {
          try decodeAll(bytes, at, chain, decoder, column)
        } catch {
          require(error.offset >= 0, "an error has its place")
        }
      }
    },
    FuzzTarget(
      "journal", tokens: ["\u{0}", "\u{1}", "\u{3}", "\u{7f}"], longest: 1 << 15, examples: { example.journals }
    ) {
      { bytes in restore(bytes) }
    },
  ]

  private static func readDecimal(_ bytes: [UInt8]) {
    guard let value = FixedPoint.parse(bytes) else { return }
    guard let again = FixedPoint.parse(Array(value.description.utf8)) else {
      preconditionFailure("what a number prints can be read")
    }
    require(again == value, "a number reads back as what it was")
  }

  private struct Example {
    let chain: BlockChain
    let blocks: [SealedBlock]
    /// Records, each behind its kind and length.
    let journals: [[UInt8]]
  }

  /// A ring that has seen gaps, resets, decimals and a restart; its last series are never absent, and multiples of a page.
  private static let example: Example = {
    let store = TimeSeriesStore(configuration: TimeSeries.Configuration(maximumRows: 48))
    let ring = store.ring(named: "example", period: 1000)
    ring.startRecording()
    let ids = (0..<10).compactMap { ring.register("series_\($0)", kind: $0 < 4 ? .counter : .gauge) }
    var random = FuzzRandom(seed: 7, run: 0)
    var counters: [Int64] = ids.map { _ in 0 }
    for second in 0..<260 {
      var row = Row()
      for (index, id) in ids.enumerated() where index > 6 || random.below(12) != 0 {
        counters[index] += index == 3 ? -Int64(random.below(5)) + 3 : Int64(random.below(1 << (index * 4)))
        if index > 6 {
          row.set(id, Int64(random.below(4 << index)) * 4096, digits: 0)
          continue
        }
        row.set(id, index < 4 ? max(0, counters[index]) : Int64(random.below(100_000)), digits: index == 5 ? 3 : 0)
      }
      let time = 1_795_219_200_000 + Int64(second) * 1000 + (second > 130 ? 60_000 : 0)
      _ = try? ring.append(at: time, epoch: second < 200 ? 1 : 2, row: row)
    }
    ring.closeOpenBlock()
    ring.sealPending()
    let journals = ring.takeJournal().map { part in
      part.records.flatMap {
        [$0.kind.rawValue, UInt8($0.bytes.count & 0xFF), UInt8($0.bytes.count >> 8 & 0xFF)] + $0.bytes
      }
    }
    return Example(chain: ring.blockChain, blocks: ring.blockChain.blocks, journals: journals)
  }()

  private static func decodeAll(
    _ bytes: [UInt8], _ at: Int, _ chain: BlockChain, _ decoder: BlockDecoder, _ column: Column
  ) throws(RingCorruption) {
    let original = chain.blocks[at]
    let block = try SealedBlock(bytes: bytes, scales: original.scales, derivations: original.derivations)
    var chain = chain
    chain.blocks[at] = block
    guard block.rows <= 1024 else { return }
    try block.readTimes(into: column, decoder.rice)
    for series in 0..<block.series {
      // Each is damaged on its own.
      do throws(RingCorruption) {
        _ = try decoder.decode(series, at: at, of: chain, into: column)
        let rows = [block.rows / 3, block.rows - 1]
        _ = try decoder.column(series, at: at, of: chain, only: rows)
        if try decoder.hasSums(series, in: block) { try decoder.sum(series, in: block, upTo: rows, into: column) }
        _ = try block.head(series)
        _ = try chain.state(of: series, isCounter: true, before: at + 1)
      } catch {
        require(error.offset >= 0, "an error has its place")
      }
    }
  }

  /// Reads records as if their checksums were right.
  private static func restore(_ bytes: [UInt8]) {
    for kind in RecordFormat.Kind.allCases { _ = try? ParsedFile(bytes, kind) }
    var records: [RingRecord] = []
    var at = 0
    while at + 3 <= bytes.count {
      let end = min(bytes.count, at + 3 + Int(bytes[at + 1]) + Int(bytes[at + 2]) << 8)
      if let kind = RingRecord.Kind(rawValue: bytes[at]) {
        records.append(RingRecord(kind, Array(bytes[(at + 3)..<end])))
      }
      at = end
    }
    let store = TimeSeriesStore(
      configuration: TimeSeries.Configuration(
        memory: 1 << 20, rollupMemory: 1 << 18, maximumRows: 64, maximumSeries: 64))
    let ring = store.ring(named: "restored", period: 1000)
    var restorer = RingRestorer(ring, newest: 2_000_000_000_000)
    for record in records where record.kind == .block || record.kind == .rollup { _ = try? restorer.take(record) }
    restorer.learn(records)
    _ = restorer.restoreBlocks()
    ring.startRecording()
    _ = try? restorer.replay(records)
    require(ring.rowCount <= 64 * 64, "a ring is bounded")
    ring.closeOpenBlock()
    ring.sealPending()
  }
}
