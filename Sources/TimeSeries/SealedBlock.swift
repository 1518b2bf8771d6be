internal import Synchronization

/// Rows that will not change any more, column by column in one run of bytes. Layout: `docs/ring.md`, "Block".
final class SealedBlock: Sendable {
  /// What is written. Earlier ones are read, too: version 2, which has no units of columns, and version 1, which has neither
  /// `EvenStamps` nor short lengths in Rice streams.
  static let version: UInt8 = 3
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

  /// The number of the open block that it was; 0 for one that stands for lost blocks.
  let sequence: UInt64
  let bytes: [UInt8]
  /// Decimal digits of each series, shared between blocks for as long as they don't change.
  let scales: [UInt8]
  /// How derived columns follow from others, shared likewise.
  let derivations: DerivationTable
  private let header: Header
  /// Bytes of the shared tables that this block brought in. A ring's first tables are part of what its series cost.
  private let sharedBytes: Int
  /// What the first reader of even stamps found out about them: `StampSpread.packed`; 0 before.
  private let spread = Atomic<UInt64>(0)

  /// Reads the header; everything else is read when it is asked for.
  init(
    bytes: [UInt8], scales: [UInt8], derivations: DerivationTable, sharedBytes: Int = 0, sequence: UInt64 = 0
  ) throws(RingCorruption) {
    self.sequence = sequence
    self.sharedBytes = sharedBytes
    self.bytes = bytes
    self.scales = scales
    self.derivations = derivations
    var header = Header()
    var failure: RingCorruption?
    unsafe bytes.withUnsafeBytes { raw in
      do throws(RingCorruption) { header = unsafe try Header(raw) } catch { failure = error }
    }
    if let failure { throw failure }
    self.header = header
  }

  var flags: Flags { header.flags }
  var rows: Int { Int(header.rows) }
  var series: Int { Int(header.series) }
  var firstTime: Int64 { header.firstTime }
  var lastTime: Int64 { header.lastTime }
  var epochRows: [Int] { header.epochRows }
  private var bitmap: Int { Int(header.bitmap) }
  private var derivedBitmap: Int { Int(header.derivedBitmap) }
  private var presentBitmap: Int { Int(header.presentBitmap) }
  private var index: Int { Int(header.index) }
  private var data: Int { Int(header.data) }
  private var records: Int { Int(header.records) }
  private var timesEncoding: Encoding { header.timesEncoding }
  private var slope: Int64 { header.slope }
  var hasEvenStamps: Bool { header.hasEvenStamps }

  /// Memory held: the bytes, the array's and this object's headers, as `malloc` rounds them.
  var bytesUsed: Int {
    let object = 16 + 6 * MemoryLayout<Int>.size + MemoryLayout<Header>.size
    return sharedBytes + Self.allocated(bytes.count + 32) + Self.allocated(object)
      + (epochRows.isEmpty ? 0 : 48 + epochRows.count * 8)
  }

  /// What an allocation of `size` bytes takes from the heap: a word of its own, rounded up to 16.
  private static func allocated(_ size: Int) -> Int { (size + 8 + 15) / 16 * 16 }

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

  /// Whether the block tells nothing of a series: its state is that of the block before.
  @inline(__always)
  func isSilent(_ series: Int) -> Bool { !flags.contains(.key) && !hasRecord(series) && !isDerived(series) }

  /// Presence at row 0.
  func startsPresent(_ series: Int) -> Bool {
    series < self.series && (flags.contains(.allPresent) || bit(presentBitmap, series))
  }

  /// How many series before this one have a record.
  @inline(__always)
  private func rank(_ series: Int) -> Int {
    let (word, shift) = (series &>> 6, Int(header.rankShift))
    let part = word &>> shift
    var rank = Int(header.ranks[part])
    for at in (part &<< shift)..<word { rank &+= self.word(bitmap, at).nonzeroBitCount }
    return rank &+ (self.word(bitmap, word) & ((1 &<< UInt64(series & 63)) &- 1)).nonzeroBitCount
  }

  /// Where the series' record lies; nil when it has none.
  func record(_ series: Int) throws(RingCorruption) -> Range<Int>? {
    guard hasRecord(series) else { return nil }
    let rank = rank(series)
    guard rank < records else { throw RingCorruption(code: .badCount, offset: index) }
    let (number, member) = (UInt(bitPattern: rank) / UInt(Self.indexGroup), rank & (Self.indexGroup - 1))
    let group = index &+ Int(number) &* (4 + 2 * Self.indexGroup)
    let (start, size) = unsafe bytes.withUnsafeBytes { unsafe Self.place($0, group, member) }
    let begin = data &+ start
    guard begin &+ size <= bytes.count &- Self.padding else {
      throw RingCorruption(code: .truncated, offset: group)
    }
    return begin..<begin &+ size
  }

