import Glibc
import Locked
import Testing
import TimeSeries

@testable import HistoryStore

/// Disks that are full, and directories that belong to others.
@Suite struct DiskTests {
  @Test func `a full disk is told once, disturbs no append, and everything is written when there is room`() throws {
    let directory = TemporaryDirectory()
    let code = Locked<Int32?>(nil)
    var polls = Polls(seed: 1)
    let expected: [String: [String]]
    do {
      let life = try Life(directory, faults: DiskFaults(onWrite: { code.withLock { $0 } }))
      for _ in 0..<100 { try polls.append(to: life.ring) }
      #expect(life.history.flush(now: 1) == nil)
      code.withLock { $0 = ENOSPC }
      for round in 0..<40 {
        for _ in 0..<10 { try polls.append(to: life.ring) }
        life.ring.sealPending()
        let change = life.history.flush(now: 2)
        #expect(change == (round == 0 ? .failing("write: No space left on device") : nil))
      }
      #expect(life.history.figures.errors == 40)
      #expect(life.history.figures.lastSync == 1)
      code.withLock { $0 = nil }
      #expect(life.history.flush(now: 3) == .recovered)
      #expect(life.history.figures.lastSync == 3)
      #expect(life.history.figures.syncedRows["target"] == polls.time)
      expected = contents(life.ring)
    }
    let life = try Life(directory)
    #expect(difference(life.ring, expected) == nil)
  }

  @Test func `a disk that does not confirm is told once, and what it did not confirm is not called safe`() throws {
    let directory = TemporaryDirectory()
    let code = Locked<Int32?>(nil)
    var polls = Polls(seed: 3)
    let expected: [String: [String]]
    do {
      let life = try Life(directory, faults: DiskFaults(onSync: { code.withLock { $0 } }))
      for _ in 0..<30 { try polls.append(to: life.ring) }
      #expect(life.history.flush(now: 1) == nil)
      let safe = polls.time
      code.withLock { $0 = EIO }
      for round in 0..<20 {
        for _ in 0..<10 { try polls.append(to: life.ring) }
        life.ring.sealPending()
        let change = life.history.flush(now: 2)
        #expect(change == (round == 0 ? .failing("fdatasync: Input/output error") : nil))
        #expect(life.history.figures.syncedRows["target"] == safe)
      }
      #expect(life.history.figures.lastSync == 1)
      #expect(life.history.figures.errors == 20)
      code.withLock { $0 = nil }
      #expect(life.history.flush(now: 3) == .recovered)
      // The rows that were not confirmed are taken for lost until their block is sealed and written anew.
      #expect(life.history.figures.syncedRows["target"] == safe)
      life.ring.closeOpenBlock()
      life.ring.sealPending()
      try polls.append(to: life.ring)
      #expect(life.history.flush(now: 4) == nil)
      #expect(life.history.figures.syncedRows["target"] == polls.time)
      expected = contents(life.ring)
    }
    let life = try Life(directory)
    #expect(life.report.skipped == 0)
    #expect(difference(life.ring, expected) == nil)
  }

