public import CacheModel

/// How a report is written.
public enum ReportFormat: String, Sendable, CaseIterable {
  /// Lines for a terminal.
  case text
  /// Markdown with tables, to paste into an incident.
  case markdown
  /// What `/api/cache/report` answers.
  case json
}

/// The report in any format, as UTF-8. The parameters are those of ``reportText(_:isMarkdown:period:width:color:exposeKeys:)`` and
/// ``reportDocument(_:period:exposeKeys:isOneLine:)``.
public func report(
  _ snapshot: Snapshot, _ format: ReportFormat, period: ReportPeriod? = nil, width: Int = 80,
  exposeKeys: Bool = false
) -> [UInt8] {
  guard format != .json else { return reportDocument(snapshot, period: period, exposeKeys: exposeKeys) }
  return Array(
    reportText(
      snapshot, isMarkdown: format == .markdown, period: period, width: width, exposeKeys: exposeKeys
    ).utf8)
}

/// What `cachegauge report` prints: everything of ``reportDocument(_:exposeKeys:)`` that people read.
///
/// - Parameters:
///   - isMarkdown: Markdown instead of plain text; it ignores `width` and `color`.
///   - period: what history says of a stretch of time; comes before what is known now.
///   - width: columns of the terminal.
///   - color: whether statuses are coloured with terminal escape sequences.
///   - exposeKeys: whether arguments of slow operations, which hold keys, are shown.
public func reportText(
  _ snapshot: Snapshot, isMarkdown: Bool = false, period: ReportPeriod? = nil, width: Int = 80, color: Bool = false,
  exposeKeys: Bool = false
) -> String {
  let page = ReportPage(
    isMarkdown: isMarkdown, width: isMarkdown ? .max : width, color: color && !isMarkdown, exposeKeys: exposeKeys)
  let title =
    "cachegauge \(snapshot.exporter.version.printable) report" + (snapshot.time.map { ", \($0.rfc3339)" } ?? "")
  var lines = isMarkdown ? ["# \(title)", ""] : [title]
  lines.append("Status: " + page.marked(snapshot.status.rawValue, snapshot.status.style))
  if let period { lines += page.period(period) }
  for target in snapshot.targets { lines += page.target(target) }
  lines += page.exporter(snapshot.exporter)
  return lines.joined(separator: "\n") + "\n"
}

/// The sections of a report, each with an empty line before it.
struct ReportPage {
  let isMarkdown: Bool
  let width: Int
  let color: Bool
  let exposeKeys: Bool

  func target(_ target: TargetSnapshot) -> [String] {
    let title =
      "\(target.target.name.printable) (\(target.target.kind.rawValue) at \(target.target.address.printable))"
    return heading(title) + facts(target) + windows(target.health.windows) + namespaces(target) + warnings(target)
      + slowOperations(target.slowOperations) + collectors(target.collectors)
  }

  /// A heading of its own paragraph.
  func heading(_ title: String) -> [String] {
    isMarkdown
      ? ["", "## \(title.markdown)", ""]
      : ["", title, String(repeating: "=", count: min(width, title.displayWidth))]
  }

  /// A word that says how something is.
  func marked(_ text: String, _ style: Style) -> String {
    isMarkdown ? "**\(text)**" : style.apply(to: text, color)
  }

  func table(_ table: TextTable) -> [String] {
    [""] + (isMarkdown ? table.markdownLines : table.lines(width: width, color: color))
  }

  private func warnings(_ target: TargetSnapshot) -> [String] {
    let all = target.health.warnings
    guard isMarkdown, !all.isEmpty else {
      return warningLines(all.map { (target, $0) }, width: width, color: color)
    }
    return [""]
      + all.map { warning in
        let place = warning.namespace.map { " (\($0.printable.markdown))" } ?? ""
        return
          "- **\(warning.severity.rawValue)** `\(warning.code.rawValue)`\(place) since \(warning.since.rfc3339): "
          + "\(warning.message.printable.markdown) *\(warning.advice.printable.markdown)*"
      }
  }

  private func facts(_ target: TargetSnapshot) -> [String] {
    let status = target.health.status
    let facts = target.facts
    let lookups = Counts(target.hits, target.misses)
    return pairs([
      ("Status", "\(marked(status.rawValue, status.style)), \(Spoken.state(target))"),
      ("Last answer", target.lastSuccess?.rfc3339 ?? "never"),
      (
        "Server",
        Spoken.server(target).printable + (facts.uptime.map { ", up \(Spoken.duration(Double($0)))" } ?? "")
      ),
      ("Memory", Spoken.memory(facts)),
      ("Eviction", facts.evictionPolicy?.printable ?? "-"),
      ("Keys", "\(Spoken.count(facts.keys)), \(Spoken.count(facts.keysWithTTL)) with a time to live"),
      ("Removed", "\(Spoken.count(facts.evictedKeys)) evicted, \(Spoken.count(facts.expiredKeys)) expired"),
      ("Clients", "\(Spoken.count(facts.connectedClients)) of \(Spoken.count(facts.maximumClients))"),
      (
        "Lookups",
        "\(Spoken.count(lookups.hits)) hits, \(Spoken.count(lookups.misses)) misses (\(Spoken.percent(lookups.hitRate)))"
      ),
      (
        "Polls",
        Spoken.count(target.polls)
          + (target.polls > 0 ? ", the last took \(Spoken.duration(target.pollSeconds))" : "")
      ),
      (
        "History",
        (target.oldestHistory.map { "since \($0.rfc3339)" } ?? "none yet")
          + (target.seriesWithoutHistory > 0
            ? ", without \(Spoken.count(target.seriesWithoutHistory)) series for want of memory" : "")
      ),
    ])
  }

