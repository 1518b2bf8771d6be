/// Keeps what is appended as bytes until a file takes it. Under the ring's lock; costs about twice as much as the append itself.
struct RowRecorder: Sendable {
  /// What happened to one open block since the last time that it was taken.
  struct Part: Sendable {
    let sequence: UInt64
    /// The state before the block, where the block was opened since.
    var checkpoint: Checkpoint?
    var writer = ByteWriter()
    /// Kind and end of each record in the bytes.
    var records: [(kind: RingRecord.Kind, end: Int)] = []
    /// The time of the newest row.
    var newest: Int64?
  }

  /// Bytes that may wait; more are given up, and the recorder is silent until the next block.
  var limit: Int
  private(set) var parts: [Part] = []
  private var waiting = 0
  private var isSilent = true
  /// Series whose digits changed since the last row.
  private var rescaled: [Int] = []

  init(limit: Int) { self.limit = limit }

  /// A block was opened.
  mutating func begin(_ checkpoint: Checkpoint) {
    parts.append(Part(sequence: checkpoint.sequence, checkpoint: checkpoint))
    isSilent = false
    rescaled.removeAll(keepingCapacity: true)
  }

  /// Hands over what was recorded; the part of the open block stays open.
  mutating func take() -> [Part] {
    defer {
      parts = isSilent ? [] : parts.suffix(1).map { Part(sequence: $0.sequence) }
      waiting = 0
    }
    return parts
  }

  mutating func registered(_ id: Int, _ entry: SeriesEntry) {
    if isSilent || parts.isEmpty { return }
    SeriesRecord(id: id, entry: entry).write(into: &parts[parts.count - 1].writer)
    end(.series)
  }

  mutating func noteScale(_ series: Int) {
    if !isSilent { rescaled.append(series) }
  }

  private mutating func end(_ kind: RingRecord.Kind) {
    let last = parts.count - 1
    let size = parts[last].writer.bytes.count
    waiting += size - (parts[last].records.last?.end ?? 0)
    parts[last].records.append((kind, size))
    if waiting > limit {
      // Nobody takes them: the disk is full or slow. The sealed block will be written instead.
      parts.removeAll()
      waiting = 0
      isSilent = true
    }
  }
}

extension RowRecorder {
  struct RowFlags {
    static let epoch: UInt8 = 1
    static let toggles: UInt8 = 2
    static let digits: UInt8 = 4
  }

  /// Records the row that is about to be written: `state` is as before it, with the row's changes marked.
  mutating func row(_ row: borrowing Row, at time: Int64, epoch: UInt64, _ state: borrowing RingState) {
    if isSilent || parts.isEmpty { return }
    let count = state.last.count
    let words = (count + 63) / 64
    var flags: UInt8 = epoch == state.lastEpoch ? 0 : RowFlags.epoch
    if !rescaled.isEmpty { flags |= RowFlags.digits }
    var toggles: [(Int, UInt64)] = []
    for word in 0..<words {
      let now = word < row.present.count ? row.present[word] & state.seriesMask(word) : 0
      let flipped = now ^ state.present.word(word)
      if flipped != 0 { toggles.append((word, flipped)) }
    }
    if !toggles.isEmpty { flags |= RowFlags.toggles }
    let last = parts.count - 1
    parts[last].newest = time
    put(flags, time &- (state.lastTime ?? 0), epoch, count, toggles, state, into: &parts[last].writer)
    for word in 0..<words { parts[last].writer.put(state.changed[word]) }
    for word in 0..<words {
      var rest = state.changed[word]
      while rest != 0 {
        let index = word * 64 + rest.trailingZeroBitCount
        rest &= rest &- 1
        parts[last].writer.signed(row.mantissas[index] &- state.last[index])
      }
    }
    rescaled.removeAll(keepingCapacity: true)
    end(.row)
  }

  private func put(
    _ flags: UInt8, _ distance: Int64, _ epoch: UInt64, _ count: Int, _ toggles: [(Int, UInt64)],
    _ state: borrowing RingState, into writer: inout ByteWriter
  ) {
    writer.bytes.append(flags)
    writer.signed(distance)
    writer.varint(UInt64(count))
    if flags & RowFlags.epoch != 0 { writer.varint(epoch) }
    if flags & RowFlags.digits != 0 {
      writer.varint(UInt64(rescaled.count))
      for series in rescaled {
        writer.varint(UInt64(series))
        writer.bytes.append(state.scales[series])
      }
    }
    if flags & RowFlags.toggles != 0 {
      writer.varint(UInt64(toggles.count))
      for (word, bits) in toggles {
        writer.varint(UInt64(word))
        writer.put(bits)
      }
    }
  }
}
