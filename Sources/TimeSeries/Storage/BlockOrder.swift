/// Which blocks of a ring's files go together: each ends before the next one begins, and all before the journals' rows.
///
/// All of them do, unless the clock was set back between two processes. The second left out what was later than its own
/// now, and wrote earlier rows under higher numbers; once that time has come, a third process finds both. It goes on
/// with what the second one had: the higher numbers stay. But where few rows would drive out many, it was the second
/// one's clock that was wrong for a while, as at a machine's start, and they go.
struct BlockOrder {
  struct Block {
    let sequence: UInt64
    let rows: Int
    /// From its first row to its last.
    let times: ClosedRange<Int64>
  }

  struct Journal {
    let sequence: UInt64
    /// Of its rows.
    let times: [Int64]
  }

  /// How many rows one of a higher number may drive out.
  private static let mostForOne = 10

  private let blocks: [Block]
  private let journals: [Journal]

  /// Both by number.
  init(_ blocks: [Block], _ journals: [Journal]) {
    self.blocks = blocks
    self.journals = journals.filter { !$0.times.isEmpty }
  }

  /// The numbers of the blocks that stay.
  var kept: Set<UInt64> {
    let (higher, lower) = (Set(fromTheHighest), Set(fromTheLowest))
    let lost = rows(lower.subtracting(higher))
    let won = rows(higher.subtracting(lower)) + max(0, journalRows(behind: higher) - journalRows(behind: lower))
    return lost > Self.mostForOne * won ? lower : higher
  }

  /// Without those that end too late for one of a higher number, or for a journal.
  private var fromTheHighest: [UInt64] {
    var next: Int64?
    var later = journals[...]
    return blocks.reversed().filter { block in
      while let journal = later.last, journal.sequence > block.sequence {
        next = min(next ?? .max, journal.times[0])
        later.removeLast()
      }
      if let next, block.times.upperBound >= next { return false }
      next = block.times.lowerBound
      return true
    }.map(\.sequence)
  }

  /// Without those that begin too early for one of a lower number.
  private var fromTheLowest: [UInt64] {
    var last: Int64?
    return blocks.filter { block in
      if let last, block.times.lowerBound <= last { return false }
      last = block.times.upperBound
      return true
    }.map(\.sequence)
  }

  private func rows(_ sequences: Set<UInt64>) -> Int {
    blocks.reduce(0) { $0 + (sequences.contains($1.sequence) ? $1.rows : 0) }
  }

  /// How many of the journals' rows are later than these blocks.
  private func journalRows(behind sequences: Set<UInt64>) -> Int {
    let last = blocks.last { sequences.contains($0.sequence) }?.times.upperBound
    return journals.reduce(0) { sum, journal in
      sum + journal.times.count { time in last.map { time > $0 } ?? true }
    }
  }
}

extension BlockOrder.Block {
  /// As the block's header has it; nil where that is damaged.
  init?(_ record: BlockRecord) {
    guard let block = try? SealedBlock(bytes: record.bytes, scales: [], derivations: .empty),
      block.firstTime <= block.lastTime
    else { return nil }
    self.init(sequence: record.sequence, rows: block.rows, times: block.firstTime...block.lastTime)
  }
}

extension BlockOrder.Journal {
  /// As far as its records can be read and are not later than `newest`; nil where it does not begin with a state.
  init?(_ records: [RingRecord], newest: Int64) {
    guard let first = records.first, first.kind == .state, let state = try? StateRecord(first) else { return nil }
    var times: [Int64] = []
    var time = state.lastTime ?? 0
    for record in records where record.kind == .row {
      guard time <= newest, let distance = try? RowReplay.distance(of: record) else { break }
      time &+= distance
      if time <= newest { times.append(time) }
    }
    self.init(sequence: state.sequence, times: times)
  }
}
