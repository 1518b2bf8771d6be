import TimeSeries

/// The journals of blocks that are not sealed yet: one file for each.
struct JournalFiles {
  private struct Journal {
    var sequence: UInt64
    var file: DiskFile
  }

  /// Bytes that may wait for a disk that takes none.
  static let backlogLimit = 1 << 20

  let directory: String
  let faults: DiskFaults
  private var journals: [Journal] = []
  /// Files of earlier processes, whose rows this one's files have as soon as they are written.
  private var old: [String]
  /// The newest block that has rows of those files; 0 where none has.
  private let lastReplayed: UInt64
  private var backlog: [JournalPart]
  /// Rows are missing in the newest journal: nothing more is added to it.
  private var isBroken = false
  /// Rows were given up, which may be those of the old files.
  private var hasGivenUp = false
  /// The time of the newest row written, Unix milliseconds.
  private(set) var newest: Int64?
  private var confirmed: Int64?

  /// `replayed` is what was read back of the files `old`; `isAmidBlock` where rows will come first whose block's state
  /// was written elsewhere.
  init(
    in directory: String, old: [String] = [], replayed: [JournalPart] = [], _ faults: DiskFaults,
    isAmidBlock: Bool = false
  ) {
    self.directory = directory
    self.faults = faults
    self.old = old
    backlog = replayed
    lastReplayed = replayed.last?.sequence ?? 0
    isBroken = isAmidBlock
  }

  /// Whether what is written can be found again: false where the newest file, or before there is one the directory, was removed.
  var isInPlace: Bool { journals.last?.file.isInPlace ?? Disk.exists(directory) }

  var bytes: Int { journals.reduce(0) { $0 + $1.file.length } }

  /// Writes what is new, and what could not be written before.
  mutating func write(_ parts: [JournalPart]) throws(DiskError) -> Int {
    backlog += parts
    var total = 0
    while let part = backlog.first {
      do throws(DiskError) {
        total += try write(part)
      } catch {
        dropBacklog()
        throw error
      }
      if !isBroken { newest = part.newest ?? newest }
      backlog.removeFirst()
    }
    return total
  }

  private mutating func write(_ part: JournalPart) throws(DiskError) -> Int {
    if part.records.first?.kind == .state { return try begin(part) }
    // Rows without the state before them say nothing: their block was given up.
    guard !isBroken, let journal = journals.last, journal.sequence == part.sequence, !part.records.isEmpty else {
      return 0
    }
    var bytes: [UInt8] = []
    for record in part.records { RecordFormat.frame(record, into: &bytes) }
    try journal.file.append(bytes)
    return bytes.count
  }

  private mutating func begin(_ part: JournalPart) throws(DiskError) -> Int {
    let path = directory + "/" + TargetFiles.name(part.sequence, .journal)
    try Disk.remove(path)
    let file = try DiskFile(creating: path, faults)
    var bytes = RecordFormat.header(.journal)
    for record in part.records { RecordFormat.frame(record, into: &bytes) }
    try file.append(bytes)
    journals.append(Journal(sequence: part.sequence, file: file))
    isBroken = false
    return bytes.count
  }

  /// Gives up what waits when it has become too much: the blocks will be written when they are sealed.
  private mutating func dropBacklog() {
    let waiting = backlog.reduce(0) { sum, part in part.records.reduce(sum) { $0 + $1.bytes.count } }
    if waiting <= Self.backlogLimit { return }
    backlog.removeAll()
    giveUp()
  }

  private mutating func giveUp() {
    isBroken = true
    hasGivenUp = true
  }

  mutating func sync() throws(DiskError) {
    do throws(DiskError) {
      for journal in journals { try journal.file.sync() }
      confirmed = newest
    } catch {
      newest = confirmed
      // What the system could not write it has forgotten, and rows behind a hole can't be read.
      giveUp()
      throw error
    }
  }

  /// Removes journals whose blocks are in another file, or have left the ring. Those of earlier processes go, too, once
  /// all of their rows are elsewhere: in this one's journals or, where rows of these were given up, in its blocks.
  mutating func remove(upTo sequence: UInt64) throws(DiskError) {
    while let first = journals.first, first.sequence <= sequence {
      try Disk.remove(first.file.path)
      journals.removeFirst()
    }
    if hasGivenUp && lastReplayed > sequence { return }
    while let path = old.last {
      try Disk.remove(path)
      old.removeLast()
    }
  }
}
