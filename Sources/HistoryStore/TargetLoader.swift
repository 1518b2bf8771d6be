import Glibc
import TimeSeries

/// What was read back of one ring.
public struct RestoreReport: Sendable, Equatable {
  /// Rows that came back, those of sealed blocks included.
  public var rows = 0
  /// Records that were damaged or did not fit, and were left out.
  public var skipped = 0
  /// Files that ended within a record, as a crash leaves them.
  public var torn = 0
}

/// Reads the files of one ring back and starts its new ones.
struct TargetLoader {
  let ring: Ring
  let directory: String
  let faults: DiskFaults
  private(set) var report = RestoreReport()
  private var restorer: RingRestorer

  init(_ ring: Ring, _ directory: String, newest: Int64, _ faults: DiskFaults) {
    self.ring = ring
    self.directory = directory
    self.faults = faults
    restorer = RingRestorer(ring, newest: newest)
  }

  /// Restores the ring, which must be empty, and begins to record it.
  mutating func load() throws(HistoryError) -> TargetFiles {
    do throws(DiskError) { try Disk.makeDirectory(directory) } catch { throw .unusable(directory, after: error) }
    let names = try names()
    var rollups = SegmentedLog(.rollups, in: directory, faults)
    var blocks = SegmentedLog(.blocks, in: directory, faults)
    for name in names { try take(name, .rollups, into: &rollups) }
    for name in names { try take(name, .blocks, into: &blocks) }
    var journals: [(sequence: UInt64, path: String, records: [RingRecord])] = []
    for name in names {
      guard let sequence = TargetFiles.number(name, .journal) else { continue }
      restorer.reserve(sequence)
      journals.append((sequence, path(name), try records(name, .journal)))
    }
    journals.sort { $0.sequence < $1.sequence }
    for journal in journals { restorer.learn(journal.records) }
    report.skipped += restorer.restoreBlocks()
    // What comes back waits whole, however long the journals are: they go when it is written anew.
    ring.startRecording(limit: .max)
    for journal in journals where !journal.records.isEmpty { replay(journal.records) }
    let replayed = ring.takeJournal()
    ring.limitRecording(to: Ring.recordingLimit)
    report.rows = ring.rowCount
    return TargetFiles(
      ring, directory,
      journals: JournalFiles(in: directory, old: journals.map(\.path), replayed: replayed, faults),
      blocks: blocks, rollups: rollups)
  }

  private func path(_ name: String) -> String { directory + "/" + name }

  private func names() throws(HistoryError) -> [String] {
    do throws(DiskError) { return try Disk.names(in: directory) } catch {
      throw .unusable(path: directory, reason: error.message)
    }
  }

  private mutating func take(_ name: String, _ kind: RecordFormat.Kind, into log: inout SegmentedLog)
    throws(HistoryError)
  {
    guard let number = TargetFiles.number(name, kind) else { return }
    var last = number
    var bytes = RecordFormat.headerSize
    for record in try records(name, kind) {
      bytes += record.bytes.count + RecordFormat.overhead
      do throws(RingCorruption) {
        last = max(last, try restorer.take(record) ?? 0)
      } catch {
        report.skipped += 1
      }
    }
    restorer.reserve(last)
    log.adopt(SegmentedLog.Segment(path: path(name), last: last, bytes: bytes))
  }

  private mutating func replay(_ journal: [RingRecord]) {
    do throws(RingCorruption) { _ = try restorer.replay(journal) } catch { report.skipped += 1 }
  }

  private mutating func records(_ name: String, _ kind: RecordFormat.Kind) throws(HistoryError) -> [RingRecord] {
    let bytes: [UInt8]
    do throws(DiskError) { bytes = try Disk.read(path(name)) } catch { throw Self.unreadable(path(name), error) }
    guard let file = try Self.parse(bytes, kind, path(name)) else {
      report.skipped += 1
      return []
    }
    report.skipped += file.damaged
    if file.isTorn { report.torn += 1 }
    return file.records
  }

  /// Nil where the file is damaged.
  private static func parse(_ bytes: [UInt8], _ kind: RecordFormat.Kind, _ path: String) throws(HistoryError)
    -> ParsedFile?
  {
    do throws(ParsedFile.Refusal) { return try ParsedFile(bytes, kind) } catch {
      if case .newer(let version) = error { throw .newerFormat(path: path, version: Int(version)) }
      return nil
    }
  }

  private static func unreadable(_ path: String, _ error: DiskError) -> HistoryError {
    .unusable(path: path, reason: Disk.obstacle(toFile: path) ?? error.message)
  }

  /// Throws where a file of the directory is of a format that is newer than this program, or can't be read, or where the directory,
  /// which need not be there, is none.
  static func check(_ directory: String) throws(HistoryError) {
    if Disk.exists(directory), let reason = Disk.obstacle(to: directory) {
      throw .unusable(path: directory, reason: reason)
    }
    let names: [String]
    do throws(DiskError) { names = try Disk.names(in: directory) } catch { return }
    for name in names {
      guard let kind = RecordFormat.Kind.allCases.first(where: { TargetFiles.number(name, $0) != nil }) else {
        continue
      }
      let path = directory + "/" + name
      // One that has just gone is none to complain of.
      let bytes: [UInt8]
      do throws(DiskError) { bytes = try Disk.read(path, atMost: RecordFormat.headerSize) } catch {
        if error.code == ENOENT { continue }
        throw unreadable(path, error)
      }
      _ = try parse(bytes, kind, path)
    }
  }
}