  /// Where a record of a group of the index lies behind the first one, and its length.
  @inline(__always)
  private static func place(_ raw: UnsafeRawBufferPointer, _ group: Int, _ member: Int) -> (start: Int, size: Int) {
    let lengths = group &+ 4
    let size = unsafe Int(
      UInt16(littleEndian: raw.loadUnaligned(fromByteOffset: lengths &+ 2 &* member, as: UInt16.self)))
    let start = unsafe Int(UInt32(littleEndian: raw.loadUnaligned(fromByteOffset: group, as: UInt32.self)))
    if lengths &+ 2 * indexGroup <= raw.count {
      // All of a group at once, those from the record on masked out; behind the last group lie records.
      let low = unsafe raw.loadUnaligned(fromByteOffset: lengths, as: SIMD8<Int16>.self)
      let high = unsafe raw.loadUnaligned(fromByteOffset: lengths &+ 16, as: SIMD8<Int16>.self)
      let sums =
        SixteenBits.unsignedPairs(low & SixteenBits.before(member))
        &+ SixteenBits.unsignedPairs(high & SixteenBits.before(member &- 8))
      return (start &+ Int(sums.wrappedSum()), size)
    }
    let before = (0..<member).reduce(0) { sum, at in
      unsafe sum + Int(UInt16(littleEndian: raw.loadUnaligned(fromByteOffset: lengths + 2 * at, as: UInt16.self)))
    }
    return (start + before, size)
  }

  /// The summary of a series; nil when it has no record.
  /// A prediction is left out.
  func head(_ series: Int) throws(RingCorruption) -> RecordHead? {
    guard let range = try record(series) else { return nil }
    return try read(at: range.lowerBound) { reader throws(RingCorruption) in
      try RecordHead(&reader, rows: rows, series: self.series)
    }
  }

  /// The summary of a series that is present in every row of the block; nil where `head` must be asked.
  func plainSummary(_ series: Int) -> RecordHead.Summary? {
    guard startsPresent(series), let range = try? record(series) else { return nil }
    return unsafe bytes.withUnsafeBytes { raw in
      var reader = unsafe ByteReader(raw, at: range.lowerBound)
      return RecordHead.plainSummary(&reader)
    }
  }

  /// Gives `body` a reader over the block's bytes.
  @inline(__always)
  func read<T>(at position: Int, _ body: (inout ByteReader) throws(RingCorruption) -> T) throws(RingCorruption) -> T
  {
    let result: Result<T, RingCorruption> = unsafe bytes.withUnsafeBytes { raw in
      var reader = unsafe ByteReader(raw, at: position)
      reader.version = header.version
      do throws(RingCorruption) { return .success(try body(&reader)) } catch { return .failure(error) }
    }
    return try result.get()
  }

  // MARK: Stamps

  /// The stamps of all rows. Costs nothing worth naming when the poller stamps planned ticks.
  func readTimes(into column: Column, _ scratch: RiceScratch) throws(RingCorruption) {
    column.reset(rows: rows)
    try read(at: Int(header.timesPosition)) { reader throws(RingCorruption) in
      if header.hasEvenStamps {
        unsafe try EvenStamps.decode(
          &reader, end: Int(header.timesEnd), first: firstTime, count: rows, scratch, into: column.values)
        return
      }
      let stream = Stream(end: Int(header.timesEnd), count: rows, wanted: rows)
      _ = unsafe try ColumnDecoder.decode(
        timesEncoding, &reader, stream, first: firstTime, scratch, into: column.values)
    }
  }

  /// Reads even stamps; false, and nothing done, where they are stored otherwise.
  func readOffsets(into offsets: StampOffsets, _ scratch: RiceScratch) throws(RingCorruption) -> Bool {
    guard header.hasEvenStamps else { return false }
    try read(at: Int(header.timesPosition)) { reader throws(RingCorruption) in
      try offsets.read(&reader, end: Int(header.timesEnd), first: firstTime, rows: rows, scratch)
    }
    spread.store(StampSpread.packed(offsets, first: firstTime), ordering: .relaxed)
    return true
  }

