public import TimeSeries
import Locked

/// What history's files have to say of themselves.
public struct HistoryFigures: Sendable, Equatable {
  /// Bytes written since the start.
  public var bytesWritten = 0
  /// Bytes of all files.
  public var diskBytes = 0
  /// Attempts to write that failed since the start.
  public var errors = 0
  /// Records left out at the start since they were damaged or did not fit.
  public var skipped = 0
  /// When the disk last confirmed everything written, Unix milliseconds.
  public var lastSync: Int64?
  /// By ring: the time of the newest row that the disk has confirmed, Unix milliseconds.
  public var syncedRows: [String: Int64] = [:]
}

/// Keeps rings in files of one directory, so that history survives the process.
///
/// `restore` each ring before its first append; then call `flush` from one background thread, since it waits for the
/// disk. Appends never do. Format: `docs/ring.md`, "Files".
public final class HistoryStore: Sendable {
  /// Whether `flush` found a disk that refuses to write, or takes writes again.
  public enum Change: Sendable, Equatable {
    /// The first failure after successes, and why; one for another reason may follow.
    case failing(String)
    /// The first success after failures.
    case recovered
  }

  private struct State {
    var lock: DirectoryLock
    var targets: [TargetFiles] = []
    /// Why writing has failed since it last succeeded, as far as it was told.
    var told: Set<String> = []
  }

  private static let removed = "its files were removed or replaced; new ones are begun with what memory has"

  private let path: String
  private let faults: DiskFaults
  private let state: Locked<State>
  private let known = Locked(HistoryFigures())

  /// Makes the directory if need be, and keeps other processes out of it for as long as this object lives.
  public convenience init(path: String) throws(HistoryError) { try self.init(path: path, faults: DiskFaults()) }

  init(path: String, faults: DiskFaults) throws(HistoryError) {
    try Self.make(path)
    self.path = path
    self.faults = faults
    state = Locked(State(lock: try DirectoryLock(path)))
    Disk.ignoreSizeLimitSignal()
  }

  private static func make(_ path: String) throws(HistoryError) {
    if let reason = Disk.obstacleOfKernel(to: path) { throw .unusable(path: path, reason: reason) }
    do throws(DiskError) { try Disk.makeDirectory(path) } catch { throw .unusable(path, after: error) }
  }

  /// Throws what keeping rings of these names in a directory would, as far as that can be known without making it, writing to it or
  /// keeping others out: so not where another process does so. Reads the first bytes of each file.
  public static func check(path: String, rings names: [String]) throws(HistoryError) {
    if let reason = Disk.obstacle(to: path) ?? Disk.obstacle(toFile: DirectoryLock.path(in: path)) {
      throw .unusable(path: path, reason: reason)
    }
    for name in names { try TargetLoader.check(path + "/" + directoryName(name)) }
  }

  /// Reads a ring's files back into it and keeps it from now on. `now`, Unix milliseconds, is the latest time that a
  /// row may have. Takes about a second for 100 MB.
  public func restore(_ ring: Ring, now: Int64) throws(HistoryError) -> RestoreReport {
    try state.withLock { state throws(HistoryError) in try hold(&state) }
    var loader = TargetLoader(ring, path + "/" + Self.directoryName(ring.name), newest: now, faults)
    let files = try loader.load()
    state.withLock { $0.targets.append(files) }
    let report = loader.report
    known.withLock { $0.skipped += report.skipped }
    return report
  }

  /// Stops keeping the ring of this name; its files stay. Writes what is left of it first, so it may wait for the disk.
  public func release(_ name: String) {
    state.withLock { state in
      let isHeld = (try? hold(&state)) != nil
      guard let at = state.targets.firstIndex(where: { $0.ring.name == name }) else { return }
      var files = state.targets.remove(at: at)
      if isHeld { _ = try? files.flush(isDurable: true) }
    }
    known.withLock { $0.syncedRows[name] = nil }
  }

  /// Takes the lock again where its file was removed, and the directory with it perhaps, so that never two processes write there.
  private func hold(_ state: inout State) throws(HistoryError) {
    if state.lock.isInPlace { return }
    // Until it is ours again, another process may have written in the directory.
    for at in state.targets.indices { state.targets[at].lose() }
    try Self.make(path)
    state.lock = try DirectoryLock(path)
  }

  /// Writes what the rings have gained and, if `isDurable`, waits until the disk has it. Errors are counted, tried
  /// again at the next call, and each reason told once. Where the directory was removed it is made again, unless another process has it.
  /// `now` is in Unix milliseconds.
  public func flush(now: Int64, isDurable: Bool = true) -> Change? {
    state.withLock { state in
      let reasons = write(&state, isDurable: isDurable)
      note(state.targets, failed: !reasons.isEmpty, syncedAt: isDurable && reasons.isEmpty ? now : nil)
      if reasons.isEmpty {
        defer { state.told = [] }
        return state.told.isEmpty ? nil : .recovered
      }
      guard let new = reasons.first(where: { !state.told.contains($0) }) else { return nil }
      state.told.insert(new)
      return .failing(new)
    }
  }

  /// Answers what failed.
  private func write(_ state: inout State, isDurable: Bool) -> [String] {
    do throws(HistoryError) { try hold(&state) } catch { return [error.reason] }
    var reasons: [String] = []
    for at in state.targets.indices {
      do throws(DiskError) {
        if try state.targets[at].flush(isDurable: isDurable) { reasons.append(Self.removed) }
      } catch {
        reasons.append(error.message)
      }
    }
    return reasons
  }

  private func note(_ targets: [TargetFiles], failed: Bool, syncedAt: Int64?) {
    known.withLock { figures in
      figures.bytesWritten = targets.reduce(0) { $0 + $1.bytesWritten }
      figures.diskBytes = targets.reduce(0) { $0 + $1.diskBytes }
      if failed { figures.errors += 1 }
      if let syncedAt { figures.lastSync = syncedAt }
      for target in targets { figures.syncedRows[target.ring.name] = target.syncedRow }
    }
  }

  /// As of the last `flush`; never waits for the disk.
  public var figures: HistoryFigures { known.withLock { $0 } }

  /// The name as a file's: letters, digits, `-` and `_` as they are, other bytes as `%` and two hexadecimal digits.
  static func directoryName(_ name: String) -> String {
    var result = ""
    for byte in name.utf8 {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
        result.unicodeScalars.append(Unicode.Scalar(byte))
      default: result += "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
      }
    }
    // File systems take 255 bytes.
    if result.utf8.count <= 200 { return result }
    return String(result.prefix(190)) + "-" + String(Checksum.of(Array(name.utf8)[...]), radix: 16)
  }
}