  /// Three blocks in one file, which the disk does not confirm at first.
  @Test func `a file of blocks that was begun anew stays until all of its blocks have left memory`() throws {
    let directory = TemporaryDirectory()
    let code = Locked<Int32?>(nil)
    var polls = Polls(seed: 9)
    let expected: [String: [String]]
    do {
      let life = try Life(
        directory, memory: 200_000, rollupMemory: 0, faults: DiskFaults(onSync: { code.withLock { $0 } }))
      for _ in 0..<3 {
        for _ in 0..<20 { try polls.append(to: life.ring) }
        life.ring.closeOpenBlock()
        life.ring.sealPending()
      }
      // Takes away the journals, so that the disk is asked for the file of blocks alone.
      #expect(life.history.flush(now: 1, isDurable: false) == nil)
      let unconfirmed = try #require(life.ring.archive.blocks.last)
      code.withLock { $0 = EIO }
      #expect(life.history.flush(now: 2) == .failing("fdatasync: Input/output error"))
      code.withLock { $0 = nil }
      #expect(life.history.flush(now: 3) == .recovered)
      while let oldest = life.ring.archive.blocks.first, oldest <= unconfirmed {
        try polls.append(to: life.ring)
        if !polls.chance(10) { continue }
        life.ring.sealPending()
        #expect(life.history.flush(now: 4) == nil)
      }
      #expect(life.history.flush(now: 5) == nil)
      let files = try directory.files
      #expect(files.keys.filter { $0.hasSuffix(".blocks") }.count > 1)
      #expect(life.history.figures.diskBytes == files.values.reduce(0) { $0 + $1.count })
      expected = contents(life.ring)
    }
    // With room for more than the one before had.
    let restored = contents(try Life(directory).ring)
    for (name, samples) in expected {
      #expect(restored[name]?.suffix(samples.count) == samples[...], "\(name)")
    }
  }

  @Test func `blocks that two files in turn were not confirmed of are written to a third`() throws {
    let directory = TemporaryDirectory()
    let code = Locked<Int32?>(EIO)
    var polls = Polls(seed: 10)
    let rings = TimeSeriesStore(configuration: Configuration(maximumRows: 64))
    let ring = rings.ring(named: "target", period: 1000)
    for _ in 0..<4 {
      for _ in 0..<20 { try polls.append(to: ring) }
      ring.closeOpenBlock()
      ring.sealPending()
    }
    let archive = ring.archive
    var log = SegmentedLog(.blocks, in: directory.path, DiskFaults(onSync: { code.withLock { $0 } }))
    // Before each try the oldest block leaves memory, so that each file has a name of its own.
    for left in 0..<2 {
      _ = try log.write(Array(archive.blocks[left...]), of: archive, segmentBytes: 1 << 20)
      #expect(throws: DiskError(call: "fdatasync", code: EIO)) { try log.sync() }
      #expect(log.written == 0)
    }
    code.withLock { $0 = nil }
    _ = try log.write(Array(archive.blocks[2...]), of: archive, segmentBytes: 1 << 20)
    try log.sync()
    try log.removeFiles(before: archive.blocks[2])
    #expect(try Disk.names(in: directory.path) == [TargetFiles.name(archive.blocks[2], .blocks)])
  }

  @Test func `what waits for a full disk is bounded, and sealed blocks make up for it`() throws {
    let directory = TemporaryDirectory()
    let code = Locked<Int32?>(ENOSPC)
    var polls = Polls(seed: 2)
    let expected: [String: [String]]
    do {
      let life = try Life(directory, maximumRows: 1024, faults: DiskFaults(onWrite: { code.withLock { $0 } }))
      for _ in 0..<9000 {
        try polls.append(to: life.ring)
        if polls.chance(10) { _ = life.history.flush(now: 1) }
      }
      code.withLock { $0 = nil }
      life.ring.closeOpenBlock()
      life.ring.sealPending()
      _ = life.history.flush(now: 3)
      expected = contents(life.ring)
    }
    let life = try Life(directory, maximumRows: 1024)
    #expect(life.report.skipped == 0)
    #expect(difference(life.ring, expected) == nil)
  }

  @Test func `a second process is kept out of a directory in use`() throws {
    let directory = TemporaryDirectory()
    let life = try Life(directory)
    #expect(throws: HistoryError.inUse(path: directory.path)) { try HistoryStore(path: directory.path) }
    _ = life.history.flush(now: 1)
  }

