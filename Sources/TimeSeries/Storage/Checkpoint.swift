/// A ring's series and their values as of one moment, between two rows. Taking one costs references.
struct Checkpoint: Sendable {
  var sequence: UInt64
  var lastTime: Int64?
  var lastEpoch: UInt64
  var series: [SeriesEntry] { names.indices.map { entry($0) } }

  private let names: [String]
  private let counters: BitSet
  private let lasting: BitSet
  private let scales: [UInt8]
  private let births: [RingState.Birth]
  private let carried: CarriedState

  init(_ state: RingState, carried: CarriedState) {
    sequence = state.sequence
    lastTime = state.lastTime
    lastEpoch = state.lastEpoch
    names = state.names
    counters = state.counters
    lasting = state.lasting
    scales = state.scales
    births = state.births
    self.carried = carried
  }

  private func entry(_ index: Int) -> SeriesEntry {
    SeriesEntry(
      name: names[index], isCounter: counters[index], isLasting: lasting[index], cell: carried.cell(index),
      scale: scales[index],
      isRescaled: carried.rescaled[index], birth: births[index])
  }

  /// The record of kind `state`.
  var record: RingRecord {
    StateRecord(sequence: sequence, lastTime: lastTime, lastEpoch: lastEpoch, series: series).record
  }
}

/// A checkpoint as it comes back.
struct StateRecord: Equatable {
  var sequence: UInt64
  var lastTime: Int64?
  var lastEpoch: UInt64
  var series: [SeriesEntry]

  var record: RingRecord {
    var writer = ByteWriter()
    writer.varint(sequence)
    writer.bytes.append(lastTime == nil ? 0 : 1)
    writer.signed(lastTime ?? 0)
    writer.varint(lastEpoch)
    writer.varint(UInt64(series.count))
    for entry in series { entry.write(into: &writer) }
    return RingRecord(.state, writer.bytes)
  }
}

extension StateRecord {
  init(_ record: RingRecord) throws(RingCorruption) {
    self = try record.read { reader throws(RingCorruption) in
      let sequence = try reader.varint()
      let hasTime = try reader.byte() != 0
      let time = try reader.signed()
      let epoch = try reader.varint()
      let count = try reader.count(upTo: Int(UInt16.max))
      var state = StateRecord(sequence: sequence, lastTime: hasTime ? time : nil, lastEpoch: epoch, series: [])
      for _ in 0..<count { state.series.append(try SeriesEntry(&reader)) }
      try reader.finish()
      return state
    }
  }
}

/// A series registered while a journal is written.
struct SeriesRecord {
  var id: Int
  var entry: SeriesEntry

  func write(into writer: inout ByteWriter) {
    writer.varint(UInt64(id))
    entry.write(into: &writer)
  }

  init(id: Int, entry: SeriesEntry) {
    self.id = id
    self.entry = entry
  }

  init(_ record: RingRecord) throws(RingCorruption) {
    self = try record.read { reader throws(RingCorruption) in
      let id = try reader.count(upTo: Int(UInt16.max) - 1)
      let result = SeriesRecord(id: id, entry: try SeriesEntry(&reader))
      try reader.finish()
      return result
    }
  }
}
