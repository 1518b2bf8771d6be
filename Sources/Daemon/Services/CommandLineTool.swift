import CacheClients
import CacheModel
import Exposition
import Glibc
import Logging
import Namespaces
import UnixSignals

/// What the subcommands do, one function for each. Errors are sentences on standard error and an exit code.
public enum CommandLineTool {
  /// Watches and serves until SIGINT or SIGTERM; the demo when there is nothing to watch.
  public static func serve(_ overrides: ConfigurationOverrides) async throws {
    HeapSettings.apply()
    let loaded = try telling(loadForServing(overrides))
    let configuration = loaded.configuration
    if configuration.isEmpty {
      StandardError.print("No cache is given (a URL, REDIS_URL or --config): starting the demo.")
      return try await demo(configuration)
    }
    // Before anything can be asked whether this process is ready: until it is trapped, the signal would end it.
    let signals = loaded.file == nil ? nil : await UnixSignalsSequence(trapping: .sighup)
    let inForce = await NamespaceSuggestion.complete(configuration)
    try await Daemon(inForce) { log, search in
      signals.map { signals in
        ConfigurationReload(
          read: configuration, inForce: inForce, signals: signals, search: search, log: log,
          load: { try LoadedConfiguration.load(overrides: overrides, environment: ProcessEnvironment.all) },
          complete: { await NamespaceSuggestion.complete($0) })
      }
    }.run()
  }

  /// Starts private servers with a workload, and serves until SIGINT or SIGTERM. `application` is one of `examples/`, whose
  /// configuration is given; nil is the restaurant, on a redis-server.
  public static func demo(_ overrides: ConfigurationOverrides, application name: String? = nil) async throws {
    let configuration = try telling(loadForServing(overrides)).configuration
    guard let name else { return try await demo(configuration) }
    guard let application = DemoApplication.examples.first(where: { $0.name == name }) else {
      let names = DemoApplication.examples.map(\.name).joined(separator: ", ")
      throw UsageError("there is no application \(quoted(name)); there are \(names)")
    }
    guard !configuration.targets.isEmpty else {
      throw UsageError("give the application's configuration: --config examples/\(name).yml")
    }
    try await DemoDaemon(configuration, application).run()
  }

  /// Watches for `duration`, prints a table or JSON, and answers the exit code.
  public static func check(_ overrides: ConfigurationOverrides, for duration: String, json: Bool) async throws
    -> Int32
  {
    let snapshot = try await observe(overrides, for: duration)
    try StandardOutput.print(
      json ? String(decoding: healthDocument(snapshot), as: UTF8.self) : checkTable(snapshot))
    switch snapshot.status {
    case .healthy: return 0
    case .degraded: return 1
    case .unhealthy: return 2
    case .unknown: return 3
    }
  }

  /// Watches for `duration` and prints the report; `format` is text, markdown or json.
  public static func report(_ overrides: ConfigurationOverrides, for duration: String, format: String) async throws
  {
    let format = try reportFormat(format)
    let configuration = try load(overrides)
    let snapshot = try await observe(configuration, for: duration)
    try StandardOutput.print(
      String(
        decoding: Exposition.report(
          snapshot, format, width: terminalWidth, exposeKeys: configuration.exposeKeys), as: UTF8.self),
      terminator: "")
  }

  /// Prints the report of a running cachegauge, with what its history says of a period where one is named: `period` has
  /// `last`, `start` and `end` as `/api/cache/report` takes them.
  public static func report(of access: ServerAccess, period: [(name: String, value: String)], format: String)
    async throws
  {
    let parameters = [(name: "format", value: try reportFormat(format).rawValue)] + period
    let query = parameters.map { "\($0.name)=\(percentEncoded($0.value))" }.joined(separator: "&")
    let answer = try await ServerAddress(access).get("/api/cache/report?\(query)", accept: "*/*", within: 10)
    try StandardOutput.print(String(decoding: answer, as: UTF8.self), terminator: "")
  }

  private static func reportFormat(_ name: String) throws -> ReportFormat {
    guard let format = ReportFormat(rawValue: name) else {
      throw UsageError(
        "--format: '\(name)' is none of \(ReportFormat.allCases.map(\.rawValue).joined(separator: ", "))")
    }
    return format
  }

  /// Shows a running cachegauge until somebody quits; prints once where there is no terminal.
  public static func top(_ access: ServerAccess) async throws {
    let server = try ServerAddress(access)
    guard Terminal.isInteractive else {
      return try StandardOutput.print(await Top.once(server, width: terminalWidth))
    }
    var top = Top(server)
    try await top.run()
  }

  /// Watches for `duration` and prints what would raise the hit rates.
  public static func advise(_ overrides: ConfigurationOverrides, for duration: String) async throws {
    let configuration = try load(overrides)
    try needRedis(configuration, "advise: the causes of misses, from which advice follows, are told by Redis only")
    let snapshot = try await observe(configuration, for: duration)
    let advice = snapshot.targets.flatMap(\.advice)
    guard advice.isEmpty else { return try advice.forEach { try StandardOutput.print($0.message) } }
    try StandardOutput.print(
      snapshot.targets.contains { $0.observation?.isHolding == true }
        ? "Nothing to advise: too few misses were heard, or no cause stands out."
        : "Nothing to advise: that needs observe: { events: true } and the server's keyspace notifications.")
  }

