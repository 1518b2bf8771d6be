import TimeSeries

/// The files of one ring, and what is in them.
struct TargetFiles {
  /// The smallest size at which a file of blocks is complete.
  static let leastSegment = 64 << 10

  let ring: Ring
  let directory: String
  private var journals: JournalFiles
  private var blocks: SegmentedLog
  private var rollups: SegmentedLog
  private(set) var bytesWritten = 0
  /// The time of the newest row that is safe on the disk, Unix milliseconds.
  private(set) var syncedRow: Int64?
  private var isComplete = false
  /// The directory was not this process's alone, or what it wrote there is gone: nothing more goes to these files.
  private var isLost = false

  init(_ ring: Ring, _ directory: String, journals: JournalFiles, blocks: SegmentedLog, rollups: SegmentedLog) {
    self.ring = ring
    self.directory = directory
    self.journals = journals
    self.blocks = blocks
    self.rollups = rollups
  }

  /// `0000000012.journal`.
  static func name(_ sequence: UInt64, _ kind: RecordFormat.Kind) -> String {
    let digits = String(sequence)
    return String(repeating: "0", count: max(0, 10 - digits.utf8.count)) + digits + "." + kind.suffix
  }

  /// The number in a name of that form; nil for any other name.
  static func number(_ name: String, _ kind: RecordFormat.Kind) -> UInt64? {
    let suffix = "." + kind.suffix
    return name.hasSuffix(suffix) ? UInt64(name.dropLast(suffix.utf8.count)) : nil
  }

  /// Bytes of the files.
  var diskBytes: Int { journals.bytes + blocks.bytes + rollups.bytes }

  /// Leaves the files as they are; the next `flush` begins anew.
  mutating func lose() { isLost = true }

  /// Brings the files up to the ring's present state, waits for the disk if `isDurable`, and removes what is no
  /// longer needed. After an error the next call goes on where this one stopped. True where the files had been removed, and all that
  /// memory has was written to new ones.
  mutating func flush(isDurable: Bool) throws(DiskError) -> Bool {
    if !journals.isInPlace { isLost = true }
    let begins = isLost
    if begins { try beginAnew() }
    try update(isDurable: isDurable)
    return begins
  }

  /// Begins in an empty directory. Files that are there are another process's, or are no longer known to be this one's; numbers of
  /// series mean others in them, so they may not be read together with new ones, and go aside.
  private mutating func beginAnew() throws(DiskError) {
    try Disk.makeDirectory(directory)
    if try !Disk.names(in: directory).isEmpty {
      try Disk.setAside(directory)
      try Disk.makeDirectory(directory)
    }
    let faults = journals.faults
    journals = JournalFiles(in: directory, faults, isAmidBlock: true)
    blocks = SegmentedLog(.blocks, in: directory, faults)
    rollups = SegmentedLog(.rollups, in: directory, faults)
    (syncedRow, isComplete, isLost) = (nil, false, false)
    // A journal begins with a block; the rows until now go to the file of sealed ones.
    ring.closeOpenBlock()
    ring.sealPending()
  }

  private mutating func update(isDurable: Bool) throws(DiskError) {
    let parts = ring.takeJournal()
    let archive = ring.archive
    let segment = max(Self.leastSegment, archive.budget / 16)
    bytesWritten += try journals.write(parts)
    bytesWritten += try rollups.write(archive.rollups, of: archive, segmentBytes: segment)
    bytesWritten += try blocks.write(archive.blocks, of: archive, segmentBytes: segment)
    if isDurable {
      try journals.sync()
      try rollups.sync()
      try blocks.sync()
      if !parts.isEmpty || !isComplete { try Disk.syncDirectory(directory) }
      syncedRow = journals.newest
    }
    try removeFiles(archive)
    isComplete = true
  }

  private mutating func removeFiles(_ archive: RingArchive) throws(DiskError) {
    let oldest = archive.blocks.first
    try journals.remove(upTo: max(blocks.written, oldest.map { $0 - 1 } ?? 0))
    if let oldest { try blocks.removeFiles(before: oldest) }
    try rollups.removeFiles(before: archive.rollups.first ?? oldest ?? 0)
    // Beside the blocks, files hold the values from before each, and the rest of files that are partly out of date.
    while blocks.bytes + rollups.bytes > archive.budget / 4 * 5 + 4 * Self.leastSegment {
      let isRemoved = try rollups.bytes > blocks.bytes ? rollups.removeOldest() : blocks.removeOldest()
      if !isRemoved { break }
    }
  }
}
