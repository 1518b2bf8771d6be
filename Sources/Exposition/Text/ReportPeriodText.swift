import CacheModel

extension ReportPage {
  /// What history says of the period: hit rates against their targets, why lookups missed, what was wrong and when.
  func period(_ period: ReportPeriod) -> [String] {
    let length = Spoken.duration(period.to.seconds(since: period.from))
    let title = "\(length) from \(Spoken.time(period.from)) to \(Spoken.time(period.to))"
    let first = table(hitRates(period)).dropFirst(isMarkdown ? 1 : 0)
    return heading(title) + first + table(reasons(period)) + table(caches(period)) + episodes(period)
  }

  private func hitRates(_ period: ReportPeriod) -> TextTable {
    var table = TextTable("NAMESPACE", ">HIT RATE", ">TARGET", ">BELOW IT", ">LOWEST", "AT", ">LOOKUPS")
    for (name, part) in parts(of: period) {
      table.add(
        .init(name), .init(Spoken.percent(part.ratio), style(of: part)),
        .init(Spoken.percent(part.definition?.target?.hitRate)), .init(Spoken.duration(part.belowSeconds)),
        .init(Spoken.percent(part.lowest?.ratio)), .init(Spoken.time(part.lowest?.time)),
        .init(count((part.hits ?? 0) + part.misses)))
    }
    return table
  }

  private func reasons(_ period: ReportPeriod) -> TextTable {
    var table = TextTable("MISSES OF", ">MISSES", "CAUSES", ">SAVED BY HITS")
    for (name, part) in parts(of: period) {
      let known = part.causes.reduce(0) { $0 + $1.misses }
      let causes = part.causes.prefix(3).map { "\($0.cause) \(Spoken.percent($0.misses / known))" }
      table.add(
        .init(name), .init(count(part.misses)),
        .init(part.misses == 0 ? "-" : causes.isEmpty ? "not observed" : causes.joined(separator: ", ")),
        .init(Spoken.saved(part.saved)))
    }
    return table
  }

  private func caches(_ period: ReportPeriod) -> TextTable {
    var table = TextTable(
      "CACHE", ">COVERED", ">DOWN", ">EVICTED", ">EXPIRED", ">REFUSED", ">SLOW", ">MOST MEMORY")
    for target in period.targets {
      table.add(
        .init(target.name), .init(Spoken.duration(target.coveredSeconds)),
        .init(Spoken.duration(target.downSeconds), target.downSeconds ?? 0 > 0 ? .bad : .plain),
        .init(count(target.evicted)), .init(count(target.expired)), .init(count(target.rejected)),
        .init(count(target.slow)), .init(target.mostMemory.map { humanSize(Int64(saturating: $0)) } ?? "-"))
    }
    return table
  }

  private func episodes(_ period: ReportPeriod) -> [String] {
    guard period.targets.contains(where: { !$0.episodes.isEmpty }) else {
      return ["", "No warnings in this time."]
    }
    var table = TextTable("WARNING", "SEVERITY", "OF", "FROM", "TO", ">FOR")
    for target in period.targets {
      for episode in target.episodes {
        let end = episode.to ?? period.to
        table.add(
          .init(episode.code), .init(episode.severity, Style(severity: episode.severity)),
          .init(place(target, episode.namespace, period)), .init(Spoken.time(episode.from)),
          .init(episode.to.map { Spoken.time($0) } ?? "holds"),
          .init(Spoken.duration(end.seconds(since: episode.from))))
      }
    }
    return self.table(table)
  }

  /// All keys of each cache, then its namespaces.
  private func parts(of period: ReportPeriod) -> [(name: String, part: ReportPeriod.Part)] {
    period.targets.flatMap { target in
      ([target.whole] + target.namespaces).map { part in
        (place(target, part.definition?.name ?? "(all keys)", period), part)
      }
    }
  }

  /// The cache's name is said where there are several.
  private func place(_ target: ReportPeriod.Target, _ namespace: String?, _ period: ReportPeriod) -> String {
    guard let namespace else { return target.name }
    return period.targets.count > 1 ? "\(target.name) / \(namespace)" : namespace
  }

  private func style(of part: ReportPeriod.Part) -> Style {
    guard let aim = part.definition?.target, let ratio = part.ratio else { return .plain }
    return ratio < aim.critical ? .bad : ratio < aim.hitRate ? .doubtful : .good
  }

  private func count(_ value: Double?) -> String { Spoken.count(value.flatMap { Int64(exactly: $0.rounded()) }) }
}
