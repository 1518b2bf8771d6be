/// Pieces of annotations, in the template language of Prometheus.
enum Template {
  /// `shop at 127.0.0.1:9121: `; without the target where the series has none.
  static let place = "{{ with $labels.target }}{{ . }} at {{ end }}{{ $labels.instance }}: "

  /// Labels that tell the series of one target apart.
  static let targetLabels = ["job", "instance", "target"]
  /// Labels that tell the series of one namespace apart.
  static let namespaceLabels = targetLabels + ["namespace"]

  /// A text that means itself.
  static func literal(_ text: String) -> String {
    text.split(separator: "{{", omittingEmptySubsequences: false).joined(separator: "{{\"{{\"}}")
  }

  /// The value of the series of `metric` that has the alert's own `labels`, formatted by the function `format`.
  ///
  /// - Parameters:
  ///   - query: what is asked; `%` stands where the matchers go, and without it they follow the name.
  ///   - missing: what is written where there is no such series.
  static func value(_ query: String, by labels: [String], _ format: String, missing: String? = nil) -> String {
    let other = missing.map { "{{ else }}\($0)" } ?? ""
    return "{{ with \(lookup(query, by: labels)) }}{{ . | first | value | \(format) }}\(other){{ end }}"
  }

  /// The expression of a query with the alert's own labels.
  static func lookup(_ query: String, by labels: [String]) -> String {
    let matchers = "{" + labels.map { "\($0)=%q" }.joined(separator: ",") + "}"
    let parts = query.split(separator: "%", omittingEmptySubsequences: false)
    let text = parts.count == 2 ? "\(parts[0])\(matchers)\(parts[1])" : query + matchers
    return "printf \"\(text)\" " + labels.map { "$labels.\($0)" }.joined(separator: " ") + " | query"
  }

  /// Formats a number without decimals.
  static let whole = "printf \"%.0f\""
}
