internal import Locked

/// One series' history as of one moment; reading it takes no lock.
struct SeriesView: Sendable {
  var index: Int
  var isCounter: Bool
  /// A new epoch says nothing of it.
  var isLasting: Bool
  var chain: BlockChain
  var rollups: Int
  /// Closed blocks that await sealing, then the open one.
  var journals: [JournalView]
  var birth: RingState.Birth
  /// The ring's poll interval, milliseconds.
  var period: Int64

  var blocks: [SealedBlock] { chain.blocks }

  /// What was published of one journal.
  struct JournalView: Sendable {
    var block: OpenBlock
    var rows: Int
    var column: JournalColumn
    var carried: CarriedState.Cell
    var scale: UInt8
    var epochRows: [Int]
  }
}

extension Ring {
  func view(of id: SeriesID) -> SeriesView? {
    state.withLock { $0.view(of: id.index) }
  }

  /// What a look-up at or before `time` needs: journals that begin later are left out.
  func view(of id: SeriesID, before time: Int64) -> SeriesView? {
    state.withLock { $0.view(of: id.index, before: time) }
  }
}

extension RingState {
  func view(of index: Int, before time: Int64 = .max) -> SeriesView? {
    guard index >= 0, index < last.count else { return nil }
    var journals: [SeriesView.JournalView] = []
    for block in closed where block.time(0) <= time { journals.append(view(block, index, scale: block.scales)) }
    if let open, open.rows > 0, open.time(0) <= time { journals.append(view(open, index, scale: scales)) }
    return SeriesView(
      index: index, isCounter: counters[index], isLasting: lasting[index],
      chain: BlockChain(blocks: blocks, fronts: front), rollups: rollups,
      journals: journals,
      birth: births[index], period: period)
  }

  private func view(_ block: OpenBlock, _ index: Int, scale: [UInt8]) -> SeriesView.JournalView {
    SeriesView.JournalView(
      block: block, rows: block.rows, column: block.column(index), carried: block.carried.cell(index),
      scale: index < scale.count ? scale[index] : 0, epochRows: block.epochRows)
  }
}

/// A counter's value with what its resets have added.
struct CounterState: Equatable {
  var value: Int64
  var adjustment: Int64
  var scale: UInt8

  var total: Int64 { value &+ adjustment }

  /// The growth since an earlier state. Exact up to 2^64 units when the digits are the same.
  func growth(since earlier: CounterState, isCounter: Bool) -> Double {
    if scale == earlier.scale {
      let difference = total &- earlier.total
      // Signed conversion is the faster one.
      let units = isCounter && difference < 0 ? Double(UInt64(bitPattern: difference)) : Double(difference)
      return scale == 0 ? units : units / FixedPoint.powerOfTen(scale)
    }
    return FixedPoint(total, digits: scale).double - FixedPoint(earlier.total, digits: earlier.scale).double
  }
}
