import Locked

/// Why a row was refused. Nothing of it is kept.
public enum AppendError: Error, Hashable, Sendable {
  /// Not later than the newest row: the clock stepped back, or the row came twice.
  case notLater
  /// The ring's share of the budget does not hold even one block.
  case noRoom
}

/// The history of one target: rows of exact decimals, compressed, in a fixed share of memory.
///
/// Safe from any thread; one thread appends. Readers copy references and positions under the lock, in constant time
/// for each series asked, and read without it.
///
/// Rows go to an open block. When the wall clock leaves the block it is closed; `sealPending()` compresses closed
/// blocks and belongs on a background task. If a second block is closed before that, or the share would
/// be exceeded, `append` seals inline as a last resort.
public final class Ring: Sendable {
  /// As given to the store.
  public let name: String
  let capacity: Int
  let state: Locked<RingState>
  private let sealing: Locked<SealingMemory>
  private let memory: SharedMemory

  init(name: String, period: Int64, configuration: Configuration, memory: SharedMemory) {
    self.name = name
    capacity = configuration.maximumRows
    state = Locked(RingState(configuration: configuration, period: period))
    self.memory = memory
    sealing = Locked(memory.sealing)
  }

  var scratch: ScratchPool { memory.readers }

  /// The poll interval, milliseconds. Costs a lock.
  public var period: Int64 { state.withLock { $0.period } }

  /// Another poll interval: what queries take for a hole follows it at once, how long blocks are with the next row.
  func setPeriod(_ period: Int64) { state.withLock { $0.setPeriod(period) } }

  // MARK: Series

  /// The id of a series, made if need be; nil when the ring has no room for another, which is counted.
  public func register(_ name: String, kind: SeriesKind) -> SeriesID? {
    state.withLock { $0.register(name, kind) }
  }

  /// The id of a registered series.
  public func id(named name: String) -> SeriesID? {
    state.withLock { $0.idByName[name].map { SeriesID(rawValue: Int32($0)) } }
  }

  /// The series whose name satisfies `matches`, in the order of registration.
  public func series(matching matches: (String) -> Bool) -> [SeriesDescription] {
    let (names, counters) = state.withLock { ($0.names, $0.counters) }
    return names.indices.filter { matches(names[$0]) }.map { index in
      SeriesDescription(
        id: SeriesID(rawValue: Int32(index)), name: names[index], kind: counters[index] ? .counter : .gauge)
    }
  }

  /// Registrations refused since the start.
  public var droppedSeries: Int { state.withLock { $0.dropped } }

  /// What series take of the share, and may take. Costs a lock.
  public var seriesRoom: SeriesRoom { state.withLock { $0.seriesRoom } }

  // MARK: Rows

  /// Appends one poll. `time` is in Unix milliseconds; `epoch` names the server's run: where it changes, counters
  /// have restarted from 0. An epoch of 0 is that of the row before.
  public func append(at time: Int64, epoch: UInt64, row: borrowing Row) throws(AppendError) {
    for _ in 0..<3 {
      let (outcome, backlog) = state.withLock { state in
        (state.append(at: time, epoch: epoch, row: row), state.closed.count)
      }
      switch outcome {
      case .notLater: throw .notLater
      case .appended:
        if backlog > 1 { sealPending() }
        return
      case .needsRoom:
        state.withLock { $0.closeOpen() }
        sealPending()
      }
    }
    throw .noRoom
  }

  /// Seals closed blocks; returns how many. Call it from one background task, about once a poll: mostly it has
  /// nothing to do, and then costs a lock. Needs working memory of 8 bytes for each changed cell of a block.
  @discardableResult
  public func sealPending() -> Int {
    sealing.withLock { known in
      if state.withLock({ $0.closed.isEmpty }) { return 0 }
      let sealer = memory.takeSealer()
      defer { memory.give(sealer) }
      var sealed = 0
      while let (block, context) = state.withLock({ $0.nextToSeal() }) {
        let result = sealer.seal(block, context, &known)
        makeRoom(block.bytesUsed, sealer)
        state.withLock { $0.replaceClosed(block, by: result) }
        sealed += 1
      }
      return sealed
    }
  }

  /// Rolls up old blocks outside the lock until the next journal, which will be about as large as the last, fits.
  private func makeRoom(_ reserve: Int, _ sealer: Sealer) {
    while let (chain, index) = state.withLock({ $0.nextToRollUp(reserve: min(reserve, $0.share / 4)) }) {
      let rollup = sealer.rollUp(chain, index)
      state.withLock { $0.replaceOldest(chain.blocks[index], by: rollup) }
    }
  }

  /// Closes the open block, so that `sealPending()` takes it too. For shutdown and benchmarks.
  public func closeOpenBlock() { state.withLock { $0.closeOpen() } }

  func setShare(memory: Int, rollupMemory: Int) {
    let fits = state.withLock { state in
      state.share = memory
      state.rollupShare = rollupMemory
      state.trimRollups()
      return state.trim(reserve: 0)
    }
    if fits { return }
    closeOpenBlock()
    sealPending()
  }

  /// What the next block shares with those restored.
  var sealerTables: SharedTables {
    get { sealing.withLock { $0.tables } }
    set { sealing.withLock { $0.tables = newValue } }
  }

  /// The epoch of the newest row; 0 while none is known.
  public var epoch: UInt64 { state.withLock { $0.lastEpoch } }

  // MARK: Size

  /// Rows that can be read one by one; rollup rows do not count.
  public var rowCount: Int { state.withLock { $0.rowCount } }

  /// Bytes charged to this ring: blocks, journals, per-series state, rollups.
  public var bytesUsed: Int { state.withLock { $0.used + $0.rollupBytes } }

  /// The times of the oldest row or rollup row and of the newest row, Unix milliseconds.
  public var span: (oldest: Int64, newest: Int64)? {
    state.withLock { state in
      guard let newest = state.lastTime else { return nil }
      let oldest = state.blocks.first?.firstTime ?? state.closed.first?.time(0) ?? state.open?.firstTime
      return (oldest ?? newest, newest)
    }
  }
}

extension RingState {
  /// The oldest closed block with what its sealing needs.
  mutating func nextToSeal() -> (OpenBlock, Sealer.Context)? {
    guard let block = closed.first else { return nil }
    let key = sinceKey >= SealedBlock.keyInterval
    return (block, Sealer.Context(counters: counters, lasting: lasting, key: key, names: names, ids: idByName))
  }
}
