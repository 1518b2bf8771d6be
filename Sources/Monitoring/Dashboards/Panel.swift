internal import Exposition

/// One panel of a dashboard: a few queries and how they are shown.
struct Panel: Sendable {
  /// Grafana's panel types that we use.
  enum Kind: String, Sendable {
    case stat
    case gauge
    case barGauge = "bargauge"
    case table
    case timeSeries = "timeseries"
  }

  /// Grafana's names of units.
  enum Unit: String, Sendable {
    case none
    case ratio = "percentunit"
    case bytes
    case bytesPerSecond = "Bps"
    case seconds = "s"
    case microseconds = "µs"
    case perSecond = "ops"
    case perMinute = "opm"
    case count = "short"
    case time = "dateTimeFromNow"
  }

  /// An expression and what its series are called.
  struct Query: Sendable {
    var expression: String
    var legend: String

    init(_ expression: String, _ legend: String) {
      self.expression = expression
      self.legend = legend
    }
  }

  var kind: Kind
  var title: String
  /// What is seen and what to make of it; never empty.
  var description: String
  var unit: Unit
  /// Of the 24 columns.
  var width: Int
  var height: Int
  var queries: [Query]
  var minimum: Double?
  var maximum: Double?
  /// From where on which colour holds, lowest first; the first has no bound.
  var steps: [(color: String, from: Double?)] = []
  /// What stands in place of a value: text and colour.
  var mappings: [(value: String, text: String, color: String)] = []
  /// Whether only the series' names are shown, not their values.
  var showsNames = false
  /// On a table: the columns in their order; the others are left out.
  var columns: [String] = []

  init(
    _ kind: Kind, _ title: String, _ unit: Unit, width: Int, height: Int = 8, _ description: String,
    _ queries: [Query]
  ) {
    self.kind = kind
    self.title = title
    self.unit = unit
    self.width = width
    self.height = height
    self.description = description
    self.queries = queries
  }

  /// The panel with changes.
  func with(_ change: (inout Panel) -> Void) -> Panel {
    var panel = self
    change(&panel)
    return panel
  }

  /// The panel on a scale from 0 to 1.
  var onUnitScale: Panel { with { ($0.minimum, $0.maximum) = (0, 1) } }

  /// Whether the queries are asked for the newest value only.
  private var isInstant: Bool { kind != .timeSeries }
}

/// The data source that the dashboard's variable chooses.
let datasource: JSONValue = ["type": .text("prometheus"), "uid": .text("${datasource}")]

extension Panel {
  /// As Grafana has it, at a place of the grid.
  func json(id: Int, x: Int, y: Int) -> JSONValue {
    var members: [(String, JSONValue)] = [
      ("id", .integer(Int64(id))), ("type", .text(kind.rawValue)), ("title", .text(title)),
      ("description", .text(description)), ("datasource", datasource),
      ("gridPos", Self.grid(x: x, y: y, width: width, height: height)),
      ("fieldConfig", ["defaults": .object(defaults), "overrides": .array([])]),
      ("options", .object(options)), ("targets", .array(queries.enumerated().map { target($1, $0) })),
    ]
    if kind == .table { members.append(("transformations", .array([organized]))) }
    return .object(members)
  }

  static func grid(x: Int, y: Int, width: Int, height: Int) -> JSONValue {
    [
      "h": .integer(Int64(height)), "w": .integer(Int64(width)), "x": .integer(Int64(x)), "y": .integer(Int64(y)),
    ]
  }

  private var defaults: [(String, JSONValue)] {
    var members: [(String, JSONValue)] = [("unit", .text(unit.rawValue)), ("custom", .object([]))]
    if let minimum { members.append(("min", .number(minimum))) }
    if let maximum { members.append(("max", .number(maximum))) }
    if !steps.isEmpty {
      let steps = steps.map { step -> JSONValue in ["color": .text(step.color), "value": .number(step.from)] }
      members.append(("thresholds", ["mode": .text("absolute"), "steps": .array(steps)]))
      members.append(("color", ["mode": .text("thresholds")]))
    }
    if !mappings.isEmpty {
      let options = mappings.map { mapping -> (String, JSONValue) in
        (mapping.value, ["text": .text(mapping.text), "color": .text(mapping.color)])
      }
      members.append(("mappings", .array([["type": .text("value"), "options": .object(options)]])))
    }
    return members
  }

  private var options: [(String, JSONValue)] {
    switch kind {
    case .stat:
      [
        ("textMode", .text(showsNames ? "name" : "auto")),
        ("reduceOptions", ["calcs": .array([.text("lastNotNull")])]),
      ]
    case .gauge, .barGauge: [("reduceOptions", ["calcs": .array([.text("lastNotNull")])])]
    case .table: []
    case .timeSeries:
      [
        ("legend", ["displayMode": .text("list"), "placement": .text("bottom")]),
        ("tooltip", ["mode": .text("multi"), "sort": .text("desc")]),
      ]
    }
  }

  private func target(_ query: Query, _ position: Int) -> JSONValue {
    var members: [(String, JSONValue)] = [
      ("refId", .text(String(UnicodeScalar(UInt8(65 + position))))), ("datasource", datasource),
      ("expr", .text(query.expression)), ("legendFormat", .text(query.legend)), ("range", .bool(!isInstant)),
      ("instant", .bool(isInstant)),
    ]
    if kind == .table { members.append(("format", .text("table"))) }
    return .object(members)
  }

  /// The columns in their order, without those that Prometheus adds.
  private var organized: JSONValue {
    [
      "id": .text("organize"),
      "options": [
        "excludeByName": ["Time": .bool(true), "__name__": .bool(true)],
        "indexByName": .object(columns.enumerated().map { ($1, .integer(Int64($0))) }),
        "renameByName": .object([]),
      ],
    ]
  }
}
