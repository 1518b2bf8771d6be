import Glibc
import Locked
import Randomness
import Testing
import TimeSeries

@testable import HistoryStore

/// Whatever was flushed comes back, however often the process ends, and wherever it stood.
@Suite struct RestartTests {
  @Test(arguments: 0..<8)
  func `a ring that restarts again and again holds what one that never ends holds`(_ seed: Int) throws {
    let directory = TemporaryDirectory()
    let rings = TimeSeriesStore(configuration: Configuration(maximumRows: 64))
    let steady = rings.ring(named: "target", period: 1000)
    var polls = Polls(seed: UInt64(seed))
    var twin = Polls(seed: UInt64(seed))
    for _ in 0..<12 {
      let life = try Life(directory)
      #expect(life.report.skipped == 0)
      #expect(difference(life.ring, contents(steady)) == nil)
      for count in 0..<polls.random.next() % 180 {
        twin.random = polls.random
        try polls.append(to: life.ring)
        try twin.append(to: steady)
        if count % 7 == 0 { life.ring.sealPending() }
        if count % 13 == 0 { #expect(life.history.flush(now: 1) == nil) }
      }
      twin.random = polls.random
      #expect(life.history.flush(now: 1) == nil)
      let from = polls.time - 4_000_000
      #expect(growth(life.ring, from: from, to: polls.time) == growth(steady, from: from, to: polls.time))
    }
    let life = try Life(directory)
    #expect(difference(life.ring, contents(steady)) == nil)
    #expect(growth(life.ring, from: midnight, to: polls.time) == growth(steady, from: midnight, to: polls.time))
  }

  /// Polls of a busy server, two a second, of which a block's journal takes more than a megabyte; written as they come.
  private func appendBusily(_ polls: Range<Int64>, to life: Life) throws {
    let ids = try (0..<180).map { try #require(life.ring.register("busy\($0)", kind: .gauge)) }
    var random = SeededRandom(seed: UInt64(polls.lowerBound))
    var row = Row()
    for poll in polls {
      for id in ids { row.set(id, .random(in: 0..<1 << 40, using: &random)) }
      try life.ring.append(at: midnight + poll * 500, epoch: 1, row: row)
      if poll % 100 == 99 || poll == polls.upperBound - 1 { #expect(life.history.flush(now: 1) == nil) }
    }
  }

  private func journals(in directory: TemporaryDirectory) throws -> [String: [UInt8]] {
    try directory.files.filter { $0.key.hasSuffix(".journal") }
  }

  @Test func `a long journal comes back after each restart before its block is sealed`() throws {
    let directory = TemporaryDirectory()
    var expected: [String: [String]] = [:]
    for start in [0, 1000, 1003, 1006] as [Int64] {
      let life = try Life(directory, maximumRows: 1024)
      #expect(difference(life.ring, expected) == nil)
      // What comes after a long journal was read back is kept, too.
      try appendBusily(start..<(start == 0 ? 1000 : start + 3), to: life)
      let journals = try journals(in: directory)
      #expect(journals.count == 1)
      #expect(journals.values.allSatisfy { $0.count > 1 << 20 })
      expected = contents(life.ring)
    }
  }

  @Test(arguments: [ENOSPC, EIO])
  func `a journal that could not be written anew stays until its block is in another file`(_ error: Int32) throws {
    let directory = TemporaryDirectory()
    let expected: [String: [String]]
    do {
      let life = try Life(directory, maximumRows: 1024)
      try appendBusily(0..<1000, to: life)
      expected = contents(life.ring)
    }
    let old = try journals(in: directory)
    do {
      let code = Locked<Int32?>(error)
      let fails: @Sendable () -> Int32? = { code.withLock { $0 } }
      let life = try Life(
        directory, maximumRows: 1024,
        faults: error == ENOSPC ? DiskFaults(onWrite: fails) : DiskFaults(onSync: fails))
      #expect(life.history.flush(now: 1) != nil)
      code.withLock { $0 = nil }
      #expect(life.history.flush(now: 2) == .recovered)
    }
    // The machine has forgotten what it did not confirm.
    try directory.write(try journals(in: directory).filter { old[$0.key] != nil })
    let life = try Life(directory, maximumRows: 1024)
    #expect(difference(life.ring, expected) == nil)
    life.ring.closeOpenBlock()
    life.ring.sealPending()
    #expect(life.history.flush(now: 3) == nil)
    #expect(try journals(in: directory).isEmpty)
  }

  @Test func `rollup rows come back, and the disk stays within the budget`() throws {
    let directory = TemporaryDirectory()
    var polls = Polls(seed: 5)
    var span: Int64 = 0
    for _ in 0..<6 {
      let life = try Life(directory, memory: 200_000, rollupMemory: 60_000)
      #expect(life.report.skipped == 0)
      if let oldest = life.ring.span?.oldest { #expect(abs(oldest - span) < 9_000_000) }
      for count in 0..<2500 {
        try polls.append(to: life.ring)
        if count % 5 == 0 { life.ring.sealPending() }
        if count % 50 == 0 { #expect(life.history.flush(now: 1) == nil) }
        #expect(life.rings.bytesUsed <= life.rings.budget)
      }
      #expect(life.history.flush(now: 1) == nil)
      span = life.ring.span?.oldest ?? 0
      let bytes = try directory.files.values.reduce(0) { $0 + $1.count }
      #expect(life.history.figures.diskBytes == bytes)
      #expect(bytes <= 260_000 / 4 * 5 + 5 * TargetFiles.leastSegment)
    }
  }

  @Test func `a smaller budget keeps the newest rows`() throws {
    let directory = TemporaryDirectory()
    var polls = Polls(seed: 6)
    do {
      let life = try Life(directory)
      for _ in 0..<5000 { try polls.append(to: life.ring) }
      life.ring.sealPending()
      #expect(life.history.flush(now: 1) == nil)
    }
    let small = try Life(directory, memory: 200_000, rollupMemory: 0)
    #expect(small.rings.bytesUsed <= small.rings.budget)
    #expect(small.ring.span?.newest == polls.time)
    #expect(small.ring.rowCount > 100)
  }

  /// A process that kept 500 polls in sealed blocks, one each second; the time of the poll in the middle, and all samples.
  private func writeBlocks(to directory: TemporaryDirectory) throws -> (half: Int64, contents: [String: [String]]) {
    var polls = Polls(seed: 7)
    polls.isSteady = true
    var half: Int64 = 0
    let life = try Life(directory)
    for count in 0..<500 {
      try polls.append(to: life.ring)
      if count == 249 { half = polls.time }
    }
    life.ring.closeOpenBlock()
    life.ring.sealPending()
    #expect(life.history.flush(now: 1) == nil)
    return (half, contents(life.ring))
  }

  /// A process whose first poll is a second after `half`.
  private func writePolls(_ count: Int, after half: Int64, to life: Life) throws -> Int64 {
    var polls = Polls(seed: 8)
    (polls.isSteady, polls.time) = (true, half)
    for _ in 0..<count { try polls.append(to: life.ring) }
    return polls.time
  }

  @Test(arguments: [40, 400])
  func `rows of a clock that ran ahead are left out, also when their time has come`(_ count: Int) throws {
    let directory = TemporaryDirectory()
    let half = try writeBlocks(to: directory).half
    let end: Int64
    let expected: [String: [String]]
    let grown: [String: Double]
    do {
      let life = try Life(directory, now: half)
      #expect(try #require(life.ring.span?.newest) <= half)
      #expect(life.ring.rowCount > 100)
      end = try writePolls(count, after: half, to: life)
      life.ring.sealPending()
      #expect(life.history.flush(now: 1) == nil)
      expected = contents(life.ring)
      grown = growth(life.ring, from: midnight, to: end)
    }
    for _ in 0..<2 {
      let life = try Life(directory)
      #expect(difference(life.ring, expected) == nil)
      #expect(growth(life.ring, from: midnight, to: end) == grown)
      #expect(life.history.flush(now: 2) == nil)
    }
  }

  @Test func `a few rows of a clock that ran behind drive out no history`() throws {
    let directory = TemporaryDirectory()
    let (half, expected) = try writeBlocks(to: directory)
    do {
      let life = try Life(directory, now: half)
      _ = try writePolls(5, after: half, to: life)
      #expect(life.history.flush(now: 1) == nil)
    }
    #expect(difference(try Life(directory).ring, expected) == nil)
  }

  @Test func `what only a clock that ran ahead has seen is born anew`() throws {
    let directory = TemporaryDirectory()
    func append(_ values: Range<Int64>, from time: Int64, to life: Life) throws {
      let id = try #require(life.ring.register("hits", kind: .counter))
      var row = Row()
      for value in values {
        row.set(id, value)
        try life.ring.append(at: time + (value - values.lowerBound) * 1000, epoch: 1, row: row)
      }
    }
    do {
      let life = try Life(directory)
      try append(100..<110, from: midnight + 3_600_000, to: life)
      life.ring.closeOpenBlock()
      life.ring.sealPending()
      #expect(life.history.flush(now: 1) == nil)
    }
    let life = try Life(directory, now: midnight)
    #expect(life.ring.rowCount == 0)
    try append(110..<120, from: midnight + 1000, to: life)
    let id = try #require(life.ring.id(named: "hits"))
    #expect(life.ring.increase(of: id, from: midnight, to: midnight + 10_000) == 9)
  }

  @Test func `a counter that fell while nobody looked counts from zero again`() throws {
    let directory = TemporaryDirectory()
    func append(_ life: Life, _ time: Int64, _ value: Int64, epoch: UInt64) throws {
      var row = Row()
      row.set(try #require(life.ring.register("hits", kind: .counter)), value)
      try life.ring.append(at: midnight + time * 1000, epoch: epoch, row: row)
    }
    do {
      let life = try Life(directory)
      for time in 0..<10 { try append(life, Int64(time), 100 + Int64(time), epoch: 1) }
      #expect(life.history.flush(now: 1) == nil)
    }
    let life = try Life(directory)
    for time in 60..<70 { try append(life, Int64(time), Int64(time) - 60, epoch: 1) }
    let id = try #require(life.ring.id(named: "hits"))
    #expect(life.ring.increase(of: id, from: midnight, to: midnight + 69_000) == 18)
    // The gap is a gap.
    #expect(life.ring.query(id, from: midnight + 30_000, to: midnight + 30_000, step: 5_000, .rate).isEmpty)
  }
}
