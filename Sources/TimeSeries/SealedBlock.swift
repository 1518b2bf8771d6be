/// Rows that will not change any more, column by column in one run of bytes. Layout: `docs/ring.md`, "Block".
final class SealedBlock: Sendable {
  static let version: UInt8 = 1
  static let padding = 8
  /// Every so many blocks one is a key block.
  static let keyInterval = 32
  /// Lengths between two absolute offsets in the index.
  static let indexGroup = 16

  struct Flags: OptionSet {
    let rawValue: UInt8
    /// Every present series has a record, so that looking back for a constant's value ends here.
    static let key = Flags(rawValue: 1)
    /// Only summaries are left: a rollup row.
    static let rollup = Flags(rawValue: 2)
    /// Some record holds a reset correction.
    static let corrections = Flags(rawValue: 4)
    /// Every series is present at row 0; there is no presence bitmap.
    static let allPresent = Flags(rawValue: 8)
    /// There is a bitmap of derived columns.
    static let derived = Flags(rawValue: 16)
  }

  let bytes: [UInt8]
  let flags: Flags
  let rows: Int
  let series: Int
  let firstTime: Int64
  let lastTime: Int64
  /// Decimal digits of each series, shared between blocks for as long as they don't change.
  let scales: [UInt8]
  /// How derived columns follow from others, shared likewise.
  let derivations: DerivationTable
  let epochRows: [Int]
  private let records: Int
  private let timesPosition: Int
  private let timesEnd: Int
  private let timesEncoding: Encoding
  private let slope: Int64
  private let bitmap: Int
  private let derivedBitmap: Int
  private let presentBitmap: Int
  private let index: Int
  private let data: Int

  /// Reads the header; everything else is read when it is asked for.
  init(bytes: [UInt8], scales: [UInt8], derivations: DerivationTable) throws(RingCorruption) {
    self.bytes = bytes
    self.scales = scales
    self.derivations = derivations
    var header = Header()
    var failure: RingCorruption?
    unsafe bytes.withUnsafeBytes { raw in
      do throws(RingCorruption) { header = unsafe try Header(raw) } catch { failure = error }
    }
    if let failure { throw failure }
    flags = header.flags
    rows = header.rows
    series = header.series
    records = header.records
    firstTime = header.firstTime
    lastTime = header.lastTime
    epochRows = header.epochRows
    timesPosition = header.timesPosition
    timesEnd = header.timesEnd
    timesEncoding = header.timesEncoding
    slope = header.slope
    bitmap = header.bitmap
    derivedBitmap = header.derivedBitmap
    presentBitmap = header.presentBitmap
    index = header.index
    data = header.data
  }

  /// Memory held: the bytes, the array's and this object's headers, as `malloc` rounds them.
  var bytesUsed: Int { (bytes.count + 47) / 16 * 16 + 272 + epochRows.count * 8 }

  func scale(_ series: Int) -> UInt8 { series < scales.count ? scales[series] : 0 }

  // MARK: Bitmaps and index

  private func word(_ start: Int, _ index: Int) -> UInt64 {
    unsafe bytes.withUnsafeBytes { raw in
      unsafe UInt64(littleEndian: raw.loadUnaligned(fromByteOffset: start + index * 8, as: UInt64.self))
    }
  }

  private func bit(_ start: Int, _ series: Int) -> Bool {
    word(start, series >> 6) >> UInt64(series & 63) & 1 == 1
  }

  func hasRecord(_ series: Int) -> Bool { series < self.series && bit(bitmap, series) }

  func isDerived(_ series: Int) -> Bool {
    series < self.series && flags.contains(.derived) && bit(derivedBitmap, series)
  }

  /// Presence at row 0.
  func startsPresent(_ series: Int) -> Bool {
    series < self.series && (flags.contains(.allPresent) || bit(presentBitmap, series))
  }

  /// Where the series' record lies; nil when it has none.
  func record(_ series: Int) throws(RingCorruption) -> Range<Int>? {
    guard hasRecord(series) else { return nil }
    var rank = (word(bitmap, series >> 6) & ((1 &<< UInt64(series & 63)) &- 1)).nonzeroBitCount
    for at in 0..<(series >> 6) { rank += word(bitmap, at).nonzeroBitCount }
    guard rank < records else { throw RingCorruption(code: .badCount, offset: index) }
    var failure: RingCorruption?
    var range = 0..<0
    unsafe bytes.withUnsafeBytes { raw in
      let group = rank / Self.indexGroup
      let place = index + group * (4 + 2 * Self.indexGroup)
      var start = unsafe data + Int(UInt32(littleEndian: raw.loadUnaligned(fromByteOffset: place, as: UInt32.self)))
      var length = place + 4
      for _ in 0..<(rank % Self.indexGroup) {
        unsafe start += Int(UInt16(littleEndian: raw.loadUnaligned(fromByteOffset: length, as: UInt16.self)))
        length += 2
      }
      let size = unsafe Int(UInt16(littleEndian: raw.loadUnaligned(fromByteOffset: length, as: UInt16.self)))
      if start + size > raw.count - Self.padding {
        failure = RingCorruption(code: .truncated, offset: length)
      } else {
        range = start..<(start + size)
      }
    }
    if let failure { throw failure }
    return range
  }

