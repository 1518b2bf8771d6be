import CacheClients
import CacheModel
import Exposition
import Glibc
import NIOPosix
import RESP

/// What `cachegauge clear` is asked for.
public struct ClearRequest: Sendable {
  /// Names of namespaces.
  public var namespaces: [String] = []
  /// Globs.
  public var patterns: [String] = []
  /// Whether every key of the database is meant.
  public var all = false
  /// Whether keys are removed; otherwise they are counted.
  public var yes = false
  /// Which of the configuration's targets; nil for the only one.
  public var target: String?
  /// Keys at a time; 1 … 10,000.
  public var batch = 500
  /// Where an earlier removal stopped.
  public var cursor = "0"

  /// Nothing.
  public init() {}
}

extension CommandLineTool {
  /// Removes keys of a cache, or counts those that it would remove; answers the exit code: 130 when it was stopped.
  public static func clear(_ overrides: ConfigurationOverrides, _ request: ClearRequest) async throws -> Int32 {
    guard (1...10_000).contains(request.batch) else { throw UsageError("--batch: 1 … 10000 keys at a time") }
    guard request.cursor.allSatisfy({ $0.isASCII && $0.isNumber }), UInt64(request.cursor) != nil else {
      throw UsageError("--resume: \(quoted(request.cursor)) is no number that an earlier run gave")
    }
    let target = try operatorsTarget(overrides, named: request.target)
    let scope = try RemovalScope(
      namespaces: request.namespaces, patterns: request.patterns, all: request.all, definitions: target.namespaces)
    switch target.identity.kind {
    case .redis: return try await clear(target, scope, request)
    case .memcached:
      try refuseBinary(target)
      let maintenance = MemcachedMaintenance(target.endpoint)
      let tally = try await naming(target) { try await maintenance.remove(scope, isDry: !request.yes) }
      await maintenance.close()
      try StandardOutput.print(tally.sentence(isDry: !request.yes))
      return 0
    case .json:
      throw UsageError("\(target.identity.name) is a cache in an application's process: only that can clear it")
    }
  }

  private static func clear(_ target: TargetConfiguration, _ scope: RemovalScope, _ request: ClearRequest)
    async throws
    -> Int32
  {
    guard TargetURL.parse(target.url)?.masterName == nil else {
      throw UsageError("name the server itself: what a Sentinel knows is read only here")
    }
    var removal = RedisRemoval(
      target.endpoint, scope: scope, isDry: !request.yes, batch: request.batch, from: request.cursor)
    let size = try await naming(target) { [removal] in try await removal.size() }
    let progress = ProgressLine(total: size)
    let stop = StopSignal()
    while !removal.isDone, !stop.isRaised {
      let before = removal
      removal = try await naming(target) {
        var next = before
        try await next.step()
        return next
      }
      progress.show(removal.tally.visited, RemovalTally.keys(removal.tally.matched))
    }
    progress.clear()
    await removal.close()
    try StandardOutput.print(removal.tally.sentence(isDry: !request.yes))
    guard !removal.isDone else { return 0 }
    try StandardOutput.print("Stopped before the end; go on with --resume \(removal.cursor)")
    return 130
  }

  /// Frees expired entries where the server has a way, and otherwise says why that is not needed.
  public static func cleanup(_ overrides: ConfigurationOverrides, target name: String?) async throws {
    let target = try operatorsTarget(overrides, named: name)
    switch target.identity.kind {
    case .redis: try await cleanRedis(target)
    case .memcached:
      try refuseBinary(target)
      let maintenance = MemcachedMaintenance(target.endpoint)
      let result = try await naming(target) { try await maintenance.crawl() }
      await maintenance.close()
      try StandardOutput.print(
        "Freed \(RemovalTally.grouped(result.freed)) expired items of \(RemovalTally.grouped(result.checked)) looked at. "
          + "Memcached's crawler does so by itself about once an hour.")
    case .json:
      try StandardOutput.print(
        "Nothing to do: \(target.identity.name) is a cache in an application's process, which drops expired entries itself, or "
          + "when they are looked up.")
    }
  }

  /// The binary protocol can neither list keys nor start the crawler.
  private static func refuseBinary(_ target: TargetConfiguration) throws {
    guard target.memcached.sasl else { return }
    throw UsageError(
      "\(target.identity.name) speaks the binary protocol (sasl), which can neither list keys nor start the crawler"
    )
  }

