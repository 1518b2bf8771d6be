/// What the command line says; every value as it was typed, so that all layers are read and reported alike.
public struct ConfigurationOverrides: Sendable, Equatable {
  /// `--config`: the file.
  public var configFile: String?
  /// The URL argument: one target.
  public var url: String?
  /// `--redis.addr`: one target, and drop-in mode.
  public var redisAddress: String?
  /// `--redis.user`.
  public var redisUser: String?
  /// `--redis.password`.
  public var redisPassword: String?
  /// `--redis.password-file`.
  public var redisPasswordFile: String?
  /// Flags of redis_exporter that have no name of their own here, as they were typed, in their order.
  public var exporterFlags: [ExporterOverride] = []
  /// Other flags by their name without dashes, such as `listen` or `poll-interval`; see
  /// ``ConfigurationSettings/flags``.
  public var settings: [String: String] = [:]

  /// Nothing is said.
  public init() {}
}

/// A flag of redis_exporter and its value.
public struct ExporterOverride: Sendable, Equatable {
  /// Without dashes.
  public var name: String
  /// As it was typed; `true` for a switch without a value.
  public var value: String

  /// Reads `NAME=VALUE`; nil without an equals sign.
  public init?(_ text: String) {
    let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2 else { return nil }
    (name, value) = (String(parts[0]), String(parts[1]))
  }
}

/// One value that each layer may give.
struct Setting: Sendable {
  /// Its path in the file.
  let path: String
  /// Variables that give it, the first that is set and not empty wins.
  let environment: [String]
  /// The flag's name without dashes.
  let flag: String
  let assign: @Sendable (String, inout Configuration) throws(ValueError) -> Void

  init(
    _ path: String, _ environment: [String], _ flag: String,
    _ assign: @escaping @Sendable (String, inout Configuration) throws(ValueError) -> Void
  ) {
    self.path = path
    self.environment = environment
    self.flag = flag
    self.assign = assign
  }
}

/// All values outside `targets`: one table for file, environment and flags.
public enum ConfigurationSettings {
  /// The names that ``ConfigurationOverrides/settings`` takes.
  public static var flags: [String] { all.map(\.flag) + ["preset", "scrape-allow"] }

  static let all: [Setting] = [
    Setting("listen", ["CACHEGAUGE_LISTEN", "REDIS_EXPORTER_WEB_LISTEN_ADDRESS"], "listen") {
      text, configuration throws(ValueError) in
      configuration.listen = try ListenAddress(parsing: text)
    },
    Setting("metrics_path", ["CACHEGAUGE_METRICS_PATH", "REDIS_EXPORTER_WEB_TELEMETRY_PATH"], "metrics-path") {
      text, configuration throws(ValueError) in
      configuration.metricsPath = try metricsPath(text)
    },
    Setting("polls_at_once", ["CACHEGAUGE_POLLS_AT_ONCE"], "polls-at-once") {
      text, configuration throws(ValueError) in
      configuration.pollsAtOnce = try parseCount(text, in: 1...10_000)
    },
    Setting("shard", ["CACHEGAUGE_SHARD"], "shard") { text, configuration throws(ValueError) in
      configuration.shard = try Shard(parsing: text)
    },
    Setting("poll.interval", ["CACHEGAUGE_POLL_INTERVAL"], "poll-interval") {
      text, configuration throws(ValueError) in
      try PollSetting.interval.assign(text, to: &configuration.poll)
    },
    Setting("poll.slow_interval", ["CACHEGAUGE_POLL_SLOW_INTERVAL"], "poll-slow-interval") {
      text, configuration throws(ValueError) in
      try PollSetting.slowInterval.assign(text, to: &configuration.poll)
    },
    Setting("poll.timeout", ["CACHEGAUGE_POLL_TIMEOUT"], "poll-timeout") { text, configuration throws(ValueError) in
      try PollSetting.timeout.assign(text, to: &configuration.poll)
    },
    Setting("history.memory", ["CACHEGAUGE_HISTORY_MEMORY"], "history-memory") {
      text, configuration throws(ValueError) in
      configuration.history.memory = try size(text, atLeast: 1 << 20)
    },
    Setting("history.rollup_memory", ["CACHEGAUGE_HISTORY_ROLLUP_MEMORY"], "history-rollup-memory") {
      text, configuration throws(ValueError) in
      configuration.history.rollupMemory = try size(text, atLeast: 0)
    },
    Setting("history.path", ["CACHEGAUGE_HISTORY_PATH"], "history-path") { text, configuration throws(ValueError) in
      configuration.history.path = try parseText(text)
    },
    Setting("history.fsync", ["CACHEGAUGE_HISTORY_FSYNC"], "history-fsync") {
      text, configuration throws(ValueError) in
      configuration.history.fsync = try fsync(text)
    },
    Setting("log.level", ["CACHEGAUGE_LOG_LEVEL", "REDIS_EXPORTER_LOG_LEVEL"], "log-level") {
      text, configuration throws(ValueError) in
      configuration.log.level = try parseLevel(text)
    },
    Setting("log.format", ["CACHEGAUGE_LOG_FORMAT", "REDIS_EXPORTER_LOG_FORMAT"], "log-format") {
      text, configuration throws(ValueError) in
      configuration.log.format = text.lowercased() == "txt" ? .text : try parseChoice(text)
    },
    Setting("web.config_file", ["CACHEGAUGE_WEB_CONFIG_FILE"], "web.config.file") {
      text, configuration throws(ValueError) in
      configuration.web.configFile = try parseText(text)
    },
    Setting("web.bearer_token_file", ["CACHEGAUGE_WEB_BEARER_TOKEN_FILE"], "web.bearer-token-file") {
      text, configuration throws(ValueError) in
      configuration.web.bearerTokenFile = try parseText(text)
    },
    Setting("web.metrics_token_file", ["CACHEGAUGE_WEB_METRICS_TOKEN_FILE"], "web-metrics-token-file") {
      text, configuration throws(ValueError) in
      configuration.web.metricsTokenFile = try parseText(text)
    },
    Setting("web.metrics_users", ["CACHEGAUGE_WEB_METRICS_USERS"], "web-metrics-users") {
      text, configuration throws(ValueError) in
      configuration.web.metricsUsers = try parseText(text).split(separator: ",").map { trimmed($0) }
    },
    Setting("legacy_names", ["CACHEGAUGE_LEGACY_NAMES"], "legacy-names") { text, configuration throws(ValueError) in
      configuration.legacyNames = try parseBoolean(text)
    },
    Setting("expose_keys", ["CACHEGAUGE_EXPOSE_KEYS"], "expose-keys") { text, configuration throws(ValueError) in
      configuration.exposeKeys = try parseBoolean(text)
    },
  ]

