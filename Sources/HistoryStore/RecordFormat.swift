import TimeSeries

/// What a file of records looks like. Layout: `docs/ring.md`, "Files".
enum RecordFormat {
  /// Versions 2 and 3 have the same records; a block in them may be of that version.
  static let version: UInt16 = 3
  static let magic = Array("CGHISTRY".utf8)
  static let headerSize = 16
  /// Length, kind, checksum.
  static let overhead = 9
  /// No record is longer; a longer length is damage.
  static let longest = 64 << 20

  /// What a file holds.
  enum Kind: UInt8, CaseIterable {
    case journal = 1
    case blocks = 2
    case rollups = 3

    var suffix: String {
      switch self {
      case .journal: "journal"
      case .blocks: "blocks"
      case .rollups: "rollups"
      }
    }
  }

  static func header(_ kind: Kind) -> [UInt8] {
    let start = magic + [UInt8(version & 0xFF), UInt8(version >> 8), kind.rawValue, 0]
    return start + bytes(Checksum.of(start[...]))
  }

  /// A record between its length and its checksum.
  static func frame(_ record: RingRecord, into out: inout [UInt8]) {
    let start = out.count
    out += bytes(UInt32(record.bytes.count))
    out.append(record.kind.rawValue)
    out += record.bytes
    out += bytes(Checksum.of(out[start...]))
  }

  private static func bytes(_ value: UInt32) -> [UInt8] {
    [0, 8, 16, 24].map { UInt8(truncatingIfNeeded: value >> $0) }
  }
}

/// What a file gave.
struct ParsedFile {
  /// Why a file as a whole can't be read.
  enum Refusal: Error, Equatable {
    case newer(UInt16)
    case damaged
  }

  var records: [RingRecord] = []
  /// Records that don't match their checksum, and what follows where no next record can be found.
  var damaged = 0
  /// Whether the last record is cut off, as a crash while writing leaves it.
  var isTorn = false

  /// Reads a file of a kind. A journal ends at the first damaged record, since each row depends on those before;
  /// elsewhere only the damaged record is left out.
  init(_ bytes: [UInt8], _ kind: RecordFormat.Kind) throws(Refusal) {
    guard bytes.count >= RecordFormat.headerSize else {
      isTorn = true
      return
    }
    let sum = Self.word(bytes, 12)
    guard bytes.starts(with: RecordFormat.magic), sum == Checksum.of(bytes[..<12]) else { throw .damaged }
    let version = UInt16(bytes[8]) | UInt16(bytes[9]) << 8
    guard version <= RecordFormat.version else { throw .newer(version) }
    guard version >= 1, bytes[10] == kind.rawValue else { throw .damaged }
    parse(bytes, stopsAtDamage: kind == .journal)
  }

  private mutating func parse(_ bytes: [UInt8], stopsAtDamage: Bool) {
    var at = RecordFormat.headerSize
    while at < bytes.count {
      guard bytes.count - at >= RecordFormat.overhead else {
        isTorn = true
        return
      }
      let length = Int(Self.word(bytes, at))
      guard length <= RecordFormat.longest, length <= bytes.count - at - RecordFormat.overhead else {
        isTorn = true
        return
      }
      let end = at + 5 + length
      if Checksum.of(bytes[at..<end]) == Self.word(bytes, end), let kind = RingRecord.Kind(rawValue: bytes[at + 4])
      {
        records.append(RingRecord(kind, Array(bytes[(at + 5)..<end])))
      } else {
        damaged += 1
        if stopsAtDamage { return }
      }
      at = end + 4
    }
  }

  private static func word(_ bytes: [UInt8], _ at: Int) -> UInt32 {
    UInt32(bytes[at]) | UInt32(bytes[at + 1]) << 8 | UInt32(bytes[at + 2]) << 16 | UInt32(bytes[at + 3]) << 24
  }
}
