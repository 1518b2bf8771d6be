import Randomness
import Testing

@testable import TimeSeries

/// Stamps of late polls, and the versions of blocks.
@Suite struct StampTests {
  /// A sealed block whose stamps are `distances` apart.
  private func block(_ distances: [Int64], period: Int64 = 1000) throws -> (SealedBlock, [Int64]) {
    let (_, ring) = makeRing(period: period)
    let id = try #require(ring.register("a", kind: .gauge))
    var row = Row()
    var times: [Int64] = []
    for (index, distance) in ([0] + distances).enumerated() {
      times.append((times.last ?? midnight) + distance)
      row.set(id, Int64(index % 7))
      try ring.append(at: times[index], epoch: 1, row: row)
    }
    ring.closeOpenBlock()
    ring.sealPending()
    return (try #require(ring.blockChain.blocks.last), times)
  }

  private func times(_ block: SealedBlock) throws -> [Int64] {
    let column = Column(capacity: 1024)
    try block.readTimes(into: column, RiceScratch(capacity: 1024))
    return (0..<block.rows).map { column[$0] }
  }

  /// Every tenth poll is late, each by another time; the one behind it is not.
  private static let late = (1..<500).map { (row: Int64) -> Int64 in
    func delay(_ row: Int64) -> Int64 { 1 + row * 37 % 391 }
    return row % 10 == 0 ? 1000 + delay(row) : row % 10 == 1 && row > 1 ? 1000 - delay(row - 1) : 1000
  }

  @Test(
    arguments: [
      late, [Int64](repeating: 1000, count: 300), [5], [], [400, 900], (1..<400).map { 900 + $0 * $0 % 211 },
      [400] + [Int64](repeating: 1000, count: 200), [1000, 1000, 1007, 993, 1000],
      [Int64](repeating: 1000, count: 50) + [90_000] + [Int64](repeating: 1000, count: 50),
    ] as [[Int64]])
  func `stamps come back`(_ distances: [Int64]) throws {
    let (block, expected) = try block(distances)
    #expect(try times(block) == expected)
  }

  @Test func `a late poll costs about two bytes`() throws {
    let (late, _) = try block(Self.late)
    let (even, _) = try block([Int64](repeating: 1000, count: Self.late.count))
    #expect(late.bytes.count - even.bytes.count < 150)
  }

  @Test func `a newer version is refused, and version 1 has no even stamps`() throws {
    let (block, _) = try block(Self.late)
    func code(_ version: UInt8) -> RingCorruption.Code? {
      var bytes = block.bytes
      bytes[0] = version
      do throws(RingCorruption) {
        _ = try SealedBlock(bytes: bytes, scales: block.scales, derivations: block.derivations)
        return nil
      } catch {
        return error.code
      }
    }
    #expect([0, 1, 2, 3, 4].map { code($0) } == [.newerFormat, .unknownEncoding, nil, nil, .newerFormat])
  }

  @Test(arguments: [late, [1000, 90_000, 3, 3, 3, 70_000, 1000, 1000]])
  func `the row at a time is found wherever it lies`(_ distances: [Int64]) throws {
    let (block, expected) = try block(distances)
    let column = Column(capacity: 1024)
    try block.readTimes(into: column, RiceScratch(capacity: 1024))
    let offsets = StampOffsets(capacity: 1024)
    // What is left of another block must not matter.
    let (other, _) = try self.block((1..<300).map { $0 % 7 == 0 ? 1013 : $0 % 7 == 1 && $0 > 1 ? 987 : 1000 })
    #expect(try other.readOffsets(into: offsets, RiceScratch(capacity: 1024)))
    let isEven = try block.readOffsets(into: offsets, RiceScratch(capacity: 1024))
    #expect(isEven == block.hasEvenStamps)
    let all = [Stamps(block, column)] + (isEven ? [Stamps(block, offsets)] : [])
    for stamps in all { check(stamps, block, expected) }
  }

  private func check(_ stamps: Stamps, _ block: SealedBlock, _ expected: [Int64]) {
    for time in stride(from: midnight - 700, through: block.lastTime + 700, by: 349) {
      #expect(stamps.row(atOrBefore: time) == (expected.lastIndex { $0 <= time } ?? -1))
    }
    for (row, time) in expected.enumerated() {
      #expect(stamps.time(row) == time)
      #expect(stamps.row(atOrBefore: time) == row && stamps.row(atOrBefore: time - 1) == row - 1)
    }
  }

  @Test func `most rows are found without reading stamps, once a reader knows how late polls were`() throws {
    let (block, expected) = try block(Self.late)
    #expect(block.stampSpread == nil)
    #expect(try block.readOffsets(into: StampOffsets(capacity: 1024), RiceScratch(capacity: 1024)))
    let spread = try #require(block.stampSpread)
    var found = 0
    for time in stride(from: midnight, to: block.lastTime, by: 349) {
      guard let row = spread.row(atOrBefore: time) else { continue }
      #expect(row == expected.lastIndex { $0 <= time })
      found += 1
    }
    #expect(found > 700)
    for (row, time) in expected.enumerated() {
      #expect(spread.isCertain(row, notBefore: time - 400) && !spread.isCertain(row, notBefore: time + 1))
    }
  }

  @Test func `delays of more than half a minute are read each time`() throws {
    // Polls a minute apart, one of them 40 s late.
    let (block, expected) = try block(
      [Int64](repeating: 60_000, count: 20) + [100_000, 20_000] + [Int64](repeating: 60_000, count: 20),
      period: 60_000)
    let offsets = StampOffsets(capacity: 1024)
    #expect(try block.readOffsets(into: offsets, RiceScratch(capacity: 1024)))
    #expect(offsets.most == 40_000 && block.stampSpread == nil)
    check(Stamps(block, offsets), block, expected)
  }

  @Test func `a restart begins another block, unless restarts follow each other`() throws {
    let (_, ring) = makeRing()
    let id = try #require(ring.register("hits", kind: .counter))
    var row = Row()
    for index in 0..<500 {
      row.set(id, Int64(index < 300 ? 1000 + index : index - 300))
      // The last hundred polls are answered by two servers in turn.
      let epoch = index < 300 ? 1 : index < 400 ? 2 : 3 + index % 2
      try ring.append(at: midnight + Int64(index) * 1000, epoch: UInt64(epoch), row: row)
    }
    ring.closeOpenBlock()
    ring.sealPending()
    #expect(ring.blockChain.blocks.map(\.rows) == [300, 100, 64, 36])
    #expect(ring.blockChain.blocks[1].epochRows == [0])
    let growth = ring.increase(of: id, from: midnight, to: midnight + 399_000)
    #expect(growth == 398.0)
  }
}