  /// The summary of a series; nil when it has no record.
  /// A prediction is left out.
  func head(_ series: Int) throws(RingCorruption) -> RecordHead? {
    guard let range = try record(series) else { return nil }
    return try read(at: range.lowerBound) { reader throws(RingCorruption) in
      try RecordHead(&reader, rows: rows, series: self.series)
    }
  }

  /// Gives `body` a reader over the block's bytes.
  @inline(__always)
  func read<T>(at position: Int, _ body: (inout ByteReader) throws(RingCorruption) -> T) throws(RingCorruption) -> T
  {
    let result: Result<T, RingCorruption> = unsafe bytes.withUnsafeBytes { raw in
      var reader = unsafe ByteReader(raw, at: position)
      do throws(RingCorruption) { return .success(try body(&reader)) } catch { return .failure(error) }
    }
    return try result.get()
  }

  // MARK: Stamps

  /// The stamps of all rows. Costs nothing worth naming when the poller stamps planned ticks.
  func readTimes(into column: Column) throws(RingCorruption) {
    column.reset(rows: rows)
    try read(at: timesPosition) { reader throws(RingCorruption) in
      let stream = Stream(end: timesEnd, count: rows, wanted: rows)
      _ = unsafe try ColumnDecoder.decode(timesEncoding, &reader, stream, first: firstTime, into: column.values)
    }
  }

  /// The stamps' constant distance; nil when they must be decoded.
  var regularStep: Int64? { timesEncoding == .linear && slope > 0 ? slope : nil }
}

/// The parsed header of a block.
struct Header {
  var flags = SealedBlock.Flags()
  var rows = 0
  var series = 0
  var records = 0
  var firstTime: Int64 = 0
  var lastTime: Int64 = 0
  var epochRows: [Int] = []
  var timesEncoding = Encoding.constant
  var timesPosition = 0
  var timesEnd = 0
  var slope: Int64 = 0
  var bitmap = 0
  var derivedBitmap = 0
  var presentBitmap = 0
  var index = 0
  var data = 0

  init() {}

  init(_ raw: UnsafeRawBufferPointer) throws(RingCorruption) {
    var reader = unsafe ByteReader(raw)
    guard raw.count >= SealedBlock.padding else { throw reader.failure(.truncated) }
    guard try reader.byte() == SealedBlock.version else { throw reader.failure(.newerFormat) }
    flags = SealedBlock.Flags(rawValue: try reader.byte())
    rows = Int(try reader.fixed(UInt16.self))
    series = Int(try reader.fixed(UInt16.self))
    records = Int(try reader.fixed(UInt16.self))
    firstTime = try reader.fixed(Int64.self)
    lastTime = firstTime &+ Int64(bitPattern: try reader.varint())
    guard rows > 0, records <= series else { throw reader.failure(.badCount) }
    let epochs = try reader.count(upTo: rows)
    for _ in 0..<epochs { epochRows.append(try reader.count(upTo: rows - 1)) }
    try readTimes(&reader)
    let words = (series + 63) / 64 * 8
    bitmap = reader.position
    try reader.skip(words)
    derivedBitmap = reader.position
    if flags.contains(.derived) { try reader.skip(words) }
    presentBitmap = reader.position
    if !flags.contains(.allPresent) { try reader.skip(words) }
    index = reader.position
    let groups = (records + SealedBlock.indexGroup - 1) / SealedBlock.indexGroup
    try reader.skip(groups * 4 + records * 2)
    data = reader.position
    try reader.skip(SealedBlock.padding)
  }

  private mutating func readTimes(_ reader: inout ByteReader) throws(RingCorruption) {
    guard let encoding = Encoding(rawValue: try reader.byte()) else { throw reader.failure(.unknownEncoding) }
    timesEncoding = encoding
    let size = try reader.count(upTo: Int(UInt16.max))
    timesPosition = reader.position
    try reader.skip(size)
    timesEnd = reader.position
    if encoding == .linear {
      var start = reader
      start.position = timesPosition
      slope = try start.signed()
    }
  }
}