  /// Keys of the file's root, in the order in which they are shown.
  static let rootKeys = [
    "listen", "metrics_path", "poll", "polls_at_once", "shard", "history", "log", "web", "legacy_names",
    "expose_keys",
    "targets",
    "target_files", "scrape", "remote_write",
  ]

  /// More memory no machine has to spare, and sums of it must be integers.
  private static let mostMemory: Int64 = 1 << 40

  private static func size(_ text: String, atLeast least: Int64) throws(ValueError) -> Int64 {
    let bytes = try parseSize(text)
    guard bytes >= least else { throw ValueError("\(quoted(text)) is too little; at least \(formatSize(least))") }
    guard bytes <= mostMemory else {
      throw ValueError("\(quoted(text)) is too much; at most \(formatSize(mostMemory))")
    }
    return bytes
  }

  private static func metricsPath(_ text: String) throws(ValueError) -> String {
    let path = try parseText(text)
    let isPlain = path.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && !"?#%*".utf8.contains($0) }
    guard path.hasPrefix("/"), path != "/", isPlain else {
      throw ValueError("\(quoted(path)) is no path for metrics, such as /metrics")
    }
    let taken = ["/api/", "/-/", "/docs/", "/assets/", "/scrape", "/probe", "/discover-cluster-nodes", "/health"]
    if taken.contains(where: { path.hasPrefix($0) }) || path.contains(".") {
      throw ValueError("\(quoted(path)) is, or may become, another page's path")
    }
    return path
  }

  private static func fsync(_ text: String) throws(ValueError) -> Duration? {
    if trimmed(text) == "never" { return nil }
    let interval = try parseDuration(text)
    guard (.milliseconds(100) ... .seconds(3600)).contains(interval) else {
      throw ValueError("\(quoted(text)) is out of range; 100ms to 1h, or never")
    }
    return interval
  }

  /// Also what other programs call these levels.
  private static func parseLevel(_ text: String) throws(ValueError) -> LogConfiguration.Level {
    switch trimmed(text).lowercased() {
    case "warn": return .warning
    case "fatal": return .critical
    default: return try parseChoice(text)
    }
  }
}

/// The parts of `poll`, at the root and in a target.
enum PollSetting: String, CaseIterable {
  case interval
  case slowInterval = "slow_interval"
  case timeout

  var range: ClosedRange<Duration> {
    switch self {
    case .interval: .milliseconds(100) ... .seconds(3600)
    case .slowInterval: .milliseconds(100) ... .seconds(86_400)
    case .timeout: .milliseconds(10) ... .seconds(300)
    }
  }

  func assign(_ text: String, to poll: inout PollConfiguration) throws(ValueError) {
    let duration = try durations(in: range)(text)
    switch self {
    case .interval: poll.interval = duration
    case .slowInterval: poll.slowInterval = duration
    case .timeout: poll.timeout = duration
    }
  }

  func value(in poll: PollConfiguration) -> Duration {
    switch self {
    case .interval: poll.interval
    case .slowInterval: poll.slowInterval
    case .timeout: poll.timeout
    }
  }
}
