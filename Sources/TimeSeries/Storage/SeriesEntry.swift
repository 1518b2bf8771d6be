/// What a file says of one series.
struct SeriesEntry: Sendable, Equatable {
  var name: String
  var isCounter: Bool
  var isLasting = false
  var cell = CarriedState.Cell(value: 0, adjustment: 0, present: false, born: false, pending: false)
  var scale: UInt8 = 0
  var isRescaled = false
  var birth = RingState.Birth(time: RingState.unborn, value: 0, scale: 0)
}

extension SeriesEntry {
  var kind: SeriesKind { !isCounter ? .gauge : isLasting ? .lastingCounter : .counter }
}

extension SeriesEntry {
  private struct Flags {
    static let counter: UInt8 = 1
    static let present: UInt8 = 2
    static let born: UInt8 = 4
    static let pending: UInt8 = 8
    static let rescaled: UInt8 = 16
    static let lasting: UInt8 = 32
  }

  func write(into writer: inout ByteWriter) {
    var flags: UInt8 = isCounter ? Flags.counter : 0
    if isLasting { flags |= Flags.lasting }
    if cell.present { flags |= Flags.present }
    if cell.born { flags |= Flags.born }
    if cell.pending { flags |= Flags.pending }
    if isRescaled { flags |= Flags.rescaled }
    writer.bytes.append(flags)
    writer.text(name)
    writer.bytes.append(scale)
    if !cell.born { return }
    writer.signed(cell.value)
    if isCounter { writer.signed(cell.adjustment) }
    birth.write(into: &writer)
  }

  init(_ reader: inout ByteReader) throws(RingCorruption) {
    let flags = try reader.byte()
    name = try reader.text()
    isCounter = flags & Flags.counter != 0
    isLasting = flags & Flags.lasting != 0
    scale = try reader.byte()
    isRescaled = flags & Flags.rescaled != 0
    cell.present = flags & Flags.present != 0
    cell.born = flags & Flags.born != 0
    cell.pending = flags & Flags.pending != 0
    guard cell.born || !(cell.present || cell.pending) else { throw reader.failure(.badCount) }
    if !cell.born { return }
    cell.value = try reader.signed()
    if isCounter { cell.adjustment = try reader.signed() }
    birth = try RingState.Birth(&reader)
  }
}

extension RingState.Birth {
  func write(into writer: inout ByteWriter) {
    writer.signed(time)
    writer.signed(value)
    writer.bytes.append(scale)
  }

  init(_ reader: inout ByteReader) throws(RingCorruption) {
    time = try reader.signed()
    value = try reader.signed()
    scale = try reader.byte()
  }
}
