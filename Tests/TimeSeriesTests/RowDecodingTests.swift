import Randomness
import Testing

@testable import TimeSeries

/// Rows that are asked for alone have the values that they have in the whole column.
@Suite struct RowDecodingTests {
  /// Values that an encoding can hold, with steps of about `bits` bits, some outliers, and a stretch without a change.
  private static func values(_ encoding: Encoding, _ bits: Int, _ random: inout SeededRandom) -> [Int64] {
    let step = Int64(1) << Int64(bits)
    var value: Int64 = 123_456
    return (0..<601).map { at in
      switch encoding {
      case .constant: break
      case .linear: value &+= step
      case .dictionaryLevel: value = step &* Int64.random(in: 0..<40, using: &random)
      case .dictionaryDelta: value &+= step &* Int64.random(in: -20..<20, using: &random)
      case .sparse:
        if Int.random(in: 0..<10, using: &random) == 0 { value &+= Int64.random(in: -step...step, using: &random) }
      default:
        if (200..<350).contains(at) { break }
        let isOutlier = Int.random(in: 0..<90, using: &random) == 0
        value &+= Int64.random(in: -step...step, using: &random) &* (isOutlier ? 1000 : 1)
      }
      return value
    }
  }

  private static func encode(_ encoding: Encoding, _ values: [Int64]) -> [UInt8] {
    var writer = ByteWriter()
    unsafe values.withUnsafeBufferPointer { buffer in
      guard let base = buffer.baseAddress else { return }
      unsafe ColumnEncoder(capacity: 1024).write(encoding, base, buffer.count, into: &writer)
    }
    return writer.bytes + [UInt8](repeating: 0xFF, count: 8)
  }

  private static func decode(_ encoding: Encoding, _ bytes: [UInt8], _ first: Int64, only rows: [Int]) throws
    -> Column
  {
    let column = Column(capacity: 1024)
    column.reset(rows: 601)
    column.fill(0, 601, 77)
    let stream = Stream(end: bytes.count - 8, count: 601, wanted: (rows.last ?? 0) + 1)
    try unsafe bytes.withUnsafeBytes { raw in
      try unsafe rows.withUnsafeBufferPointer { rows in
        var reader = unsafe ByteReader(raw)
        unsafe try ColumnDecoder.decode(
          encoding, &reader, stream, only: WantedRows(rows), first: first, RiceScratch(capacity: 1024),
          into: column.values)
      }
    }
    return column
  }

  @Test(arguments: Encoding.allCases, [2, 9, 13, 19, 26, 40, 60])
  func `rows of any encoding come back alone`(_ encoding: Encoding, _ bits: Int) throws {
    var random = SeededRandom(seed: UInt64(bits) * 100 + UInt64(encoding.rawValue))
    let values = Self.values(encoding, bits, &random)
    let bytes = Self.encode(encoding, values)
    let choices: [[Int]] = [
      [0], [1], [600], [0, 1, 2, 63, 64, 65, 600], Array(stride(from: 59, to: 601, by: 60)), Array(0..<601),
      (0..<601).filter { _ in Int.random(in: 0..<7, using: &random) == 0 },
    ]
    for rows in choices where !rows.isEmpty {
      let column = try Self.decode(encoding, bytes, values[0], only: rows)
      #expect(rows.map { column[$0] } == rows.map { values[$0] })
      #expect(column[0] == values[0])
    }
  }

  @Test(arguments: Encoding.allCases.filter(ColumnDecoder.sums), [2, 9, 13, 19, 26, 40, 60])
  func `sums up to some rows are those of the values`(_ encoding: Encoding, _ bits: Int) throws {
    var random = SeededRandom(seed: UInt64(bits) * 100 + UInt64(encoding.rawValue))
    let values = Self.values(encoding, bits, &random)
    let bytes = Self.encode(encoding, values)
    let sums = Self.sums(values)
    for rows in [[0], [1], [600], [0, 1, 2, 63, 64, 65], Array(stride(from: 59, to: 601, by: 60))] {
      let column = Column(capacity: 1024)
      column.reset(rows: 601)
      let stream = Stream(end: bytes.count - 8, count: 601, wanted: (rows.last ?? 0) + 1)
      try unsafe bytes.withUnsafeBytes { raw in
        try unsafe rows.withUnsafeBufferPointer { rows in
          var reader = unsafe ByteReader(raw)
          unsafe try ColumnDecoder.sum(
            encoding, &reader, stream, upTo: WantedRows(rows), first: values[0], RiceScratch(capacity: 1024),
            into: column.values)
        }
      }
      #expect(rows.map { column[$0] } == rows.map { sums[$0] })
    }
  }

  /// The sums of all values up to each, modulo 2^64.
  private static func sums(_ values: [Int64]) -> [Int64] {
    var sum: Int64 = 0
    return values.map { value in
      sum &+= value
      return sum
    }
  }

