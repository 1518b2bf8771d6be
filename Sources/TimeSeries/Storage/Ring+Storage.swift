internal import Locked

/// What was appended to one block since it was last asked for.
public struct JournalPart: Sendable {
  /// The block's number; rises from block to block.
  public let sequence: UInt64
  /// A `state` first, if the block was opened since; then `series` and `row`.
  public let records: [RingRecord]
  /// The time of the newest row in it, Unix milliseconds; nil when there is none.
  public let newest: Int64?
}

extension Ring {
  /// Bytes of records that wait for somebody who takes them at every poll or so.
  public static let recordingLimit = 256 << 10

  /// Keeps rows as records from the next block on, until `takeJournal()`. No more than `limit` bytes wait: when
  /// nobody takes them, they are given up, and recording begins again with the next block.
  public func startRecording(limit: Int = recordingLimit) {
    state.withLock { $0.recorder = RowRecorder(limit: limit) }
  }

  /// Lets no more than `limit` bytes wait from now on.
  public func limitRecording(to limit: Int) { state.withLock { $0.recorder?.limit = limit } }

  /// Hands over the rows since the last time, oldest first. Formats outside the lock.
  public func takeJournal() -> [JournalPart] {
    let parts = state.withLock { state -> [RowRecorder.Part] in state.recorder?.take() ?? [] }
    return parts.map { part in
      var records = part.checkpoint.map { [$0.record] } ?? []
      var start = 0
      for (kind, end) in part.records {
        records.append(RingRecord(kind, Array(part.writer.bytes[start..<end])))
        start = end
      }
      return JournalPart(sequence: part.sequence, records: records, newest: part.newest)
    }
  }

  /// The sealed blocks and rollup rows of now. Costs references.
  public var archive: RingArchive { state.withLock { RingArchive($0) } }
}

/// A ring's sealed blocks and rollup rows as of one moment, for a file.
public struct RingArchive: Sendable {
  private let chain: BlockChain
  private let rollupCount: Int
  private let births: [RingState.Birth]
  private let counters: BitSet
  private let checkpoint: Checkpoint
  /// Bytes that blocks and rollup rows may take in memory.
  public let budget: Int

  init(_ state: RingState) {
    chain = BlockChain(blocks: state.blocks, fronts: state.front)
    rollupCount = state.rollups
    births = state.births
    counters = state.counters
    budget = state.share + state.rollupShare
    let carried = CarriedState(
      values: state.last, adjustments: state.adjustments, present: state.present, born: state.born,
      pending: state.pending, rescaled: BitSet(count: 0))
    checkpoint = Checkpoint(state, carried: carried)
  }

  /// Numbers of the rollup rows, rising.
  public var rollups: [UInt64] { sequences(chain.blocks[..<rollupCount]) }

  /// Numbers of the full blocks, rising.
  public var blocks: [UInt64] { sequences(chain.blocks[rollupCount...]) }

  private func sequences(_ blocks: ArraySlice<SealedBlock>) -> [UInt64] {
    blocks.compactMap { $0.sequence == 0 ? nil : $0.sequence }
  }

  /// All series and their values of now.
  public var state: RingRecord { checkpoint.record }

  /// How many series there are.
  public var seriesCount: Int { births.count }

  /// The series from a place on, for a file that knows those before.
  public func series(from start: Int) -> [RingRecord] {
    checkpoint.series.enumerated().dropFirst(start).map { id, entry in
      var writer = ByteWriter()
      let known = SeriesEntry(name: entry.name, isCounter: entry.isCounter, isLasting: entry.isLasting)
      SeriesRecord(id: id, entry: known).write(into: &writer)
      return RingRecord(.series, writer.bytes)
    }
  }

  /// The record of a block or rollup row by its number; nil for one that is not here. Costs a look-back for each
  /// series.
  public func record(_ sequence: UInt64) -> RingRecord? {
    guard let at = chain.blocks.firstIndex(where: { $0.sequence == sequence }) else { return nil }
    do throws(RingCorruption) {
      return try BlockRecord(chain, at, births: births, counters: counters).record
    } catch {
      preconditionFailure("blocks in memory are as the sealer wrote them or were checked when loaded: \(error)")
    }
  }
}
