import Namespaces

extension ConfigurationReader {
  private static let checkKeys = [
    "keys", "single_keys", "count_keys", "key_groups", "max_key_groups", "streams", "single_streams",
    "stream_consumers", "lookups", "interval",
  ]

  /// The keys that are looked at one by one, by pattern or by group.
  mutating func checks(_ node: ConfigurationNode, _ path: String) -> KeyCheckConfiguration {
    var checks = KeyCheckConfiguration()
    guard let fields = fields(node, path, known: Self.checkKeys) else { return checks }
    checks.keys = list("keys", of: fields, path, parseCheckedPattern)
    checks.singleKeys = list("single_keys", of: fields, path) { text throws(ValueError) in
      CheckedKeys(try parseText(text))
    }
    checks.countKeys = list("count_keys", of: fields, path, parseCheckedPattern)
    checks.streams = list("streams", of: fields, path, parseCheckedPattern)
    checks.singleStreams = list("single_streams", of: fields, path) { text throws(ValueError) in
      CheckedKeys(try parseText(text))
    }
    checks.streamConsumers = value("stream_consumers", of: fields, path, parseBoolean) ?? true
    checks.lookups = value("lookups", of: fields, path, parseBoolean) ?? false
    checks.keyGroups = list("key_groups", of: fields, path, parseLuaPattern)
    checks.maximumGroups =
      value("max_key_groups", of: fields, path, counts(in: 1...10_000)) ?? checks.maximumGroups
    checks.interval = value("interval", of: fields, path, Self.pause) ?? checks.interval
    return checks
  }

  /// A list of values; a single one is taken as a list of one.
  private mutating func list<Value>(
    _ key: String, of fields: [String: ConfigurationNode], _ path: String,
    _ parse: (String) throws(ValueError) -> Value
  ) -> [Value] {
    guard let node = fields[key] else { return [] }
    var items = [node]
    if case .sequence(let list) = node.value { items = list }
    return items.enumerated().compactMap { index, item in value(item, "\(joined(path, key))[\(index)]", parse) }
  }
}

/// `db3=sessions:*` or `sessions:*`.
func parseCheckedPattern(_ text: String) throws(ValueError) -> CheckedKeys {
  let checked = CheckedKeys(try parseText(text))
  do throws(KeyPatternError) { _ = try KeyPattern(checked.pattern) } catch {
    throw ValueError("\(quoted(text)): \(error.message)")
  }
  return checked
}

/// A pattern of Lua, as redis_exporter takes it.
func parseLuaPattern(_ text: String) throws(ValueError) -> String {
  guard !text.isEmpty else { throw ValueError("is empty") }
  do throws(LuaPattern.SyntaxError) { _ = try LuaPattern(text) } catch {
    throw ValueError("\(quoted(text)) \(error.message)")
  }
  return text
}
