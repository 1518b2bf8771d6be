import CacheModel

/// What cachegauge is told to do: the effective values of file, environment and flags.
///
/// A value without references; ``LoadedConfiguration`` adds where each value came from.
public struct Configuration: Sendable, Equatable {
  /// Where HTTP is served; default 127.0.0.1:9121.
  public var listen = ListenAddress(host: "127.0.0.1", port: 9121)
  /// Pace and deadline of polls, for targets that don't say otherwise.
  public var poll = PollConfiguration()
  /// Memory for history.
  public var history = HistoryConfiguration()
  /// Level and format of the log.
  public var log = LogConfiguration()
  /// Whether to serve redis_exporter's users as they are used to (drop-in mode); `REDIS_ADDR` and `--redis.addr`
  /// switch it on.
  public var legacyNames = false
  /// Whether keys and command arguments may appear in answers.
  public var exposeKeys = false
  /// How many polls run at once, of all targets together; 1 … 10,000, default 256. Others wait.
  public var pollsAtOnce = 256
  /// Which of the targets this process watches; all by default.
  public var shard = Shard.whole
  /// Where metrics are served; default `/metrics`.
  public var metricsPath = "/metrics"
  /// Who may ask over HTTP, and over what.
  public var web = WebSettings()
  /// Targets that a scrape may ask for without their being listed under ``targets``.
  public var scrape = ScrapeConfiguration()
  /// Files that name more targets, and are watched for changes.
  public var targetFiles: [TargetFilesConfiguration] = []
  /// Receivers of remote write.
  public var remoteWrite: [RemoteWriteConfiguration] = []
  /// In the file's order; empty only when neither a file nor environment nor flags name one.
  public var targets: [TargetConfiguration] = []

  /// The defaults, without a target.
  public init() {}
}

/// An address and port to listen on.
public struct ListenAddress: Sendable, Hashable {
  /// An IPv4 address, an IPv6 address without brackets, `localhost`, or `::` for every interface (both families).
  public var host: String
  /// 0 lets the system choose.
  public var port: UInt16

  /// An address; nothing is checked.
  public init(host: String, port: UInt16) {
    self.host = host
    self.port = port
  }
}

extension ListenAddress: CustomStringConvertible {
  /// `127.0.0.1:9121` or `[::1]:9121`.
  public var description: String { hostAndPort(host, port) }
}

/// Pace and deadline of polls.
public struct PollConfiguration: Sendable, Hashable {
  /// Between polls; 100 ms … 1 h, default 1 s.
  public var interval = Duration.seconds(1)
  /// Between runs of the costly collectors; at least ``interval``, at most 1 d, default 15 s.
  public var slowInterval = Duration.seconds(15)
  /// For a whole poll, connecting included; 10 ms … 5 min, default 800 ms.
  public var timeout = Duration.milliseconds(800)

  /// The defaults.
  public init() {}
}

/// Memory for history, and files.
public struct HistoryConfiguration: Sendable, Hashable {
  /// Bytes for full-resolution history of all targets together; at least 1 MiB, default 64 MiB.
  public var memory: Int64 = 64 << 20
  /// Bytes for rolled-up history of all targets together; 0 switches it off, default 16 MiB.
  public var rollupMemory: Int64 = 16 << 20
  /// The directory that history is kept in, so that it survives the process; nil, the default, keeps it in memory.
  public var path: String?
  /// How often the files are brought safely to the disk, 100 ms … 1 h, default 1 s; nil leaves that to the system.
  public var fsync: Duration? = .seconds(1)

  /// The defaults.
  public init() {}
}

/// Where it is said who may ask over HTTP, and over what. The files are read again whenever they change.
public struct WebSettings: Sendable, Hashable {
  /// In the format of Prometheus' exporter toolkit: TLS, users, headers; nil for none.
  public var configFile: String?
  /// A file that holds a token; who bears it may ask. Nil for none.
  public var bearerTokenFile: String?
  /// A file that holds another token; who bears it may ask for metrics only. Nil for none.
  public var metricsTokenFile: String?
  /// Users of ``configFile`` who may ask for metrics only.
  public var metricsUsers: [String] = []

  /// Everybody may ask, over plain HTTP.
  public init() {}

  /// Whether no file is named.
  var isEmpty: Bool { self == WebSettings() }
}

/// Level and format of the log.
public struct LogConfiguration: Sendable, Hashable {
  /// Least severity that is written.
  public enum Level: String, Sendable, CaseIterable {
    // The names are those of swift-log.
    case trace, debug, info, notice, warning, error, critical
  }

  /// Form of a line.
  public enum Format: String, Sendable, CaseIterable {
    /// For people.
    case text
    /// One JSON object a line.
    case json
  }

  /// Default `info`.
  public var level = Level.info
  /// Default `text`.
  public var format = Format.text

  /// The defaults.
  public init() {}
}

extension Duration {
  /// Whole milliseconds, rounded down; saturates at the bounds of `Int64`.
  public var wholeMilliseconds: Int64 {
    let (seconds, attoseconds) = components
    let (product, overflow) = seconds.multipliedReportingOverflow(by: 1000)
    let (sum, overflowed) = product.addingReportingOverflow(attoseconds / 1_000_000_000_000_000)
    return overflow || overflowed ? (seconds < 0 ? .min : .max) : sum
  }

  /// Seconds with their fraction.
  public var inSeconds: Double {
    let (seconds, attoseconds) = components
    return Double(seconds) + Double(attoseconds) / 1e18
  }
}
