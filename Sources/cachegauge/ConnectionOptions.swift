import ArgumentParser
import Daemon

/// Which cache to watch and how: the options that every command which talks to a cache shares.
struct ConnectionOptions: ParsableArguments {
  @Argument(
    help:
      "The cache: redis://, rediss://, valkey://, valkeys://, unix:///path, sentinel://, memcached:// or host:port."
  )
  var url: String?

  @Option(name: [.customShort("c"), .long], help: "A configuration file (YAML).")
  var config: String?

  @Option(name: .customLong("redis.addr"), help: "As redis_exporter has it; switches its metric names on.")
  var redisAddress: String?

  @Option(name: .customLong("redis.user"), help: "As redis_exporter has it.")
  var redisUser: String?

  @Option(name: .customLong("redis.password"), help: "As redis_exporter has it; a file or REDIS_PASSWORD is safer.")
  var redisPassword: String?

  @Option(
    name: .customLong("redis.password-file"), help: "As redis_exporter has it: a file that holds the password.")
  var redisPasswordFile: String?

  @Option(help: "development or production: hit rates that namespaces are held to.")
  var preset: String?

  @Option(help: "Seconds between polls, such as 1s or 500ms.")
  var pollInterval: String?

  @Option(help: "Between runs of the costly collectors, such as 15s.")
  var pollSlowInterval: String?

  @Option(help: "The deadline of one poll, such as 800ms.")
  var pollTimeout: String?

  @Option(help: "trace, debug, info, notice, warning, error or critical.")
  var logLevel: String?

  @Flag(help: "Serve redis_exporter's families whose names promtool finds fault with, under those names.")
  var legacyNames = false

  @Flag(help: "Allow keys and command arguments in reports.")
  var exposeKeys = false

  @Option(
    name: .customLong("scrape-allow"), parsing: .singleValue,
    help:
      "A place that /scrape?target= may ask for, such as cache-*.shop.internal:6379; several with commas or again.")
  var scrapeAllow: [String] = []

  @Option(
    name: .customLong(ExporterArguments.option), parsing: .singleValue,
    help: ArgumentHelp("A flag of redis_exporter as NAME=VALUE.", visibility: .hidden))
  var exporterFlags: [String] = []

  /// What was given, for the configuration's layers.
  var overrides: ConfigurationOverrides {
    var overrides = ConfigurationOverrides()
    overrides.url = url
    overrides.configFile = config
    overrides.redisAddress = redisAddress
    overrides.redisUser = redisUser
    overrides.redisPassword = redisPassword
    overrides.redisPasswordFile = redisPasswordFile
    let settings = [
      "preset": preset, "poll-interval": pollInterval, "poll-slow-interval": pollSlowInterval,
      "poll-timeout": pollTimeout, "log-level": logLevel, "legacy-names": legacyNames ? "true" : nil,
      "expose-keys": exposeKeys ? "true" : nil,
      "scrape-allow": scrapeAllow.isEmpty ? nil : scrapeAllow.joined(separator: ","),
    ]
    overrides.exporterFlags = exporterFlags.compactMap { ExporterOverride($0) }
    overrides.settings = settings.compactMapValues(\.self)
    return overrides
  }
}
