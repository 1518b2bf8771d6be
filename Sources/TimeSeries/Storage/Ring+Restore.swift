internal import Locked

extension Ring {
  /// Takes over a chain that was read back; false, and nothing is taken, if the share is too small for its series.
  func install(_ assembly: ChainAssembly, sequence: UInt64) -> Bool {
    let fits = state.withLock { $0.install(assembly, sequence: sequence) }
    if fits { sealerTables = assembly.tables }
    return fits
  }

  /// Turns to the state before a journal's first row; where rows before it were lost, they leave a hole.
  func adopt(_ next: StateRecord) throws(RingCorruption) {
    let (isKnown, isOld) = state.withLock { ($0.matches(next), $0.isPast(next)) }
    if !isOld {
      closeOpenBlock()
      sealPending()
    }
    try state.withLock { state throws(RingCorruption) in try state.adopt(next, isKnown: isKnown) }
  }
}

extension RingState {
  mutating func install(_ assembly: ChainAssembly, sequence: UInt64) -> Bool {
    for (index, entry) in assembly.standing.enumerated() { restore(index, entry) }
    self.sequence = sequence
    guard seriesFit else { return false }
    blocks = assembly.chain.blocks
    front = assembly.chain.fronts
    while front.count < last.count { front.append(Front()) }
    rollups = assembly.rollups
    rollupBytes = blocks[..<rollups].reduce(0) { $0 + $1.bytesUsed }
    blockBytes = blocks[rollups...].reduce(0) { $0 + $1.bytesUsed }
    rowCount = blocks[rollups...].reduce(0) { $0 + $1.rows }
    lastTime = assembly.lastTime
    sinceKey = assembly.sinceKey
    trimRollups()
    trim(reserve: 0)
    return true
  }

  private mutating func restore(_ index: Int, _ entry: SeriesEntry) {
    if index >= last.count { _ = addSeries(entry) }
    last[index] = entry.cell.value
    adjustments[index] = entry.cell.adjustment
    scales[index] = entry.scale
    present[index] = entry.cell.present
    born[index] = entry.cell.born
    pending[index] = entry.cell.pending
    births[index] = entry.birth
    if entry.isRescaled { rescaled[index] = true }
  }

  /// Whether a journal goes on where the ring stands, or earlier.
  func matches(_ next: StateRecord) -> Bool {
    guard let lastTime else { return false }
    return next.lastTime.map { $0 <= lastTime } ?? true
  }

  /// Whether the ring has rows from after a journal's beginning.
  func isPast(_ next: StateRecord) -> Bool {
    guard let lastTime else { return false }
    return next.lastTime.map { $0 < lastTime } ?? true
  }

  mutating func adopt(_ next: StateRecord, isKnown: Bool) throws(RingCorruption) {
    sequence = max(sequence, next.sequence)
    guard next.series.count <= Int(UInt16.max) else { throw RingCorruption(code: .badCount, offset: 0) }
    for (index, entry) in next.series.enumerated() {
      if index >= last.count {
        _ = addSeries(entry)
      } else if names[index] != entry.name {
        throw RingCorruption(code: .badReference, offset: 0)
      }
    }
    guard seriesFit else { throw RingCorruption(code: .badCount, offset: 0) }
    if isPast(next) { return }
    if !isKnown, lastTime != nil { try bridge(to: next) }
    if !isKnown && blocks.isEmpty { for (index, entry) in next.series.enumerated() { front[index] = Front(entry) } }
    for (index, entry) in next.series.enumerated() { restore(index, entry) }
    lastTime = next.lastTime
    lastEpoch = next.lastEpoch
  }

  private mutating func bridge(to next: StateRecord) throws(RingCorruption) {
    guard let time = next.lastTime else { return }
    let states = next.series.map {
      CounterState(value: $0.cell.value, adjustment: $0.cell.adjustment, scale: $0.scale)
    }
    let block = try SealedBlock.bridge(to: time, after: lastTime, states, next.series)
    blocks.append(block)
    blockBytes += block.bytesUsed
    rowCount += 1
    sinceKey = 1
    trim(reserve: 0)
  }
}

extension RingState.Front {
  fileprivate init(_ entry: SeriesEntry) {
    self.init(value: entry.cell.value, adjustment: entry.cell.adjustment, scale: entry.scale)
  }
}