  /// SCAN frees each expired key that it comes by.
  private static func cleanRedis(_ target: TargetConfiguration) async throws {
    let client = RedisClient(
      endpoint: target.endpoint, clientName: "cachegauge-cleanup", group: MultiThreadedEventLoopGroup.singleton)
    func ask(_ commands: [RESPCommand]) async throws -> [RESPValue] {
      try await naming(target) { try await client.pipeline(commands, deadline: .now.advanced(by: .seconds(5))) }
    }
    func figures() async throws -> [Substring: Int64] {
      let text = try await ask([RESPCommand("INFO", "everything")])[0].string ?? ""
      let pairs = text.split(whereSeparator: \.isNewline).compactMap { line -> (Substring, Int64)? in
        guard let colon = line.firstIndex(of: ":") else { return nil }
        if line.hasPrefix("role:slave") { return ("replica", 1) }
        return Int64(line[line.index(after: colon)...]).map { (line[..<colon], $0) }
      }
      return Dictionary(pairs, uniquingKeysWith: { first, _ in first })
    }
    let before = try await figures()
    if before["replica"] == 1 {
      await client.close()
      try StandardOutput.print("Nothing to do: a replica removes what its master tells it to. Ask the master.")
      return
    }
    let progress = ProgressLine(total: try await ask([RESPCommand("DBSIZE")])[0].integer ?? 0)
    var (cursor, visited) = ("0", Int64(0))
    repeat {
      let reply = try await ask([RESPCommand("SCAN", cursor, "COUNT", "500")])[0]
      guard let parts = reply.array, parts.count == 2, let next = parts[0].string, let keys = parts[1].array else {
        throw UsageError("SCAN is refused (\(reply.error?.code ?? "no list"))")
      }
      cursor = next
      visited += Int64(keys.count)
      progress.show(visited, RemovalTally.keys(visited))
    } while cursor != "0"
    progress.clear()
    let after = try await figures()
    await client.close()
    let freed = max(0, (after["expired_keys"] ?? 0).saturatingDifference(before["expired_keys"] ?? 0))
    let memory = [before, after].map { humanSize($0["used_memory"] ?? 0) }
    try StandardOutput.print(
      "Freed \(RemovalTally.grouped(freed)) expired keys; \(RemovalTally.keys(visited)) live on. Memory in use was \(memory[0]), and is \(memory[1]). "
        + "Redis does so by itself ten times a second, a little at a time: it is needed only where many keys expire at once."
    )
  }

  /// The target that is meant, with the operator's own credentials: those in the file are the daemon's, which may only read.
  private static func operatorsTarget(_ overrides: ConfigurationOverrides, named name: String?) throws
    -> TargetConfiguration
  {
    let loaded = try loadOrExit(overrides)
    let targets = loaded.configuration.targets
    guard !targets.isEmpty else { throw UsageError("no cache is given: name one by URL, REDIS_URL or --config") }
    let names = targets.map(\.identity.name)
    guard let index = name.map({ wanted in names.firstIndex(of: wanted) }) ?? (targets.count == 1 ? 0 : nil) else {
      throw UsageError("which target? --target \(names.joined(separator: " | "))")
    }
    var target = targets[index]
    func isOfFile(_ key: String) -> Bool {
      if case .file = loaded.origin(of: "targets[\(index)].\(key)") { true } else { false }
    }
    let environment = ProcessEnvironment.all.filter { !$0.value.isEmpty }
    if isOfFile("username") { target.username = environment["REDIS_USER"] }
    if isOfFile("password") || isOfFile("password_file") {
      target.password = environment["REDIS_PASSWORD"].map { Secret($0) }
      target.passwordFile = target.password == nil ? environment["REDIS_PASSWORD_FILE"] : nil
      if target.password == nil, target.passwordFile == nil {
        StandardError.print(
          "The file's credentials are the daemon's and are not used: give yours in the URL, by --redis.user and "
            + "--redis.password-file, or in REDIS_USER and REDIS_PASSWORD.")
      }
    }
    return target
  }

  /// Errors of a connection as one sentence with the target's name.
  private static func naming<Result: Sendable>(
    _ target: TargetConfiguration, _ body: () async throws -> Result
  ) async throws -> Result {
    do { return try await body() } catch let error as ClientError {
      throw UsageError("\(target.identity.name) (\(error.cause.rawValue)): \(error.detail)")
    }
  }
}
