import CacheModel
import Namespaces

extension ConfigurationReader {
  static let namespaceKeys = ["name", "keys", "ttl", "target", "miss_cost", "counters", "essential"]

  /// The namespaces of one target; `preset` gives the hit rate of those that say none. Each `needsKeys` unless it has counters.
  mutating func namespaces(
    _ node: ConfigurationNode, _ path: String, preset: Preset?, needsKeys: Bool = true
  ) -> [NamespaceDefinition] {
    guard let items = items(node, path, of: "namespaces") else { return [] }
    var definitions: [NamespaceDefinition] = []
    var names: [String: Place] = [:]
    var patterns: [String: (namespace: String, line: Int)] = [:]
    for (index, item) in items.enumerated() {
      let path = "\(path)[\(index)]"
      guard let fields = namespaceFields(item, path) else { continue }
      var definition = namespace(fields, path, preset: preset)
      if let node = fields["name"], !definition.name.isEmpty {
        if let other = names[definition.name] {
          let message = "\(quoted(definition.name)) is taken by the namespace in line \(other.line)"
          error(node.place, joined(path, "name"), message)
        }
        names[definition.name] = names[definition.name] ?? node.place
      } else if fields["name"] == nil, !hasOtherKeys(item, fields) {
        error(item.place, path, "has no name")
      }
      definition.keys = keys(fields, path, definition.name, item, claimed: &patterns, isNeeded: needsKeys)
      definitions.append(definition)
    }
    return definitions
  }

  private mutating func namespaceFields(
    _ node: ConfigurationNode, _ path: String
  ) -> [String: ConfigurationNode]? {
    let hints = [
      "critical": "unknown key \"critical\"; write essential: true if this namespace alone can make the target "
        + "unhealthy, or target: { critical: 0.5 } for the hit rate that is an emergency",
      "hit_rate": "`hit_rate` stands in target: { hit_rate: 0.85 }",
      "pattern": "unknown key \"pattern\"; did you mean keys?",
      "patterns": "unknown key \"patterns\"; did you mean keys?",
      "prefix": "unknown key \"prefix\"; write keys: [\"prefix:*\"]",
    ]
    return fields(node, path, known: Self.namespaceKeys, hints: hints)
  }

  private mutating func namespace(
    _ fields: [String: ConfigurationNode], _ path: String, preset: Preset?
  ) -> NamespaceDefinition {
    var definition = NamespaceDefinition(name: value("name", of: fields, path, parseName) ?? "")
    if definition.name == "other", let node = fields["name"] {
      error(node.place, joined(path, "name"), "\"other\" stands for keys of no namespace; choose another name")
    }
    definition.ttl = value("ttl", of: fields, path, parseDuration).map(\.inSeconds)
    if definition.ttl == 0, let node = fields["ttl"] {
      error(node.place, joined(path, "ttl"), "is zero; remove it if keys have no time to live")
    }
    definition.target =
      fields["target"].map { hitRateTarget($0, joined(path, "target"), preset: preset) } ?? preset?.hitRateTarget
    definition.missCost = fields["miss_cost"].flatMap { missCost($0, joined(path, "miss_cost")) }
    definition.counters = fields["counters"].flatMap { counters($0, joined(path, "counters")) }
    definition.isCritical = value("essential", of: fields, path, parseBoolean) ?? false
    return definition
  }

  private mutating func keys(
    _ fields: [String: ConfigurationNode], _ path: String, _ name: String, _ namespace: ConfigurationNode,
    claimed: inout [String: (namespace: String, line: Int)], isNeeded: Bool
  ) -> [String] {
    let path = joined(path, "keys")
    guard let node = fields["keys"] else {
      if isNeeded, fields["counters"] == nil, !hasOtherKeys(namespace, fields) {
        let example = "[\"\(name.isEmpty ? "menu" : name):*\"]"
        error(namespace.place, path, "is missing; give the patterns of this namespace's keys, such as \(example)")
      }
      return []
    }
    // A single pattern is taken as a list of one.
    var items = [node]
    if case .sequence(let list) = node.value { items = list }
    if items.isEmpty { error(node.place, path, "is empty; give at least one pattern") }
    return items.enumerated().compactMap { index, item in
      let path = "\(path)[\(index)]"
      guard let pattern = value(item, path, parsePattern) else { return nil }
      if let other = claimed[pattern] {
        let claimant = "namespace \(quoted(other.namespace)) in line \(other.line)"
        error(item.place, path, "\(quoted(pattern)) is claimed already by \(claimant)")
        return nil
      }
      claimed[pattern] = (name, item.place.line)
      return pattern
    }
  }

