import CacheModel

/// The page at `/`: what this is, how each target does, and where the rest is. No script, no request of its own.
enum LandingPage {
  /// The HTML for `snapshot`. All text from outside is escaped.
  static func html(_ snapshot: Snapshot) -> String {
    let rows = snapshot.targets.map(row).joined(separator: "\n")
    let links = Routes.listed.map { "<li><a href=\"\($0.path)\">\($0.path)</a> \($0.about)</li>" }
      .joined(separator: "\n")
    return """
      <!doctype html>
      <html lang="en">
      <head>
      <meta charset="utf-8">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <title>cachegauge: \(snapshot.status.rawValue)</title>
      <style>
      :root { color-scheme: light dark; }
      body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 60rem; padding: 0 1rem; }
      table { border-collapse: collapse; width: 100%; }
      th, td { text-align: left; padding: .3rem .6rem; border-bottom: 1px solid #8886; }
      </style>
      </head>
      <body>
      <main>
      <h1>cachegauge \(escape(snapshot.exporter.version))</h1>
      <p>Status: <strong>\(snapshot.status.rawValue)</strong></p>
      <table>
      <thead><tr><th>Target</th><th>Address</th><th>Status</th><th>Warnings</th></tr></thead>
      <tbody>
      \(rows)
      </tbody>
      </table>
      <h2>Where to look</h2>
      <ul>
      \(links)
      </ul>
      </main>
      </body>
      </html>

      """
  }

  private static func row(_ target: TargetSnapshot) -> String {
    let warnings = target.health.warnings.map { escape($0.message) }.joined(separator: "<br>")
    return "<tr><td>\(escape(target.target.name))</td><td>\(escape(target.target.address))</td>"
      + "<td>\(target.health.status.rawValue)</td><td>\(warnings.isEmpty ? "none" : warnings)</td></tr>"
  }

  private static func escape(_ text: String) -> String {
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
