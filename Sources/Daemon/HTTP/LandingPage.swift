import CacheModel
import Exposition
import WebPage

/// The page at `/` as it leaves the server: status, warnings, namespaces and caches as plain tables. The page's script
/// replaces them by what it asks for each second; without a script they are what there is to read.
enum LandingPage {
  /// The HTML for `snapshot`. All text from outside is escaped.
  static func html(_ snapshot: Snapshot, metricsPath: String) -> String {
    fill(
      WebPage.template,
      [
        "status": snapshot.status.rawValue,
        "headline": "As of the moment when this page was asked for.",
        "time": escape(snapshot.targets.map(\.time).max()?.rfc3339 ?? ""),
        "version": escape(snapshot.exporter.version),
        "summary": [
          configuration(snapshot.exporter), warnings(snapshot), caches(snapshot), namespaces(snapshot),
        ].joined(separator: "\n"),
        "links": Routes.listed(metricsPath: metricsPath).map {
          "<li><a href=\"\(escape($0.path))\" title=\"\(escape($0.about))\">\(escape($0.path))</a></li>"
        }
        .joined(separator: "\n"),
      ])
  }

  /// `template` with each `${name}` replaced once from left to right: a value that holds `${…}` itself stays as it is.
  static func fill(_ template: String, _ values: [String: String]) -> String {
    let parts = template.split(separator: "${", omittingEmptySubsequences: false)
    return parts.dropFirst().reduce(into: String(parts.first ?? "")) { text, part in
      let pieces = part.split(separator: "}", maxSplits: 1, omittingEmptySubsequences: false)
      guard pieces.count == 2, let value = values[String(pieces[0])] else {
        preconditionFailure("the page's template asks only for what is given here: \(pieces[0])")
      }
      text += value + pieces[1]
    }
  }

  private static func configuration(_ exporter: ExporterFigures) -> String {
    guard let known = exporter.configuration, !known.isCurrent else { return "" }
    return
      "<p class=\"card\">The configuration's file can't be used; what was read at \(known.read.rfc3339) stays in force.</p>"
  }

  private static func warnings(_ snapshot: Snapshot) -> String {
    let items = snapshot.targets.flatMap { target in
      target.health.warnings.map { warning in
        let place = [target.target.name, warning.namespace].compactMap(\.self).map(escape).joined(separator: " / ")
        return """
          <li class="warning card" data-severity="\(warning.severity.rawValue)">
          <h3><span class="severity">\(warning.severity.rawValue)</span> \(place)</h3>
          <p>\(escape(warning.message))</p><p class="advice">\(escape(warning.advice))</p>
          <p class="meta">since \(warning.since.rfc3339) · <a href="/docs/warnings#\(warning.code.rawValue)">What \(warning.code.rawValue) means</a></p>
          </li>
          """
      }
    }
    let list =
      items.isEmpty ? "<p class=\"card well\">Nothing.</p>" : "<ul class=\"warnings\">\(items.joined())</ul>"
    return "<section><h2>What is wrong</h2>\(list)</section>"
  }

  private static func caches(_ snapshot: Snapshot) -> String {
    let rows = snapshot.targets.map { target in
      row([
        target.target.name, target.target.address, target.health.status.rawValue,
        target.isUp ? "up" : target.failure.map { "down: \($0.rawValue)" } ?? "not polled yet",
        percent(target.health.windows, 300), percent(target.health.windows, 3600),
      ])
    }
    return table("Caches", ["Cache", "Address", "Status", "State", "Hit rate, 5 min", "Hit rate, 1 h"], rows)
  }

  private static func namespaces(_ snapshot: Snapshot) -> String {
    let rows = snapshot.targets.flatMap { target in
      target.namespaces.map { counts in
        let health = target.health.namespaces.first { $0.name == counts.definition.name }
        return row([
          counts.definition.name, target.target.name, health?.status.rawValue ?? Status.unknown.rawValue,
          percent(health?.windows ?? [], 300), percent(health?.windows ?? [], 3600),
          percent(counts.definition.target?.hitRate), counts.hits.map { "\($0)" } ?? "–",
          counts.misses.map { "\($0)" } ?? "–",
        ])
      }
    }
    let titles = ["Namespace", "Cache", "Status", "Hit rate, 5 min", "Hit rate, 1 h", "Target", "Hits", "Misses"]
    return rows.isEmpty ? "" : table("Namespaces", titles, rows)
  }

  private static func table(_ title: String, _ titles: [String], _ rows: [String]) -> String {
    let heading = titles.map { "<th scope=\"col\">\($0)</th>" }.joined()
    return """
      <section><h2>\(title)</h2><div class="card scroll"><table>
      <thead><tr>\(heading)</tr></thead>
      <tbody>
      \(rows.joined(separator: "\n"))
      </tbody></table></div></section>
      """
  }

  private static func row(_ cells: [String]) -> String {
    let rest = cells.dropFirst().map { "<td>\(escape($0))</td>" }.joined()
    return "<tr><th scope=\"row\">\(escape(cells[0]))</th>\(rest)</tr>"
  }

  private static func percent(_ windows: [HitRateWindow], _ seconds: Int) -> String {
    percent(windows.first { $0.seconds == seconds }?.ratio)
  }

  private static func percent(_ ratio: Double?) -> String {
    ratio.map { "\(($0 * 1000).rounded() / 10) %" } ?? "–"
  }

  /// Text for HTML's content and its quoted attributes.
  static func escape(_ text: String) -> String {
    var escaped = ""
    for character in text.unicodeScalars {
      switch character {
      case "&": escaped += "&amp;"
      case "<": escaped += "&lt;"
      case ">": escaped += "&gt;"
      case "\"": escaped += "&quot;"
      case "'": escaped += "&#39;"
      default: escaped.unicodeScalars.append(character)
      }
    }
    return escaped
  }
}