  /// `{ hit_rate: 0.85, critical: 0.5 }`, or just the hit rate.
  private mutating func hitRateTarget(_ node: ConfigurationNode, _ path: String, preset: Preset?) -> HitRateTarget?
  {
    if case .scalar = node.value {
      return value(node, path, parseRatio).map { HitRateTarget(hitRate: $0, critical: critical(below: $0, preset)) }
    }
    guard let fields = fields(node, path, known: ["hit_rate", "critical"]) else { return nil }
    let hitRate = value("hit_rate", of: fields, path, parseRatio)
    let bound = value("critical", of: fields, path, parseRatio)
    guard let rate = hitRate ?? (fields["hit_rate"] == nil ? preset?.hitRateTarget.hitRate : nil) else {
      if fields["hit_rate"] == nil, !hasOtherKeys(node, fields) { error(node.place, path, "has no hit_rate") }
      return nil
    }
    guard let bound else { return HitRateTarget(hitRate: rate, critical: critical(below: rate, preset)) }
    // 0 and 0 ask for nothing.
    if bound >= rate, bound > 0, let node = fields["critical"] {
      error(
        node.place, joined(path, "critical"), "\(formatRatio(bound)) is not below hit_rate \(formatRatio(rate))")
    }
    return HitRateTarget(hitRate: rate, critical: bound)
  }

  /// The bound that goes with a hit rate that names none: the preset's where that lies below it, else half of it.
  private func critical(below hitRate: Double, _ preset: Preset?) -> Double {
    if let bound = preset?.hitRateTarget.critical, bound < hitRate { return bound }
    return hitRate / 2
  }

  private mutating func missCost(_ node: ConfigurationNode, _ path: String) -> MissCost? {
    let hints = ["duration": "unknown key \"duration\"; did you mean seconds?"]
    guard let fields = fields(node, path, known: ["seconds", "amount"], hints: hints) else { return nil }
    let seconds = value("seconds", of: fields, path) { text throws(ValueError) in
      // A plain number is what the key says; a unit is welcome.
      text.contains(where: \.isLetter) ? try parseDuration(text).inSeconds : try parseNumber(text)
    }
    let amount = value("amount", of: fields, path, parseNumber)
    guard fields["seconds"] != nil || fields["amount"] != nil else {
      if !hasOtherKeys(node, fields) { error(node.place, path, "has neither seconds nor amount") }
      return nil
    }
    return MissCost(seconds: seconds ?? 0, amount: amount)
  }

  /// `{ hash: key, hits: field, misses: field }`, or `{ hits: key, misses: key }`.
  private mutating func counters(_ node: ConfigurationNode, _ path: String) -> CounterSource? {
    guard let fields = fields(node, path, known: ["hash", "hits", "misses"]) else { return nil }
    let hash = value("hash", of: fields, path, parseText)
    let hits = value("hits", of: fields, path, parseText)
    let misses = value("misses", of: fields, path, parseText)
    if fields["hash"] != nil {
      guard let hash else { return nil }
      return .hash(key: hash, hits: hits ?? "hits", misses: misses ?? "misses")
    }
    for key in ["hits", "misses"] where fields[key] == nil && !hasOtherKeys(node, fields) {
      error(node.place, path, "has no \(key); without hash, hits and misses are two keys")
    }
    guard let hits, let misses else { return nil }
    return .keys(hits: hits, misses: misses)
  }
}

/// A glob that ``KeyPattern`` accepts.
private func parsePattern(_ text: String) throws(ValueError) -> String {
  do throws(KeyPatternError) {
    _ = try KeyPattern(text)
  } catch {
    throw ValueError("\(quoted(text)): \(error.message) (at character \(error.offset + 1))")
  }
  return text
}
