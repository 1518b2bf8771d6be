internal import Exposition

/// A dashboard for Grafana 9 and later.
public struct GrafanaDashboard: Sendable {
  /// The file that it is kept in, `fleet.json`.
  public let fileName: String
  /// The dashboard as Grafana imports it, UTF-8.
  public let json: [UInt8]

  init(_ dashboard: Dashboard) {
    fileName = dashboard.name + ".json"
    json = dashboard.json.bytes
  }
}

/// Every dashboard, in the order in which one looks at them. They fit every configuration.
public func grafanaDashboards() -> [GrafanaDashboard] {
  Dashboard.all.map(GrafanaDashboard.init)
}

/// A page of panels in rows.
struct Dashboard: Sendable {
  struct Row: Sendable {
    var title: String
    var panels: [Panel]
  }

  /// The file's name without its ending, and the end of the identifier.
  var name: String
  var title: String
  var description: String
  var variables: [Variable]
  var rows: [Row]

  static let all = [fleet, cache, namespaces, slowOperations, exporter]

  var uid: String { "cachegauge-\(name)" }

  var json: JSONValue {
    [
      "title": .text(title), "uid": .text(uid), "description": .text(description),
      "tags": .array([.text("cachegauge"), .text("cache")]), "schemaVersion": .integer(39), "version": .integer(1),
      "editable": .bool(true), "graphTooltip": .integer(1), "refresh": .text("30s"),
      "time": ["from": .text("now-1h"), "to": .text("now")], "timezone": .text("browser"),
      "annotations": ["list": .array([])], "links": .array([Self.links]),
      "templating": ["list": .array([Variable.datasource] + variables.map(\.json))], "panels": .array(panels),
    ]
  }

  /// A menu of the other dashboards that keeps time and variables.
  private static let links: JSONValue = [
    "title": .text("cachegauge"), "type": .text("dashboards"), "tags": .array([.text("cachegauge")]),
    "asDropdown": .bool(true), "includeVars": .bool(true), "keepTime": .bool(true), "targetBlank": .bool(false),
    "icon": .text("external link"), "tooltip": .text("The other dashboards of cachegauge"), "url": .text(""),
  ]

  /// Rows one below the other; within each, panels from left to right while there is room.
  private var panels: [JSONValue] {
    var (panels, id, y): ([JSONValue], Int, Int) = ([], 0, 0)
    for row in rows {
      id += 1
      panels.append([
        "id": .integer(Int64(id)), "type": .text("row"), "title": .text(row.title), "collapsed": .bool(false),
        "gridPos": Panel.grid(x: 0, y: y, width: 24, height: 1), "panels": .array([]),
      ])
      y += 1
      var (x, height) = (0, 0)
      for panel in row.panels {
        if x + panel.width > 24 { (x, y, height) = (0, y + height, 0) }
        id += 1
        panels.append(panel.json(id: id, x: x, y: y))
        x += panel.width
        height = max(height, panel.height)
      }
      y += height
    }
    return panels
  }
}

/// A choice at the top of a dashboard, by the values of a label.
struct Variable: Sendable {
  var name: String
  var label: String
  /// The series whose label gives the values.
  var series: String
  /// Whether several may be chosen.
  var isMultiple = true

  static let job = Variable(name: "job", label: "Job", series: "cachegauge_build_info")
  static let instance = Variable(
    name: "instance", label: "Instance", series: "cachegauge_build_info{job=~\"$job\"}")
  static let target = Variable(
    name: "target", label: "Target", series: "cache_polls_total{job=~\"$job\",instance=~\"$instance\"}")
  static let namespace = Variable(
    name: "namespace", label: "Namespace",
    series: "cache_namespace_info{job=~\"$job\",instance=~\"$instance\",target=~\"$target\"}")

  /// Whatever data sources of Prometheus there are.
  static let datasource: JSONValue = [
    "name": .text("datasource"), "label": .text("Data source"), "type": .text("datasource"),
    "query": .text("prometheus"), "current": .object([]),
  ]

  var json: JSONValue {
    let query = "label_values(\(series), \(name))"
    return [
      "name": .text(name), "label": .text(label), "type": .text("query"), "datasource": Monitoring.datasource,
      "query": ["query": .text(query), "refId": .text(name)], "definition": .text(query), "refresh": .integer(2),
      "multi": .bool(isMultiple), "includeAll": .bool(true), "allValue": .text(".*"),
      "current": ["text": .text("All"), "value": .text("$__all")], "sort": .integer(1),
    ]
  }
}

/// PromQL of panels: the series that the variables choose.
enum Chosen {
  /// Series of cachegauge itself.
  static func exporter(_ metric: String) -> String { "\(metric){job=~\"$job\",instance=~\"$instance\"}" }

  /// Series of a target; `more` are further matchers.
  static func target(_ metric: String, _ more: String = "") -> String {
    "\(metric){job=~\"$job\",instance=~\"$instance\",target=~\"$target\"\(more.isEmpty ? "" : "," + more)}"
  }

  /// Series of a namespace.
  static func namespace(_ metric: String, _ more: String = "") -> String {
    target(metric, "namespace=~\"$namespace\"" + (more.isEmpty ? "" : "," + more))
  }

  /// Growth a second over what fits the resolution.
  static func rate(_ series: String) -> String { "rate(\(series)[$__rate_interval])" }

  /// Sum by the labels of a target.
  static func sum(_ expression: String) -> String { sum([], expression) }

  /// Sum by the labels of a target and `more`.
  static func sum(_ more: [String], _ expression: String) -> String {
    "sum by (\((["job", "instance", "target"] + more).joined(separator: ", "))) (\(expression))"
  }

  /// Hits over lookups by the labels of a target and `more`; both expressions are growths.
  static func ratio(_ more: [String], _ hits: String, _ misses: String) -> String {
    "\(sum(more, hits)) / (\(sum(more, hits)) + \(sum(more, misses)))"
  }

  /// What a target's series are called.
  static let targetLegend = "{{instance}} {{target}}"
  /// What a namespace's series are called.
  static let namespaceLegend = "{{target}} {{namespace}}"
}
