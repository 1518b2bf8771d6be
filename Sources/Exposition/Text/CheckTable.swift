public import CacheModel

/// What `cachegauge check` prints: caches, namespaces and warnings, each in a table.
///
/// No line is wider than `width` columns where the columns can be cut to that. Control characters of names become `�`.
/// - Parameter color: whether statuses are coloured with terminal escape sequences.
public func checkTable(_ snapshot: Snapshot, width: Int = 80, color: Bool = false) -> String {
  var lines = [
    "Status: " + snapshot.status.style.apply(to: snapshot.status.rawValue, color)
      + (snapshot.time.map { " at \($0.rfc3339)" } ?? "")
  ]
  lines += [""] + targetTable(snapshot.targets).lines(width: width, color: color)
  if let table = namespaceTable(snapshot.targets) { lines += [""] + table.lines(width: width, color: color) }
  lines += warningLines(snapshot.warnings, width: width, color: color)
  return lines.joined(separator: "\n") + "\n"
}

private func targetTable(_ targets: [TargetSnapshot]) -> TextTable {
  var table = TextTable("CACHE", "STATUS", "SERVER", "MEMORY", ">KEYS", ">HIT RATE 1h")
  for target in targets {
    let facts = target.currentFacts
    let server = target.isUp ? Spoken.server(target) : Spoken.state(target)
    table.add(
      .init(target.target.name), .init(target.health.status.rawValue, target.health.status.style),
      .init(server, target.isUp ? .plain : .bad), .init(Spoken.shortMemory(facts)), .init(Spoken.count(facts.keys)),
      .init(Spoken.percent(target.health.windows.ratio(3600))))
  }
  return table
}

/// All namespaces, with their cache in front where there are several; nil when none is declared.
private func namespaceTable(_ targets: [TargetSnapshot]) -> TextTable? {
  let hasMany = targets.count > 1
  var table = TextTable(
    "NAMESPACE", "STATUS", ">5m", ">1h", ">24h", ">TARGET", ">LOOKUPS 1h", ">TTL")
  if hasMany { table.columns.insert(.init(title: "CACHE"), at: 0) }
  for target in targets {
    for namespace in NamespaceView.all(of: target) {
      let row = namespaceRow(namespace)
      table.rows.append(hasMany ? [.init(target.target.name)] + row : row)
    }
  }
  return table.rows.isEmpty ? nil : table
}

private func namespaceRow(_ namespace: NamespaceView) -> [TextTable.Cell] {
  let windows = namespace.windows
  return [
    .init(namespace.name), .init(namespace.status.rawValue, namespace.status.style),
    .init(Spoken.percent(windows.ratio(300))), .init(Spoken.percent(windows.ratio(3600))),
    .init(Spoken.percent(windows.ratio(86400))), .init(Spoken.percent(namespace.definition.target?.hitRate)),
    .init(Spoken.count(windows.lookups(3600))), .init(Spoken.duration(namespace.definition.ttl)),
  ]
}

/// Each warning as a heading, a sentence and its advice.
func warningLines(
  _ warnings: [(target: TargetSnapshot, warning: Warning)], width: Int, color: Bool
) -> [String] {
  if warnings.isEmpty { return ["", "No warnings."] }
  return warnings.flatMap { target, warning -> [String] in
    let place = [target.target.name, warning.namespace].compactMap(\.self).map(\.printable).joined(separator: "/")
    let severity = warning.severity.style.apply(to: warning.severity.rawValue, color)
    return ["", "\(severity) \(warning.code.rawValue) (\(place)) since \(warning.since.rfc3339)"]
      + warning.message.wrapped(to: width, indent: "  ") + warning.advice.wrapped(to: width, indent: "  ")
  }
}
