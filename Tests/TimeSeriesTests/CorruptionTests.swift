import Randomness
import Testing

@testable import TimeSeries

/// The decoder meets damaged bytes: it throws or gives other values, and never reads out of bounds.
@Suite struct CorruptionTests {
  @Test(arguments: 0..<8)
  func `mutated blocks throw or decode to something`(_ seed: Int) throws {
    var random = SeededRandom(seed: UInt64(seed))
    var rows = HostileRows(seed: UInt64(seed))
    let (_, ring) = makeRing(maximumRows: [5, 130, 700, 1024][seed % 4])
    for _ in 0..<1100 {
      let (time, epoch, row) = rows.next(ring)
      try ring.append(at: time, epoch: epoch, row: row)
    }
    ring.closeOpenBlock()
    ring.sealPending()
    let chain = ring.blockChain
    var damaged = 0
    for _ in 0..<300 {
      let at = Int.random(in: 0..<chain.blocks.count, using: &random)
      let original = chain.blocks[at]
      let bytes = mutate(original.bytes, &random)
      do throws(RingCorruption) {
        let block = try SealedBlock(bytes: bytes, scales: original.scales, derivations: original.derivations)
        var copy = chain
        copy.blocks[at] = block
        try decodeAll(copy, at)
      } catch {
        #expect(error.offset >= 0)
        damaged += 1
      }
    }
    #expect(damaged > 0)
  }

  private func decodeAll(_ chain: BlockChain, _ at: Int) throws(RingCorruption) {
    let block = chain.blocks[at]
    let decoder = BlockDecoder(capacity: 1024)
    let column = Column(capacity: 1024)
    guard block.rows <= 1024 else { return }
    try readStamps(block, column, decoder.rice)
    var failure: RingCorruption?
    for series in 0..<block.series {
      do throws(RingCorruption) {
        _ = try decoder.column(series, at: at, of: chain, only: [block.rows / 3, block.rows - 1])
        _ = try decoder.decode(series, at: at, of: chain, into: column)
        if try decoder.hasSums(series, in: block) {
          try decoder.sum(series, in: block, upTo: [block.rows / 3, block.rows - 1], into: column)
        }
        _ = try block.head(series)
        _ = try chain.state(of: series, isCounter: true, before: at + 1)
      } catch {
        failure = error
      }
    }
    if let failure { throw failure }
  }

  /// Both ways to read stamps throw, or give the same.
  private func readStamps(_ block: SealedBlock, _ column: Column, _ rice: RiceScratch) throws(RingCorruption) {
    let offsets = StampOffsets(capacity: 1024)
    let isEven = try block.readOffsets(into: offsets, rice)
    try block.readTimes(into: column, rice)
    if !isEven { return }
    let stamps = Stamps(block, offsets)
    for row in 0..<block.rows - 1 { #expect(stamps.time(row) == column[row]) }
    for time in [block.firstTime, block.lastTime &- 1, 0] { #expect(stamps.row(atOrBefore: time) < block.rows) }
  }

  private func mutate(_ bytes: [UInt8], _ random: inout SeededRandom) -> [UInt8] {
    var bytes = bytes
    switch Int.random(in: 0..<4, using: &random) {
    case 0: bytes.removeLast(Int.random(in: 1...bytes.count, using: &random))
    case 1:
      for _ in 0..<Int.random(in: 1...8, using: &random) {
        bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
      }
    case 2:
      let start = Int.random(in: 0..<bytes.count, using: &random)
      for at in start..<min(bytes.count, start + 9) { bytes[at] = 0xFF }
    default:
      bytes[Int.random(in: 0..<min(60, bytes.count), using: &random)] ^=
        1 << UInt8.random(in: 0...7, using: &random)
    }
    return bytes
  }
}
