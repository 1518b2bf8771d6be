import CacheModel
import RESP
import TimeSeries

/// What the server's configuration says beside its series.
struct ServerConfiguration: Sendable {
  /// How many databases there are.
  var databases: Int?
  /// The slow log's threshold in microseconds.
  var slowThreshold: Int64?
  var maximumMemory: Int64?
  var maximumClients: Int64?
  var evictionPolicy: String?
}

/// CONFIG GET of the parameters that health and the `redis_config_*` families need, one by one, which servers before
/// 7.0 ask for: never `*`, which would bring secrets along.
struct ConfigCollector: RedisCollector {
  let name = "config"
  let tier = CollectorTier.slow
  /// What the server calls it; nil when it is not to be sent.
  var command: String? = "CONFIG"

  private static let parameters = [
    "databases", "slowlog-log-slower-than", "slowlog-max-len", "maxmemory", "maxmemory-policy", "maxclients",
    "io-threads", "repl-backlog-size", "client-output-buffer-limit",
  ]

  mutating func commands(_ context: CollectorContext) -> [RESPCommand] {
    guard let command else { return [] }
    return Self.parameters.map { RESPCommand(command, "GET", $0) }
  }

  mutating func receive(_ replies: [RESPValue], into poll: inout RedisPoll) throws(CollectorFailure) {
    var read = ServerConfiguration()
    guard !replies.isEmpty else { throw CollectorFailure(.malformedReply, "CONFIG GET: no reply") }
    for reply in replies {
      let pair = try reply.elements(of: "CONFIG GET")
      // A server that does not know a parameter answers nothing.
      guard pair.count >= 2, let name = pair[0].string, let value = pair[1].string else { continue }
      note(name, value, &read, in: &poll)
    }
    poll.configuration = read
  }

  private func note(_ name: String, _ value: String, _ read: inout ServerConfiguration, in poll: inout RedisPoll) {
    let number = Int64(value)
    switch name {
    case "databases": read.databases = number.map { Int(clamping: $0) }
    case "slowlog-log-slower-than": read.slowThreshold = number
    case "maxmemory-policy": read.evictionPolicy = value
    case "maxmemory": read.maximumMemory = number?.asCount
    case "maxclients": read.maximumClients = number?.asCount
    case "client-output-buffer-limit": noteOutputLimits(value, in: &poll)
    default: break
    }
    guard let number, Self.parameters.contains(name) else { return }
    if let family = Self.families[name] {
      poll.set(family, [], FixedPoint(number))
    } else {
      poll.set(RedisFamilies.configValue, [Label("key", name)], FixedPoint(number))
    }
  }

  private static let families: [String: MetricFamily] = [
    "maxmemory": RedisFamilies.configMaximumMemory, "maxclients": RedisFamilies.configMaximumClients,
    "io-threads": RedisFamilies.configIOThreads, "repl-backlog-size": RedisFamilies.configBacklogSize,
  ]

  /// `normal 0 0 0 slave 268435456 67108864 60 …`: class, hard limit, soft limit, seconds.
  private func noteOutputLimits(_ text: String, in poll: inout RedisPoll) {
    let words = text.split(separator: " ").map(String.init)
    for start in stride(from: 0, to: words.count - 3, by: 4) {
      let numbers = words[(start + 1)...(start + 3)].compactMap { Int64($0) }
      guard numbers.count == 3 else { continue }
      let kind = Label("class", words[start])
      poll.set(RedisFamilies.configOutputLimit, [kind, Label("limit", "hard")], FixedPoint(numbers[0]))
      poll.set(RedisFamilies.configOutputLimit, [kind, Label("limit", "soft")], FixedPoint(numbers[1]))
      poll.set(RedisFamilies.configOutputOvercome, [kind, Label("limit", "soft")], FixedPoint(numbers[2]))
    }
  }
}