  func pairs(_ pairs: [(String, String)]) -> [String] {
    // The status is marked up already; nothing else of these comes from outside but names without markup.
    if isMarkdown { return pairs.map { "- \($0.0): \($0.0 == "Status" ? $0.1 : $0.1.markdown)" } }
    return pairs.map { $0.0 + String(repeating: " ", count: max(1, 13 - $0.0.count)) + $0.1 }
  }

  private func windows(_ windows: [HitRateWindow]) -> [String] {
    guard !windows.isEmpty else { return [] }
    var table = TextTable("WINDOW", ">HIT RATE", ">LOOKUPS", ">COVERED")
    for window in windows {
      table.add(
        .init(window.name), .init(Spoken.percent(window.ratio)),
        .init(Spoken.count(windows.lookups(window.seconds))), .init(Spoken.duration(window.coveredSeconds)))
    }
    return self.table(table)
  }

  private func namespaces(_ target: TargetSnapshot) -> [String] {
    let all = NamespaceView.all(of: target)
    guard !all.isEmpty else { return [] }
    var table = TextTable("NAMESPACE", "STATUS", ">HITS", ">MISSES", ">RATE 1h", ">TARGET", ">SAVED")
    for namespace in all {
      table.add(
        .init(namespace.name), .init(namespace.status.rawValue, namespace.status.style),
        .init(Spoken.count(namespace.counts.hits)), .init(Spoken.count(namespace.counts.misses)),
        .init(Spoken.percent(namespace.windows.ratio(3600))),
        .init(Spoken.percent(namespace.definition.target?.hitRate)), .init(Spoken.saved(namespace.saved))
      )
    }
    return self.table(table)
  }

  private func slowOperations(_ report: SlowOperationReport) -> [String] {
    guard !report.totals.isEmpty else { return [] }
    var table = TextTable("SLOW OPERATIONS", "COMMAND", ">COUNT", ">TIME", ">WORST")
    for (key, totals) in report.sortedTotals {
      table.add(
        .init(key.namespace), .init(key.command), .init(Spoken.count(totals.count)),
        .init(Spoken.duration(Double(totals.microseconds) / 1e6)),
        .init(Spoken.duration(Double(totals.worstMicroseconds) / 1e6)))
    }
    let lost =
      report.lost == 0 ? [] : ["The server forgot \(Spoken.count(report.lost)) more before they could be read."]
    return self.table(table) + lost + recent(report.recent)
  }

  private func recent(_ operations: [SlowOperation]) -> [String] {
    guard !operations.isEmpty else { return [] }
    var table = TextTable("RECENT", "NAMESPACE", ">TIME", "COMMAND")
    for operation in operations.prefix(10) {
      let shown = exposeKeys ? operation.arguments.joined(separator: " ") : operation.command
      table.add(
        .init(operation.time.rfc3339), .init(operation.namespace ?? "-"),
        .init(Spoken.duration(Double(operation.microseconds) / 1e6)), .init(shown))
    }
    return self.table(table)
  }

  /// Only those that do not work: the others have nothing to say.
  private func collectors(_ all: [CollectorStatus]) -> [String] {
    let failing = all.filter { !$0.succeeded }
    guard !failing.isEmpty else { return [] }
    var table = TextTable("COLLECTOR", "STATE", "CAUSE", ">FAILURES")
    for status in failing {
      table.add(
        .init(status.name), .init(status.isDisabled ? "disabled" : "failing", .doubtful),
        .init(status.failure?.rawValue ?? "-"), .init(Spoken.count(status.failures)))
    }
    return self.table(table)
  }

  func exporter(_ exporter: ExporterFigures) -> [String] {
    let history = "\(humanSize(exporter.historyBytes)) of \(humanSize(exporter.historyBudget))"
    return (isMarkdown ? heading("cachegauge itself") : [""])
      + pairs([
        ("Exporter", "since \(exporter.started.rfc3339)"),
        ("Configuration", exporter.configuration.map(Spoken.configuration) ?? "-"),
        ("History", history),
        ("Resident", exporter.process?.residentBytes.map(humanSize) ?? "-"),
        ("CPU time", Spoken.duration(exporter.process?.cpuSeconds)),
      ])
  }
}
