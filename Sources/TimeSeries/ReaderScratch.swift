internal import Locked

/// Working memory of one query: decoded columns of one block. Kept for the next query of any ring.
// Invariant for Sendable: whoever took it out of the pool is the only one to use it until it is given back.
final class ReaderScratch: @unchecked Sendable {
  let decoder: BlockDecoder
  let column: Column
  let times: Column
  let offsets: StampOffsets
  /// The block whose stamps `times` or `offsets` holds.
  @safe @exclusivity(unchecked) var timesOf: SealedBlock?
  /// Who decoded into `column` last, and which segment.
  @safe @exclusivity(unchecked) var owner: Int = -1
  @safe @exclusivity(unchecked) var segment = -1

  init(capacity: Int) {
    decoder = BlockDecoder(capacity: capacity)
    column = Column(capacity: capacity)
    times = Column(capacity: capacity)
    offsets = StampOffsets(capacity: capacity)
  }
}

/// Scratch memory that queries of all rings share, one query at a time each.
final class ScratchPool: Sendable {
  private let capacity: Int
  private let free = Locked<[ReaderScratch]>([])
  /// Kept for later; more only while more queries run at once.
  private static let kept = 4

  init(capacity: Int) { self.capacity = capacity }

  func with<T>(_ body: (ReaderScratch) throws(RingCorruption) -> T) throws(RingCorruption) -> T {
    let scratch = free.withLock { $0.popLast() } ?? ReaderScratch(capacity: capacity)
    scratch.owner = -1
    defer {
      free.withLock { if $0.count < Self.kept { $0.append(scratch) } }
    }
    return try body(scratch)
  }
}
