import CacheModel
import Collectors

extension ConfigurationReader {
  /// A target's `json`; `namespaces` are those that it declares.
  mutating func json(
    _ node: ConfigurationNode, _ path: String, url: TargetURL?, _ namespaces: [NamespaceDefinition]
  ) -> JSONStatsConfiguration {
    var json = JSONStatsConfiguration()
    if let url, url.kind != .json {
      error(node.place, path, "has no effect on a \(url.scheme):// target; remove it, or give an http:// URL")
    }
    let known = ["max_size", "each", "namespaces"] + JSONStatistic.allCases.map(\.rawValue)
    guard let fields = fields(node, path, known: known) else { return json }
    json.whole = statistics(JSONStatistic.allCases, of: fields, path, mayNameNamespace: false)
    if let size = value("max_size", of: fields, path, sizes(in: 1024...16 << 20)) { json.maximumBytes = size }
    if let each = fields["each"] { json.each = statistics(each, joined(path, "each"), mayNameNamespace: true) }
    if let node = fields["namespaces"] {
      json.namespaces = self.jsonNamespaces(node, joined(path, "namespaces"), namespaces)
    }
    for (index, namespace) in namespaces.enumerated()
    where json.each.isEmpty && json.namespaces[namespace.name] == nil {
      error(
        node.place, path,
        "says nothing of namespaces[\(index)]: give each, or namespaces: { \(namespace.name): { hits: /…, misses: /… } }"
      )
    }
    if json.whole.isEmpty, json.each.isEmpty, json.namespaces.isEmpty, !hasOtherKeys(node, fields) {
      error(node.place, path, "names no figure; say where hits and misses are, such as hits: /stats/hits")
    }
    return json
  }

  private mutating func jsonNamespaces(
    _ node: ConfigurationNode, _ path: String, _ declared: [NamespaceDefinition]
  ) -> [String: JSONNamespace] {
    var found: [String: JSONNamespace] = [:]
    for (name, node) in fields(node, path, known: declared.map(\.name)) ?? [:] {
      let path = joined(path, name)
      let known = ["name"] + JSONStatistic.ofNamespaces.map(\.rawValue)
      guard let fields = fields(node, path, known: known) else { continue }
      guard let given = fields["name"] else {
        let statistics = statistics(JSONStatistic.ofNamespaces, of: fields, path, mayNameNamespace: false)
        found[name] = .statistics(statistics)
        continue
      }
      if fields.count > 1 {
        error(given.place, joined(path, "name"), "is for the paths of each; with paths of its own, remove it")
      }
      if let called = value("name", of: fields, path, parseText) { found[name] = .called(called) }
    }
    return found
  }

  private mutating func statistics(
    _ node: ConfigurationNode, _ path: String, mayNameNamespace: Bool
  ) -> JSONStatistics {
    guard let fields = fields(node, path, known: JSONStatistic.ofNamespaces.map(\.rawValue)) else { return [:] }
    return statistics(JSONStatistic.ofNamespaces, of: fields, path, mayNameNamespace: mayNameNamespace)
  }

  private mutating func statistics(
    _ known: [JSONStatistic], of fields: [String: ConfigurationNode], _ path: String, mayNameNamespace: Bool
  ) -> JSONStatistics {
    var found: JSONStatistics = [:]
    for statistic in known {
      guard let node = fields[statistic.rawValue] else { continue }
      let path = joined(path, statistic.rawValue)
      guard let field = jsonField(node, path, statistic) else { continue }
      if field.path.namesNamespace, !mayNameNamespace {
        error(node.place, path, "says {name}, which stands for a namespace under each only")
      } else if mayNameNamespace, !field.path.namesNamespace {
        error(node.place, path, "is the same for each namespace; write {name} where the namespace's name stands")
      }
      found[statistic] = field
    }
    for (one, other) in [(JSONStatistic.hits, JSONStatistic.misses), (.misses, .hits)]
    where found[one] != nil && found[other] == nil && fields[other.rawValue] == nil {
      let place = fields[one.rawValue]?.place ?? Place(line: 0, column: 0)
      error(place, joined(path, one.rawValue), "needs \(other.rawValue) beside it")
    }
    return found
  }

  /// `/stats/hits`, or `{ at: /stats/hit_rate, unit: percent }`.
  private mutating func jsonField(
    _ node: ConfigurationNode, _ path: String, _ statistic: JSONStatistic
  ) -> JSONField? {
    if case .scalar = node.value {
      return value(node, path, parseJSONPath).map { JSONField($0, unit: statistic.quantity.baseUnit) }
    }
    guard let fields = fields(node, path, known: ["at", "unit"]) else { return nil }
    guard let place = fields["at"] else {
      error(node.place, path, "has no at: the path of the value, such as /stats/\(statistic.rawValue)")
      return nil
    }
    guard let at = value(place, joined(path, "at"), parseJSONPath) else { return nil }
    let quantity = statistic.quantity
    let unit = value("unit", of: fields, path) { text throws(ValueError) in
      let units = JSONField.Unit.allCases.filter { $0.measures == quantity }
      guard let unit = units.first(where: { $0.rawValue == text }) else {
        let all = units.map(\.rawValue).joined(separator: ", ")
        throw ValueError("\(quoted(text)) is no unit of \(statistic.rawValue); write one of \(all)")
      }
      return unit
    }
    return JSONField(at, unit: unit ?? quantity.baseUnit)
  }

  /// Says so where a target with JSON statistics has what needs a connection to a cache.
  mutating func refuseServersOnly(
    _ fields: [String: ConfigurationNode], _ path: String, _ namespaces: [NamespaceDefinition]
  ) {
    refuseRedisOnly(
      fields, path, namespaces, counters: "say under json where the endpoint tells hits and misses",
      others: "is for servers; an endpoint of statistics has none of it, remove it")
    if fields["json"] == nil, let node = fields["url"] {
      error(
        node.place, joined(path, "url"),
        "is an endpoint of statistics; say what is where in its answer: json: { hits: /…, misses: /… }")
    }
  }
}

private func parseJSONPath(_ text: String) throws(ValueError) -> JSONPath {
  do throws(JSONPath.Problem) {
    return try JSONPath(parsing: text)
  } catch {
    throw ValueError("\(quoted(text)): \(error.message)")
  }
}