  @Test(arguments: 0..<6)
  func `predicted and derived columns come back alone, whatever was asked before`(_ seed: Int) throws {
    var random = SeededRandom(seed: UInt64(seed))
    var rows = HostileRows(seed: UInt64(seed))
    let (_, ring) = makeRing(maximumRows: [64, 600][seed % 2])
    for _ in 0..<900 {
      let (time, epoch, row) = rows.next(ring)
      try ring.append(at: time, epoch: epoch, row: row)
    }
    ring.closeOpenBlock()
    ring.sealPending()
    let chain = ring.blockChain
    let decoder = BlockDecoder(capacity: 1024)
    for (at, block) in chain.blocks.enumerated() {
      let wanted = (0..<block.rows).filter { row in
        row == block.rows - 1 || Int.random(in: 0..<9, using: &random) == 0
      }
      for series in (0..<block.series).shuffled(using: &random) {
        let whole = Column(capacity: 1024)
        guard try BlockDecoder(capacity: 1024).decode(series, at: at, of: chain, into: whole) else {
          #expect(try decoder.column(series, at: at, of: chain, only: wanted) == nil)
          continue
        }
        let found = try #require(try decoder.column(series, at: at, of: chain, only: wanted))
        #expect(wanted.allSatisfy { found[$0] == whole[$0] }, "block \(at), series \(series)")
        let sum = Column(capacity: 1024)
        if try decoder.hasSums(series, in: block) {
          try decoder.sum(series, in: block, upTo: wanted, into: sum)
          let sums = Self.sums((0..<block.rows).map { whole[$0] })
          #expect(wanted.map { sum[$0] } == wanted.map { sums[$0] }, "block \(at), series \(series)")
        }
        if series % 5 == 0 {
          let all = try #require(try decoder.column(series, at: at, of: chain, only: nil))
          #expect((0..<block.rows).allSatisfy { all[$0] == whole[$0] })
        }
      }
    }
  }

  @Test(arguments: [2, 8, 4096, 150, 20_504, 3, 1 << 40, 7 << 55] as [Int64])
  func `columns of a unit come back, alone or whole, predicted or not`(_ unit: Int64) throws {
    var random = SeededRandom(seed: UInt64(unit))
    let (_, ring) = makeRing()
    let ids = ["pages", "hub", "follower", "other", "far", "steps"].compactMap { ring.register($0, kind: .gauge) }
    var expected: [[Int64]] = []
    var (pages, hub) = (Int64(1_000_003), Int64(0))
    for number in 0..<600 as Range<Int64> {
      pages &+= unit &* Int64.random(in: -300..<300, using: &random)
      hub &+= .random(in: 0..<900, using: &random)
      let follower = -5 &+ unit &* (hub &* 3 &+ .random(in: 0..<100, using: &random))
      let other = hub &* 2 &+ .random(in: 0..<100, using: &random)
      let far = number % 150 == 3 ? .min : Int64.random(in: 0..<9, using: &random) &* unit &+ .max
      expected.append([pages, hub, follower, other, far, unit &* (number / 70)])
      var row = Row()
      for (id, value) in zip(ids, expected[Int(number)]) { row.set(id, value) }
      try ring.append(at: midnight + number * 1000, epoch: 1, row: row)
    }
    ring.closeOpenBlock()
    ring.sealPending()
    let chain = ring.blockChain
    let storage = try ids.map { try ring.storage(of: $0) }
    // What wraps around is a multiple of a power of two only.
    let kept = unit < 1 << 50 ? unit : 1 << 55
    #expect(storage[0].hasSuffix(" of \(kept)"))
    #expect(storage[2].contains(" of \(kept), predicted from hub") || unit != kept, "\(storage)")
    for series in ids.indices {
      let whole = Column(capacity: 1024)
      #expect(try BlockDecoder(capacity: 1024).decode(series, at: 0, of: chain, into: whole))
      #expect((0..<600).map { whole[$0] } == expected.map { $0[series] })
      let wanted = Array(stride(from: 59, to: 600, by: 60))
      let some = try #require(try BlockDecoder(capacity: 1024).column(series, at: 0, of: chain, only: wanted))
      #expect(wanted.map { some[$0] } == wanted.map { expected[$0][series] })
      #expect(some[0] == expected[0][series])
      let sum = Column(capacity: 1024)
      let decoder = BlockDecoder(capacity: 1024)
      let isSummed = try decoder.hasSums(series, in: chain.blocks[0])
      if isSummed { try decoder.sum(series, in: chain.blocks[0], upTo: wanted, into: sum) }
      let sums = Self.sums(expected.map { $0[series] })
      #expect(!isSummed || wanted.map { sum[$0] } == wanted.map { sums[$0] })
      #expect(isSummed || series != 5 || unit > 1 << 40, "steps are summed without their values")
    }
  }

  @Test(arguments: [1, 63, 300, 700, 2500])
  func `the record of each of many series is found`(_ count: Int) throws {
    let (_, ring) = makeRing()
    let ids = try (0..<count).map { try #require(ring.register("s\($0)", kind: .gauge)) }
    var random = SeededRandom(seed: UInt64(count))
    var row = Row()
    for index in 0..<40 {
      // A third of the series never changes.
      for (at, id) in ids.enumerated() where at % 3 != 1 || index == 0 {
        row.set(id, at == index ? .max : Int64.random(in: 0...Int64(at), using: &random) &* 1_000_003)
      }
      try ring.append(at: midnight + Int64(index) * 1000, epoch: 1, row: row)
    }
    ring.closeOpenBlock()
    ring.sealPending()
    let block = try #require(ring.blockChain.blocks.first)
    var end: Int?
    for series in 0..<count {
      guard let range = try block.record(series) else { continue }
      #expect(range.lowerBound == end ?? range.lowerBound)
      end = range.upperBound
      #expect(ring.value(of: ids[series], at: midnight + 39_000) == row[ids[series]])
    }
    #expect(end == block.bytes.count - SealedBlock.padding)
  }
}
