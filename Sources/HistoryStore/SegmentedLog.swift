import TimeSeries

/// The files that hold a ring's blocks, or its rollup rows: appended to, begun anew when they have grown, and removed
/// from the oldest.
struct SegmentedLog {
  /// A file, whichever process wrote it.
  struct Segment {
    var path: String
    /// The highest number of a block in it that no other file is to have.
    var last: UInt64
    var bytes: Int
  }

  let kind: RecordFormat.Kind
  let directory: String
  let faults: DiskFaults
  private(set) var segments: [Segment] = []
  /// The highest number that was written.
  private(set) var written: UInt64 = 0
  private var file: DiskFile?
  private var knownSeries = 0

  init(_ kind: RecordFormat.Kind, in directory: String, _ faults: DiskFaults) {
    self.kind = kind
    self.directory = directory
    self.faults = faults
  }

  var bytes: Int { segments.reduce(0) { $0 + $1.bytes } }

  /// Takes over a file of an earlier process.
  mutating func adopt(_ segment: Segment) {
    segments.append(segment)
    written = max(written, segment.last)
  }

  /// Writes the blocks of `sequences` that were not. Returns the bytes written; those before an error stay.
  mutating func write(_ sequences: [UInt64], of archive: RingArchive, segmentBytes: Int) throws(DiskError) -> Int {
    var total = 0
    for sequence in sequences where sequence > written {
      guard let record = archive.record(sequence) else { continue }
      if let file, file.length >= segmentBytes {
        try sync()
        self.file = nil
      }
      var bytes: [UInt8] = []
      let file = try currentFile(sequence, archive)
      for series in archive.series(from: knownSeries) { RecordFormat.frame(series, into: &bytes) }
      RecordFormat.frame(record, into: &bytes)
      try file.append(bytes)
      knownSeries = archive.seriesCount
      written = sequence
      segments[segments.count - 1].last = sequence
      segments[segments.count - 1].bytes = file.length
      total += bytes.count
    }
    return total
  }

  private mutating func currentFile(_ sequence: UInt64, _ archive: RingArchive) throws(DiskError) -> DiskFile {
    if let file { return file }
    return try begin(sequence, archive)
  }

  private mutating func begin(_ sequence: UInt64, _ archive: RingArchive) throws(DiskError) -> DiskFile {
    let path = directory + "/" + TargetFiles.name(sequence, kind)
    // What is begun anew after a failed `sync` mostly has the same name; listed twice, it would go with the old one.
    segments.removeAll { $0.path == path }
    try Disk.remove(path)
    let file = try DiskFile(creating: path, faults)
    var bytes = RecordFormat.header(kind)
    RecordFormat.frame(archive.state, into: &bytes)
    try file.append(bytes)
    self.file = file
    knownSeries = archive.seriesCount
    segments.append(Segment(path: path, last: 0, bytes: file.length))
    return file
  }

  mutating func sync() throws(DiskError) {
    do throws(DiskError) {
      try file?.sync()
    } catch {
      // What the system could not write it has forgotten: begin another file, and write all of its blocks there.
      file = nil
      written = segments.dropLast().map(\.last).max() ?? 0
      if let failed = segments.indices.last { segments[failed].last = written }
      throw error
    }
  }

  /// Removes files of which every block lies before `oldest`, but the one being written.
  mutating func removeFiles(before oldest: UInt64) throws(DiskError) {
    while let first = segments.first, first.last < oldest, first.path != file?.path {
      try Disk.remove(first.path)
      segments.removeFirst()
    }
  }

  /// Removes the oldest file, unless it is the one being written.
  mutating func removeOldest() throws(DiskError) -> Bool {
    guard let first = segments.first, first.path != file?.path else { return false }
    try Disk.remove(first.path)
    segments.removeFirst()
    return true
  }
}