  @Test(arguments: ["/target", "", "/target/*", "/lock"])
  func `a directory that is removed is made again, and has all that memory has`(part: String) throws {
    let root = TemporaryDirectory()
    let directory = TemporaryDirectory(path: root.path + "/history")
    var polls = Polls(seed: 5)
    let expected: [String: [String]]
    do {
      let life = try Life(directory)
      for _ in 0..<2 {
        for _ in 0..<100 { try polls.append(to: life.ring) }
        life.ring.sealPending()
        #expect(life.history.flush(now: 1) == nil)
        _ = unsafe system("rm -r \(directory.path)\(part)")
        try polls.append(to: life.ring)
        let told = life.history.flush(now: 2)
        #expect(told == .failing("its files were removed or replaced; new ones are begun with what memory has"))
        #expect(life.history.flush(now: 3) == .recovered)
      }
      for _ in 0..<50 { try polls.append(to: life.ring) }
      #expect(life.history.flush(now: 4) == nil)
      #expect(life.history.figures.errors == 2)
      #expect(life.history.figures.syncedRows["target"] == polls.time)
      #expect(throws: HistoryError.inUse(path: directory.path)) { try HistoryStore(path: directory.path) }
      expected = contents(life.ring)
    }
    let life = try Life(directory)
    #expect(life.report.skipped == 0)
    #expect(difference(life.ring, expected) == nil)
  }

  @Test func `a directory that another process took is left to it, and taken back when that has ended`() throws {
    let directory = TemporaryDirectory()
    var polls = Polls(seed: 6)
    let expected: [String: [String]]
    do {
      let life = try Life(directory)
      for _ in 0..<100 { try polls.append(to: life.ring) }
      #expect(life.history.flush(now: 1) == nil)
      _ = unsafe system("rm -r \(directory.path)/*")
      do {
        let other = try Life(directory)
        try other.ring.append(at: polls.time, epoch: 1, row: Row())
        #expect(other.history.flush(now: 2) == nil)
        let files = try directory.files
        for round in 0..<3 {
          try polls.append(to: life.ring)
          let told = HistoryStore.Change.failing(HistoryError.inUse(path: directory.path).description)
          #expect(life.history.flush(now: 3) == (round == 0 ? told : nil))
        }
        #expect(try directory.files == files)
        #expect(other.history.flush(now: 4) == nil)
      }
      #expect(life.history.flush(now: 5) != nil)
      #expect(life.history.flush(now: 6) == .recovered)
      #expect(life.history.figures.errors == 4)
      expected = contents(life.ring)
      #expect(try Disk.names(in: directory.path) == ["lock", "target", "target.replaced-1"])
    }
    let life = try Life(directory)
    #expect(life.report.skipped == 0)
    #expect(difference(life.ring, expected) == nil)
  }

  @Test func `a path that is no directory is refused with a sentence`() {
    let error = #expect(throws: HistoryError.self) { try HistoryStore(path: "/dev/null") }
    #expect(error?.description.contains("history can't be kept in /dev/null") == true)
  }

  /// What can't be a directory of history, and what is said of it.
  private static let unusable: [(path: String, reason: String)] = [
    ("/dev/null", "/dev/null is no directory"), ("/dev/null/history", "/dev/null is no directory"),
    ("/dev/null/a/history", "/dev/null is no directory"),
    ("/none/such/history", "/none/such does not exist, and only the last directory of a path is made"),
    ("none/history", "./none does not exist, and only the last directory of a path is made"),
    ("/proc/history", "/proc is the kernel's own, which keeps no files there"),
    ("/proc/self/history/", "/proc/self is the kernel's own, which keeps no files there"),
    ("/proc", "/proc is the kernel's own, which keeps no files there"),
    // Where it is mounted: else a start would make a directory.
    ("/sys/history", "/sys is the kernel's own, which keeps no files there"),
  ]

  @Test(arguments: unusable.filter { $0.path != "/sys/history" || Disk.isKernels("/sys") })
  func `a look refuses what a start would, with the same sentence`(path: String, reason: String) throws {
    let started = #expect(throws: HistoryError.self) { try HistoryStore(path: path) }
    let error = try #require(started)
    #expect(error == .unusable(path: path, reason: reason))
    #expect(throws: error) { try HistoryStore.check(path: path, rings: []) }
  }

