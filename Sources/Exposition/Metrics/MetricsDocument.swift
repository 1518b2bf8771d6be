public import CacheModel

/// `docs/metrics.md`: every family with type, labels and meaning, out of the tables that render them.
///
/// - Parameters:
///   - families: the servers' families, as collectors' tables name them; they follow our own, sorted.
///   - legacy: those that are served only where legacy names are asked for.
public func metricsDocument(
  families: [MetricFamily] = [], legacy: [MetricFamily] = [], memcached: [MetricFamily] = []
) -> String {
  var text = introduction
  text += section("The cache as a whole", OwnFamily.serverFamilies)
  text += section("Namespaces", OwnFamily.namespaceFamilies)
  text += section("Census of keys", OwnFamily.censusFamilies)
  text += section("Keyspace notifications", OwnFamily.observationFamilies)
  text += section("Health", OwnFamily.healthFamilies)
  text += section("Clusters and Sentinels' groups", OwnFamily.clusterFamilies + OwnFamily.clusterNamespaceFamilies)
  text += section("cachegauge itself", OwnFamily.exporterFamilies + OwnFamily.remoteWriteFamilies)
  text += serverSection
  guard !families.isEmpty else { return text }
  text += table(families)
  if !legacy.isEmpty { text += legacySection + table(legacy) }
  if !memcached.isEmpty { text += memcachedSection + table(memcached) }
  return text
}

private func table(_ families: [MetricFamily]) -> String {
  var text = "\n| name | type | meaning |\n|---|---|---|\n"
  var seen: Set<String> = []
  for family in families.sorted(by: { $0.name < $1.name }) where seen.insert(family.name).inserted {
    text += "| `\(family.name)` | \(family.type.rawValue) | \(cell(family.help)) |\n"
  }
  return text
}

private func section(_ title: String, _ families: [OwnFamily]) -> String {
  let rows = families.sorted { $0.name < $1.name }.map { family in
    let name = family.name
    let labels = family.labels.map { "`\($0)`" }.joined(separator: ", ")
    return
      "| `\(name)` | \(family.head.family.type.rawValue) | \(labels) | \(scope(family)) | \(cell(family.head.family.help)) |\n"
  }
  return "\n## \(title)\n\n| name | type | labels | while down | meaning |\n|---|---|---|---|---|\n" + rows.joined()
}

/// Whether a family's series stay while the target is down.
private func scope(_ family: OwnFamily) -> String {
  switch family.subject {
  case .target, .history: "stays"
  case .server: "absent"
  case .cluster: "stays"
  case .exporter: ""
  }
}

/// Text fit for a cell of a Markdown table.
private func cell(_ text: String) -> String {
  text.split(separator: "|", omittingEmptySubsequences: false).joined(separator: "\\|")
    .split(separator: "\n").joined(separator: " ")
}

private let introduction = """
  # Metrics

  `/metrics` serves these families as Prometheus text 0.0.4 or OpenMetrics 1.0, as the request's `Accept` asks. The tables are
  made from the source; a test keeps them true.

  - Families about a target carry the label `target` first, unless the only target was given without a name.
  - What is not known is absent: no family shows 0 or NaN in place of it.
  - Ratios lie in 0…1; times are in seconds, sizes in bytes. `window` is one of 1m, 5m, 15m, 1h, 6h, 24h.
  - In OpenMetrics a counter's family is named without `_total`; a counter whose name does not end so is of type `unknown` there,
    as is one whose shortened name another family has, and each part of a summary whose quantiles lie outside 0…1.
    A counter below zero, which only a broken source gives, is left out there.

  """

private let serverSection = """

  ## From the server

  Families that begin with `redis_` hold the numbers of the server's own replies under the names that redis_exporter gives
  them, wrong types and missing `_total` included, so that dashboards go on working. `redis_*` is what the server says:
  cachegauge's own lookups are not subtracted there, as they are in `cache_*`. A numeric field of `INFO` that none of these names
  is served as `redis_info_field{section,field}`. All of them are absent while the target is down.

  """

private let memcachedSection = """

  ## What a Memcached says

  Under memcached_exporter's names, absent while the target is down; those that need storage on flash, the proxy or an option are there where the
  server prints them. [memcached.md](memcached.md) explains what differs.

  """

private let legacySection = """

  ## With legacy names

  These keep the names that redis_exporter gives them although `promtool check metrics` finds fault with those. They are served
  with `legacy_names: true` only, which `REDIS_ADDR` switches on; otherwise fields of INFO are `redis_info_field`,
  and the others are among the families above.

  """
