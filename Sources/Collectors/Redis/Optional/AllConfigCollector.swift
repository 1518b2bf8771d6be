import CacheModel
import RESP
import TimeSeries

/// CONFIG GET of all parameters, where that is asked for. What may hold a secret never leaves this file: neither its value
/// nor that it is set.
struct AllConfigCollector: RedisCollector {
  let name = "config_all"
  let tier = CollectorTier.slow
  /// What the server calls CONFIG.
  let command: String

  mutating func commands(_ context: CollectorContext) -> [RESPCommand] {
    // Sentinel has a configuration of its own.
    context.isSentinel ? [RESPCommand("SENTINEL", "CONFIG", "GET", "*")] : [RESPCommand(command, "GET", "*")]
  }

  mutating func receive(_ replies: [RESPValue], into poll: inout RedisPoll) throws(CollectorFailure) {
    guard let reply = replies.first else { throw CollectorFailure(.malformedReply, "CONFIG GET: no reply") }
    let parameters = try RESPValue.array(reply.elements(of: "CONFIG GET")).pairs ?? []
    let isSentinel = poll.facts.role == "sentinel"
    let texts = isSentinel ? ConfigFamilies.sentinelText : ConfigFamilies.text
    for (key, value) in parameters {
      guard let value = value.string, !Self.isSecret(key) else { continue }
      poll.pass(texts, [Label("key", key), Label("value", value)], FixedPoint(1))
      guard let number = FixedPoint.parse(value.utf8) else { continue }
      if isSentinel {
        poll.pass(ConfigFamilies.sentinelNumber, [Label("key", key)], number)
      } else {
        poll.set(RedisFamilies.configValue, [Label("key", key)], number)
      }
    }
  }

  /// Whether a parameter may hold a password: those that are known, and what is named like them.
  static func isSecret(_ key: String) -> Bool {
    let name = key.lowercased()
    return name.hasSuffix("auth") || name.hasSuffix("pass") || name.contains("password") || name.contains("secret")
  }
}

/// Families of configurations, beside ``RedisFamilies/configValue``.
enum ConfigFamilies {
  static let text = MetricFamily(
    "redis_config_key_value", .gauge, "1, for each parameter of the configuration, secrets left out")
  static let sentinelText = MetricFamily(
    "redis_sentinel_config_key_value", .gauge,
    "1, for each parameter of a Sentinel's configuration, secrets left out")
  static let sentinelNumber = MetricFamily(
    "redis_sentinel_config_value", .gauge, "Numeric parameters of a Sentinel's configuration")

  static let all = [text, sentinelText, sentinelNumber]
}