  /// How far the stamps lie off an even step; nil where they do not, and where no reader has looked yet.
  @inline(__always)
  var stampSpread: StampSpread? {
    header.hasEvenStamps ? StampSpread(spread.load(ordering: .relaxed), first: firstTime, step: slope) : nil
  }

  /// The stamps' constant distance; nil when they must be decoded.
  var regularStep: Int64? { timesEncoding == .linear && slope > 0 ? slope : nil }
}

/// The parsed header of a block.
struct Header {
  var version: UInt8 = 0
  var flags = SealedBlock.Flags()
  var rows: UInt32 = 0
  var series: UInt32 = 0
  var records: UInt32 = 0
  var firstTime: Int64 = 0
  var lastTime: Int64 = 0
  var epochRows: [Int] = []
  var timesEncoding = Encoding.constant
  var hasEvenStamps = false
  /// The logarithm to base 2 of the words in a part of `ranks`.
  var rankShift: UInt8 = 0
  var timesPosition: UInt32 = 0
  var timesEnd: UInt32 = 0
  var slope: Int64 = 0
  var bitmap: UInt32 = 0
  var derivedBitmap: UInt32 = 0
  var presentBitmap: UInt32 = 0
  var index: UInt32 = 0
  var data: UInt32 = 0
  /// How many records there are before each of up to eight parts of the bitmap.
  var ranks = InlineArray<8, UInt16>(repeating: 0)

  init() {}

  init(_ raw: UnsafeRawBufferPointer) throws(RingCorruption) {
    var reader = unsafe ByteReader(raw)
    guard raw.count >= SealedBlock.padding, raw.count < 1 << 31 else { throw reader.failure(.truncated) }
    version = try reader.byte()
    guard version >= 1, version <= SealedBlock.version else { throw reader.failure(.newerFormat) }
    flags = SealedBlock.Flags(rawValue: try reader.byte())
    rows = UInt32(try reader.fixed(UInt16.self))
    series = UInt32(try reader.fixed(UInt16.self))
    records = UInt32(try reader.fixed(UInt16.self))
    firstTime = try reader.fixed(Int64.self)
    lastTime = firstTime &+ Int64(bitPattern: try reader.varint())
    guard rows > 0, records <= series else { throw reader.failure(.badCount) }
    let epochs = try reader.count(upTo: Int(rows))
    for _ in 0..<epochs { epochRows.append(try reader.count(upTo: Int(rows) - 1)) }
    try readTimes(&reader)
    let words = (Int(series) + 63) / 64 * 8
    bitmap = UInt32(reader.position)
    try reader.skip(words)
    derivedBitmap = UInt32(reader.position)
    if flags.contains(.derived) { try reader.skip(words) }
    presentBitmap = UInt32(reader.position)
    if !flags.contains(.allPresent) { try reader.skip(words) }
    index = UInt32(reader.position)
    let groups = (Int(records) + SealedBlock.indexGroup - 1) / SealedBlock.indexGroup
    try reader.skip(groups * 4 + Int(records) * 2)
    data = UInt32(reader.position)
    try reader.skip(SealedBlock.padding)
    unsafe noteRanks(raw, words / 8)
  }

  private mutating func noteRanks(_ raw: UnsafeRawBufferPointer, _ words: Int) {
    while words > 8 << rankShift { rankShift += 1 }
    var rank = 0
    for at in 0..<words {
      if at & ((1 << rankShift) - 1) == 0 { ranks[at >> rankShift] = UInt16(rank) }
      let word = unsafe raw.loadUnaligned(fromByteOffset: Int(bitmap) + 8 * at, as: UInt64.self)
      rank += word.nonzeroBitCount
    }
  }

  private mutating func readTimes(_ reader: inout ByteReader) throws(RingCorruption) {
    let tag = try reader.byte()
    hasEvenStamps = version >= 2 && tag == EvenStamps.tag
    guard let encoding = hasEvenStamps ? .sparse : Encoding(rawValue: tag) else {
      throw reader.failure(.unknownEncoding)
    }
    timesEncoding = encoding
    let size = try reader.count(upTo: Int(UInt16.max))
    timesPosition = UInt32(reader.position)
    try reader.skip(size)
    timesEnd = UInt32(reader.position)
    if encoding == .linear || hasEvenStamps {
      var start = reader
      start.position = Int(timesPosition)
      slope = try start.signed()
    }
  }
}