  @Test func `a link to nothing, and a directory in the place of the lock, are found by a look`() throws {
    let directory = TemporaryDirectory()
    _ = unsafe system("ln -s /none/such \(directory.path)/link; mkdir -p \(directory.path)/own/lock")
    for (name, reason) in [
      ("link", "@ is a link to /none/such, which does not exist"),
      ("own", "@/lock is a directory, where a file belongs"),
    ] {
      let path = "\(directory.path)/\(name)"
      let started = #expect(throws: HistoryError.self) { try HistoryStore(path: path) }
      let error = try #require(started)
      #expect(error == .unusable(path: path, reason: path + reason.dropFirst()))
      #expect(throws: error) { try HistoryStore.check(path: path, rings: []) }
    }
  }

  @Test func `a file in the place of a target's directory is found by a look`() throws {
    let directory = TemporaryDirectory()
    _ = unsafe system("touch \(directory.path)/target")
    let started = #expect(throws: HistoryError.self) { try Life(directory) }
    #expect(
      started == .unusable(path: "\(directory.path)/target", reason: "\(directory.path)/target is no directory"))
    #expect(throws: try #require(started)) { try HistoryStore.check(path: directory.path, rings: ["target"]) }
    try HistoryStore.check(path: directory.path, rings: ["other"])
  }

  @Test(.enabled(if: geteuid() != 0))
  func `a directory of another user is refused with a sentence that names both`() throws {
    let directory = TemporaryDirectory()
    _ = unsafe system("chmod 500 \(directory.path)")
    defer { _ = unsafe system("chmod 700 \(directory.path)") }
    let reason = "user \(geteuid()) may not write in \(directory.path)"
    for path in [directory.path, directory.path + "/new"] {
      let started = #expect(throws: HistoryError.self) { try HistoryStore(path: path) }
      #expect(started == .unusable(path: path, reason: reason))
      #expect(throws: try #require(started)) { try HistoryStore.check(path: path, rings: []) }
    }
  }

  @Test func `a look makes nothing, and does not mind who keeps history there`() throws {
    let directory = TemporaryDirectory()
    try HistoryStore.check(path: directory.path + "/new/", rings: ["target"])
    #expect(try Disk.names(in: directory.path).isEmpty)
    let life = try Life(directory)
    _ = life.history.flush(now: 1)
    try HistoryStore.check(path: directory.path, rings: ["target"])
  }

  @Test func `a look finds files of a newer format`() throws {
    let directory = TemporaryDirectory()
    var polls = Polls(seed: 4)
    do {
      let life = try Life(directory)
      for _ in 0..<10 { try polls.append(to: life.ring) }
      #expect(life.history.flush(now: 1) == nil)
    }
    var files = try directory.files
    let name = try #require(files.keys.first { $0.hasSuffix(".journal") })
    var header = RecordFormat.header(.journal)
    header[8] += 1
    let sum = Checksum.of(header[..<12])
    for byte in 0..<4 { header[12 + byte] = UInt8(truncatingIfNeeded: sum >> UInt32(8 * byte)) }
    files[name]?.replaceSubrange(..<RecordFormat.headerSize, with: header)
    try directory.write(files)
    let started = #expect(throws: HistoryError.self) { try Life(directory) }
    #expect(
      started == .newerFormat(path: "\(directory.path)/target/\(name)", version: Int(RecordFormat.version) + 1))
    #expect(throws: try #require(started)) { try HistoryStore.check(path: directory.path, rings: ["target"]) }
    try HistoryStore.check(path: directory.path, rings: ["other"])
  }

  @Test(arguments: [("cache", "cache"), ("a b/ü", "a%20b%2f%c3%bc"), ("..", "%2e%2e")])
  func `a target's name makes a file name`(_ name: String, _ expected: String) {
    #expect(HistoryStore.directoryName(name) == expected)
  }
}
