public import CacheModel
public import TimeSeries

/// One series in an answer of `/api/v1/*`.
public struct QuerySeries: Sendable {
  /// Nil where a function has made something else of the metric.
  public var name: String?
  /// Without the name.
  public var labels: [Label]
  /// Oldest first; in a vector, one.
  public var points: [Point]

  /// A series as it is to be written.
  public init(name: String?, labels: [Label], points: [Point] = []) {
    self.name = name
    self.labels = labels
    self.points = points
  }
}

/// What Prometheus' HTTP API answers to its various questions.
public enum QueryData: Sendable {
  /// Series with points.
  case matrix([QuerySeries])
  /// Series with one point each.
  case vector([QuerySeries])
  /// One number at one time, Unix milliseconds.
  case scalar(Int64, Double)
  /// One text at one time, Unix milliseconds.
  case string(Int64, String)
  /// Names or values of labels.
  case names([String])
  /// Series without points.
  case series([QuerySeries])
  /// Families by name.
  case metadata([MetricFamily])
  /// Name and value of what is known of the build.
  case build([(name: String, value: String)])
}

/// `{"status":"success","data":…}` as Prometheus writes it, on one line. Linear, about 50 ns a point.
public func queryDocument(_ data: QueryData, warnings: [String] = []) -> [UInt8] {
  var text = ByteText(capacity: 4096)
  text.append("{\"status\":\"success\",\"data\":")
  text.append(data)
  if !warnings.isEmpty {
    text.append(",\"warnings\":")
    text.append(list: warnings) { $0.append(quoted: $1) }
  }
  text.append("}\n")
  return text.bytes
}

/// `{"status":"error",…}` as Prometheus writes it; `type` is one of its error types, such as `bad_data`.
public func queryErrorDocument(type: String, message: String) -> [UInt8] {
  var text = ByteText()
  text.append("{\"status\":\"error\",\"errorType\":")
  text.append(quoted: type)
  text.append(",\"error\":")
  text.append(quoted: message)
  text.append("}\n")
  return text.bytes
}

extension ByteText {
  fileprivate mutating func append(_ data: QueryData) {
    switch data {
    case .matrix(let series): append(result: "matrix") { $0.append(list: series) { $0.append(points: $1) } }
    case .vector(let series): append(result: "vector") { $0.append(list: series) { $0.append(point: $1) } }
    case .scalar(let time, let value): append(result: "scalar") { $0.append(Point(time: time, value: value)) }
    case .string(let time, let text):
      append(result: "string") { json in
        json.append("[")
        json.append(Double(time) / 1000)
        json.append(",")
        json.append(quoted: text)
        json.append("]")
      }
    case .names(let names): append(list: names) { $0.append(quoted: $1) }
    case .series(let series): append(list: series) { $0.append(labels: $1) }
    case .metadata(let families): append(families)
    case .build(let facts): append(object: facts.map { ($0.name, $0.value) })
    }
  }

  private mutating func append(result type: String, _ body: (inout ByteText) -> Void) {
    append("{\"resultType\":\"\(type)\",\"result\":")
    body(&self)
    append("}")
  }

  fileprivate mutating func append<T>(list: [T], _ body: (inout ByteText, T) -> Void) {
    append("[")
    for (index, element) in list.enumerated() {
      if index > 0 { append(",") }
      body(&self, element)
    }
    append("]")
  }

  private mutating func append(object members: [(String, String)]) {
    append("{")
    for (index, member) in members.enumerated() {
      if index > 0 { append(",") }
      append(quoted: member.0)
      append(":")
      append(quoted: member.1)
    }
    append("}")
  }

  private mutating func append(labels series: QuerySeries) {
    append(object: (series.name.map { [("__name__", $0)] } ?? []) + series.labels.map { ($0.name, $0.value) })
  }

  private mutating func append(points series: QuerySeries) {
    append("{\"metric\":")
    append(labels: series)
    append(",\"values\":")
    append(list: series.points) { $0.append($1) }
    append("}")
  }

  private mutating func append(point series: QuerySeries) {
    append("{\"metric\":")
    append(labels: series)
    append(",\"value\":")
    append(series.points.first ?? Point(time: 0, value: .nan))
    append("}")
  }

  private mutating func append(_ point: Point) {
    append("[")
    append(Double(point.time) / 1000)
    append(",\"")
    append(point.value)
    append("\"]")
  }

  private mutating func append(_ families: [MetricFamily]) {
    append("{")
    for (index, family) in families.enumerated() {
      if index > 0 { append(",") }
      append(quoted: family.name)
      append(":[")
      append(object: [("type", family.type.rawValue), ("help", family.help), ("unit", "")])
      append("]")
    }
    append("}")
  }
}
