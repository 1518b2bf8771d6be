import CacheModel

/// What `cachegauge top` shows, as lines of text: no terminal, no clock.
public struct OverviewScreen: Sendable {
  /// By what the namespaces are sorted.
  public enum Order: Character, Sendable, CaseIterable {
    /// Unhealthy first.
    case status = "s"
    case name = "n"
    /// The lowest hit rate of five minutes first.
    case rate = "r"
    /// Most lookups a second first.
    case lookups = "l"
    /// Most misses first.
    case misses = "m"
  }

  /// Columns.
  public var width: Int
  /// Lines; nil for as many as there are.
  public var height: Int?
  /// Whether statuses are coloured with terminal escape sequences.
  public var color: Bool
  /// By what the namespaces are sorted.
  public var order: Order = .status
  /// Whether the order is turned round.
  public var isReversed = false
  /// Rows of the table that lie above the screen; what is too large counts as the largest that makes sense.
  public var scrolled = 0

  /// A screen of this size; at least 40 columns and 6 lines are used.
  public init(width: Int = 80, height: Int? = nil, color: Bool = false) {
    self.width = max(40, width)
    self.height = height.map { max(6, $0) }
    self.color = color
  }

  /// The lines for `overview`, none wider than ``width``, no more than ``height``.
  ///
  /// - Parameter problem: why there is nothing newer than `overview`; shown in its place in the first lines.
  public func lines(_ overview: Overview?, problem: String? = nil) -> [String] {
    var lines = problem.map { [Style.bad.apply(to: $0.printable.cut(to: width), color)] } ?? []
    guard let overview else { return lines + keys }
    lines += heading(overview) + warnings(overview)
    let caches = [""] + self.caches(overview).lines(width: width, color: color)
    let table = namespaces(overview).lines(width: width, color: color)
    guard let height else { return lines + [""] + table + caches }
    // The namespaces matter most: caches are shown where both fit, or in what is left of half the screen.
    let space = height - lines.count - keys.count - 1
    let shownCaches = caches.prefix(max(0, max(space - table.count, min(space / 2, 6))))
    let room = max(1, space - shownCaches.count - 1)
    let rows = table.dropFirst()
    let first = min(scrolled, max(0, rows.count - room))
    var shown = [table[0]] + rows.dropFirst(first).prefix(room)
    let left = rows.count - first - room
    if left > 0 { shown[shown.count - 1] = Style.dim.apply(to: "… \(left + 1) more (down)", color) }
    return Array((lines + [""] + shown + shownCaches).prefix(height - keys.count)) + keys
  }

  private var keys: [String] {
    guard height != nil else { return [] }
    let text = "q quit  sort: s status  n name  r rate  l lookups  m misses  R reverse  ↑↓"
    return [Style.dim.apply(to: text.cut(to: width), color)]
  }

  private func heading(_ overview: Overview) -> [String] {
    let down = overview.targets.filter { !$0.up }.count
    let count = overview.targets.count
    let facts = [
      count == 1 ? "1 cache" : "\(count) caches", down == 0 ? "all up" : "\(down) down",
      overview.time ?? "no sample yet",
    ]
    let status = overview.status.printable
    let rest = ", " + facts.joined(separator: ", ").printable
    return [
      "cachegauge: " + Style(status: status).apply(to: status, color)
        + rest.cut(to: max(1, width - 12 - status.displayWidth))
    ]
  }

  /// The two most urgent in full, as far as there is room, then a line for each of up to three more.
  private func warnings(_ overview: Overview) -> [String] {
    let ranks = ["critical": 0, "warning": 1]
    let all = overview.targets.flatMap { target in target.warnings.map { (target, $0) } }
      .enumerated().sorted {
        (ranks[$0.element.1.severity] ?? 2, $0.offset) < (ranks[$1.element.1.severity] ?? 2, $1.offset)
      }
      .map(\.element)
    guard !all.isEmpty else { return [] }
    let limit = height.map { $0 < 20 ? 2 : 4 } ?? all.count
    var lines = [""]
    for (index, (target, warning)) in all.prefix(limit).enumerated() {
      let place = overview.targets.count > 1 || warning.namespace == nil ? target.name : nil
      let name = [place, warning.namespace].compactMap(\.self).joined(separator: "/")
      let text = " \(name): \(warning.message)".printable
      let severity = warning.severity.printable
      lines.append(
        Style(severity: severity).apply(to: severity, color) + text.cut(to: max(1, width - severity.displayWidth)))
      if index == 0 { lines.append(("  → " + warning.advice.printable).cut(to: width)) }
    }
    if all.count > limit { lines.append("and \(all.count - limit) more") }
    return lines
  }

  private func namespaces(_ overview: Overview) -> TextTable {
    let hasMany = overview.targets.count > 1
    var table = TextTable("NAMESPACE", "STATUS", ">1m", ">5m", ">1h", ">TARGET", ">LOOKUPS/s", ">MISSES", ">SLOW")
    if hasMany { table.columns.insert(.init(title: "CACHE"), at: 1) }
    for row in OverviewRow.all(of: overview, by: order, isReversed: isReversed) {
      var cells: [TextTable.Cell] = [
        .init(row.name), .init(row.status, Style(status: row.status)),
        .init(Spoken.percent(row.windows["1m"]?.ratio)), .init(Spoken.percent(row.windows["5m"]?.ratio)),
        .init(Spoken.percent(row.windows["1h"]?.ratio)), .init(Spoken.percent(row.aim)),
        .init(row.pace.map { Spoken.decimal($0, digits: 1) } ?? "-"), .init(Spoken.count(row.misses)),
        .init(Spoken.count(row.slow)),
      ]
      if hasMany { cells.insert(.init(row.target), at: 1) }
      table.rows.append(cells)
    }
    // What matters least goes first where there is no room.
    if width < 76 { table.drop(["1m", "1h"]) }
    if width < 60 { table.drop(["MISSES", "SLOW"]) }
    return table
  }

  private func caches(_ overview: Overview) -> TextTable {
    var table = TextTable("CACHE", "STATUS", ">5m", "MEMORY", ">KEYS", ">CLIENTS", ">EVICTED")
    for target in overview.targets.sorted(by: { Style.rank($0.status) < Style.rank($1.status) }) {
      let server = target.up ? target.server : Overview.Server()
      let share = server.maximumMemory.flatMap { limit in
        limit > 0 ? server.usedMemory.map { " (\(Spoken.percent(Double($0) / Double(limit))))" } : nil
      }
      table.add(
        .init(target.name),
        .init(target.up ? target.status : "down: \(target.failure ?? "-")", Style(status: target.status)),
        .init(Spoken.percent(target.windows["5m"]?.ratio)),
        .init(server.usedMemory.map { humanSize($0) + (share ?? "") } ?? "-"), .init(Spoken.count(server.keys)),
        .init(Spoken.count(server.clients)), .init(Spoken.count(server.evicted)))
    }
    if width < 70 { table.drop(["CLIENTS", "EVICTED"]) }
    return table
  }
}

extension Style {
  /// How a status of another cachegauge looks.
  init(status: String) { self = Status(rawValue: status)?.style ?? .plain }

  /// How a severity of another cachegauge looks.
  init(severity: String) { self = Severity(rawValue: severity)?.style ?? .plain }

  /// 0 for what is worst.
  static func rank(_ status: String) -> Int { ["unhealthy", "degraded", "unknown"].firstIndex(of: status) ?? 3 }
}
