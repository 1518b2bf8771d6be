import CacheModel
import HistoryStore
import Logging
import NIOPosix
import ServiceLifecycle
import TimeSeries

/// Writes history to its directory beside the polls, on a thread of its own: a disk that hangs holds up nothing else.
struct HistoryService: Service {
  /// Where the disk is waited for, once history was read back at the start.
  private static let thread: NIOThreadPool = {
    let pool = NIOThreadPool(numberOfThreads: 1)
    pool.start()
    return pool
  }()
  /// How often files are written where the configuration leaves it to the system when they reach the disk.
  private static let writeInterval = Duration.seconds(1)

  private let files: HistoryStore
  private let fsync: Duration?
  private let log: Logger

  /// Reads history back into all rings of `store`, which must be empty. Nil when none is kept on disk.
  init?(_ configuration: HistoryConfiguration, store: TimeSeriesStore, log: Logger) throws(UsageError) {
    guard let path = configuration.path else { return nil }
    fsync = configuration.fsync
    self.log = log
    do throws(HistoryError) {
      files = try HistoryStore(path: path)
      for ring in store.allRings {
        let report = try files.restore(ring, now: WallClock.now.milliseconds)
        Self.tell(report, of: ring, log)
      }
    } catch {
      throw UsageError(error.description)
    }
  }

  private static func tell(_ report: RestoreReport, of ring: Ring, _ log: Logger) {
    let metadata: Logger.Metadata = ["target": "\(ring.name)"]
    if report.rows > 0 { log.info("\(report.rows) polls of history were read back", metadata: metadata) }
    if report.skipped > 0 {
      log.warning("\(report.skipped) records of history were damaged and are left out", metadata: metadata)
    }
  }

  /// Reads the history of a target that came while others run back into its empty ring, and keeps it from now on.
  func adopt(_ ring: Ring) async {
    try? await Self.thread.runIfActive {
      do throws(HistoryError) {
        Self.tell(try files.restore(ring, now: WallClock.now.milliseconds), of: ring, log)
      } catch {
        log.error("history is not kept on disk: \(error.description)", metadata: ["target": "\(ring.name)"])
      }
    }
  }

  /// Writes no more of this ring; its files stay, and are read back when a target of its name comes again.
  func release(_ name: String) async {
    try? await Self.thread.runIfActive { files.release(name) }
  }

  /// Until shutdown, and once more then: polling has ended by that time.
  func run() async throws {
    await cancelWhenGracefulShutdown {
      while (try? await Task.sleep(for: fsync ?? Self.writeInterval)) != nil {
        await write(isDurable: fsync != nil)
      }
    }
    await write(isDurable: true)
  }

  private func write(isDurable: Bool) async {
    let change = try? await Self.thread.runIfActive {
      files.flush(now: WallClock.now.milliseconds, isDurable: isDurable)
    }
    switch change {
    case .failing(let reason):
      log.error("history can't be written to disk (\(reason)); it is kept in memory, and writing is tried again")
    case .recovered: log.notice("history is written to disk again")
    case nil: break
    }
  }

  /// What `/metrics` tells of the files.
  var figures: HistoryFileFigures {
    let known = files.figures
    return HistoryFileFigures(
      bytes: Int64(known.diskBytes), bytesWritten: Int64(known.bytesWritten), errors: Int64(known.errors),
      skippedRecords: Int64(known.skipped), lastSync: known.lastSync.map { UnixTime(milliseconds: $0) },
      newestSynced: known.syncedRows.values.min().map { UnixTime(milliseconds: $0) })
  }
}