  /// Prints namespaces for the configuration, found in at most so many keys of each target.
  public static func suggestNamespaces(_ overrides: ConfigurationOverrides, keys: Int) async throws {
    guard (1...KeyShapes.maximumKeys).contains(keys) else {
      throw UsageError("--keys: \(keys) is not between 1 and \(KeyShapes.maximumKeys)")
    }
    let configuration = try load(overrides)
    guard !configuration.targets.isEmpty else {
      throw UsageError("no cache is given: name one by URL, REDIS_URL or --config")
    }
    try needRedis(configuration, "namespaces suggest: keys are found by SCAN, which only Redis has")
    for target in configuration.targets where target.identity.kind == .redis {
      if configuration.targets.count > 1 { try StandardOutput.print("# \(target.identity.name)") }
      do {
        let suggestion = try await NamespaceSuggestion.make(for: target, limit: keys)
        try StandardOutput.print(suggestion.text, terminator: "")
      } catch let error as ClientError {
        throw UsageError("\(target.identity.name) (\(error.cause.rawValue)): \(error.detail)")
      }
    }
  }

  /// Prints every problem of the configuration, and of the files that it names; throws, with what ``serve(_:)`` would throw, when it
  /// can't be used. With `syntaxOnly` the files that it names are not looked at: they may be on another machine.
  public static func checkConfiguration(_ overrides: ConfigurationOverrides, syntaxOnly: Bool = false) throws {
    let loaded = try syntaxOnly ? loadOrExit(overrides) : loadForServing(overrides)
    let doubts = syntaxOnly ? [] : loaded.doubts
    for warning in loaded.warnings + doubts { try StandardOutput.print("\(warning)") }
    let count = loaded.configuration.targets.count
    try StandardOutput.print("\(loaded.file ?? "configuration"): ok, \(count) \(count == 1 ? "target" : "targets")")
  }

  /// Prints the effective configuration without secrets.
  public static func showConfiguration(_ overrides: ConfigurationOverrides) throws {
    try StandardOutput.print(loadOrExit(overrides).show(), terminator: "")
  }

  private static func observe(_ overrides: ConfigurationOverrides, for duration: String) async throws -> Snapshot {
    try await observe(load(overrides), for: duration)
  }

  private static func observe(_ configuration: Configuration, for duration: String) async throws -> Snapshot {
    guard !configuration.targets.isEmpty || !configuration.targetFiles.isEmpty else {
      throw UsageError("no cache is given: name one by URL, REDIS_URL or --config")
    }
    var quiet = configuration
    if quiet.log.level == .info { quiet.log.level = .error }
    // Watching for seconds, there is no time to see whether a low hit rate lasts: what is measured is judged.
    for index in quiet.targets.indices { quiet.targets[index].health.values["raise_after"] = 0 }
    return try await Daemon(NamespaceSuggestion.complete(quiet)).observe(for: watchingTime(duration))
  }

  /// Throws where targets are given, but none is a Redis.
  private static func needRedis(_ configuration: Configuration, _ reason: String) throws {
    guard let first = configuration.targets.first,
      !configuration.targets.contains(where: { $0.identity.kind == .redis })
    else { return }
    throw UsageError("\(reason); \(first.identity.name) is none (\(first.identity.kind.rawValue))")
  }

  private static func watchingTime(_ text: String) throws -> Duration {
    do { return try parseDuration(text) } catch { throw UsageError("--for: \(error.message)") }
  }

  private static func demo(_ configuration: Configuration) async throws {
    try await DemoDaemon(configuration).run()
  }

  static func load(_ overrides: ConfigurationOverrides) throws -> Configuration {
    try telling(loadOrExit(overrides)).configuration
  }

  /// Prints the warnings.
  private static func telling(_ loaded: LoadedConfiguration) -> LoadedConfiguration {
    for warning in loaded.warnings { StandardError.print("\(warning)") }
    return loaded
  }

  /// What is to be served: with what that needs beside the configuration.
  private static func loadForServing(_ overrides: ConfigurationOverrides) throws -> LoadedConfiguration {
    let loaded = try loadOrExit(overrides)
    do { try loaded.checkStart() } catch { throw UsageError("\(error)") }
    return loaded
  }

  static func loadOrExit(_ overrides: ConfigurationOverrides) throws -> LoadedConfiguration {
    do {
      return try LoadedConfiguration.loadAtStart(overrides, environment: ProcessEnvironment.all)
    } catch {
      throw UsageError("\(error)")
    }
  }

  private static var terminalWidth: Int {
    var size = winsize()
    let known = unsafe ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col >= 40
    return known ? min(160, Int(size.ws_col)) : 80
  }
}

/// A command that can't be carried out as it was given; its text is all that the user sees.
public struct UsageError: Error, CustomStringConvertible {
  /// One or more lines for people; control characters in it, as of a server's answer, are escaped.
  public let description: String

  init(_ description: String) {
    self.description = description.escapingControls { $0 == "\n" || $0 == "\t" }
  }
}
