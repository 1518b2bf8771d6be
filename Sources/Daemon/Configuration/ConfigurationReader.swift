/// Collects values and problems while a configuration is read; knows YAML's shapes, not what the keys mean.
struct ConfigurationReader {
  /// The file's name in messages.
  let file: String
  var problems: [ConfigurationProblem] = []
  /// Where each value that is not a default came from, by its path.
  var origins: [String: ConfigurationOrigin] = [:]

  init(file: String) {
    self.file = file
  }

  mutating func error(_ place: Place, _ path: String, _ message: String) {
    problems.append(ConfigurationProblem(.error, place.origin(file), path: path, message))
  }

  mutating func warn(_ origin: ConfigurationOrigin, _ path: String, _ message: String) {
    problems.append(ConfigurationProblem(.warning, origin, path: path, message))
  }

  /// The values of a mapping by key; unknown keys are errors with the nearest known one.
  ///
  /// `hints` are sentences for keys that people write and that mean something else here.
  mutating func fields(
    _ node: ConfigurationNode, _ path: String, known: [String], hints: [String: String] = [:]
  ) -> [String: ConfigurationNode]? {
    guard case .mapping(let entries) = node.value else {
      let examples = known.prefix(3).joined(separator: ", ") + (known.count > 3 ? ", …" : "")
      error(node.place, path, "is \(node.kindName), but a mapping is wanted: \(examples)")
      return nil
    }
    var fields: [String: ConfigurationNode] = [:]
    for entry in entries {
      if known.contains(entry.key) {
        fields[entry.key] = entry.value
        // An empty value stands nowhere in particular: its key's place is what people look for.
        if entry.value.isNull { fields[entry.key]?.place = entry.place }
      } else if let hint = hints[entry.key] {
        error(entry.place, joined(path, entry.key), hint)
      } else {
        let meant = nearest(to: entry.key, among: known)
        let all = "known here: \(known.joined(separator: ", "))"
        error(entry.place, path, "unknown key \(quoted(entry.key)); \(meant.map { "did you mean \($0)?" } ?? all)")
      }
    }
    return fields
  }

  /// The items of a list; a single value where a list is wanted is an error.
  mutating func items(_ node: ConfigurationNode, _ path: String, of what: String) -> [ConfigurationNode]? {
    if case .sequence(let items) = node.value { return items }
    error(node.place, path, "is \(node.kindName), but a list of \(what) is wanted")
    return nil
  }

  /// The text of a single value; an empty one is an error.
  mutating func text(_ node: ConfigurationNode, _ path: String) -> String? {
    guard case .scalar(let text, _) = node.value else {
      error(node.place, path, "is \(node.kindName), but a single value is wanted")
      return nil
    }
    guard !node.isNull else {
      error(node.place, path, "has no value; give one or remove the line")
      return nil
    }
    return text
  }

  /// A value of one of `fields`, read by `parse`; nil when the key is absent or, with a problem, when it is wrong.
  mutating func value<Value>(
    _ key: String, of fields: [String: ConfigurationNode], _ path: String,
    _ parse: (String) throws(ValueError) -> Value
  ) -> Value? {
    guard let node = fields[key] else { return nil }
    return value(node, joined(path, key), parse)
  }

  /// As above, of one node; remembers its origin.
  mutating func value<Value>(
    _ node: ConfigurationNode, _ path: String, _ parse: (String) throws(ValueError) -> Value
  ) -> Value? {
    guard let text = text(node, path) else { return nil }
    do throws(ValueError) {
      let value = try parse(text)
      origins[path] = node.place.origin(file)
      return value
    } catch {
      self.error(node.place, path, error.message)
      return nil
    }
  }
}

/// Whether a mapping has keys that are not known: then a missing key is probably one of those, and no problem of
/// its own.
func hasOtherKeys(_ node: ConfigurationNode, _ fields: [String: ConfigurationNode]) -> Bool {
  guard case .mapping(let entries) = node.value else { return false }
  return entries.count > fields.count
}

/// `poll` and `interval` make `poll.interval`.
func joined(_ path: String, _ key: String) -> String {
  path.isEmpty ? key : "\(path).\(key)"
}

/// A text that is not empty.
func parseText(_ text: String) throws(ValueError) -> String {
  guard !trimmed(text).isEmpty else { throw ValueError("is empty") }
  guard text.unicodeScalars.allSatisfy({ $0.value >= 32 && $0.value != 127 }) else {
    throw ValueError("contains a control character")
  }
  return text
}
