import CacheModel

@testable import Collectors

/// INFO read a second time, by other means: splitting strings and parsing doubles.
enum Reference {
  /// What must be in a sample, by key.
  static func series(of info: String, legacyNames: Bool) -> [String: Double] {
    var section = ""
    var all: [String: Double] = [:]
    for line in info.split(whereSeparator: \.isNewline) {
      if line.hasPrefix("# ") {
        section = line.dropFirst(2).lowercased()
        continue
      }
      let parts = line.split(separator: ":", maxSplits: 1).map(String.init)
      guard parts.count == 2 else { continue }
      if parts[1].contains("=") {
        all.merge(pairs(parts[0], parts[1])) { $1 }
      } else if let (key, value) = single(parts[0], parts[1], section, legacyNames) {
        all[key] = value
      }
    }
    return all
  }

  private static func single(
    _ field: String, _ text: String, _ section: String, _ legacyNames: Bool
  ) -> (String, Double)? {
    let words = ["redis_git_sha1", "redis_build_id", "run_id", "tcp_port", "master_replid", "master_replid2"]
    if field.hasSuffix("_human") || words.contains(field) { return nil }
    let table = InfoField.tables.joined().first { $0.name == field }
    let number = text == "ok" && table != nil ? 1 : Double(text.hasSuffix("%") ? String(text.dropLast()) : text)
    guard let number else { return nil }
    if let table, legacyNames || !table.isLegacy {
      return (table.family.name, field == "latest_fork_usec" ? number / 1e6 : number)
    }
    if field.hasPrefix("cluster_") { return ("redis_\(field)", number) }
    return ("redis_info_field{section=\"\(section)\",field=\"\(field)\"}", number)
  }

  private static func pairs(_ key: String, _ text: String) -> [String: Double] {
    var all: [String: Double] = [:]
    for pair in text.split(separator: ",") {
      let parts = pair.split(separator: "=").map(String.init)
      guard parts.count == 2, let number = Double(parts[1]), let name = name(key, parts[0]) else { continue }
      let scale = parts[0] == "usec" ? 1e6 : parts[0] == "avg_ttl" ? 1e3 : 1
      all[name] = number / scale
    }
    return all
  }

  private static func name(_ key: String, _ part: String) -> String? {
    func subject(_ prefix: String) -> String? { key.hasPrefix(prefix) ? String(key.dropFirst(prefix.count)) : nil }
    if let command = subject("cmdstat_") {
      let families = [
        "calls": "redis_commands_total", "usec": "redis_commands_duration_seconds_total",
        "rejected_calls": "redis_commands_rejected_calls_total",
        "failed_calls": "redis_commands_failed_calls_total",
      ]
      return families[part].map { "\($0){cmd=\"\(command)\"}" }
    }
    if let error = subject("errorstat_") { return "redis_errors_total{err=\"\(error)\"}" }
    if let command = subject("latency_percentiles_usec_") {
      return "redis_latency_percentiles_usec{cmd=\"\(command)\",quantile=\"\(part.dropFirst())\"}"
    }
    let families = [
      "keys": "redis_db_keys", "expires": "redis_db_keys_expiring", "avg_ttl": "redis_db_avg_ttl_seconds",
    ]
    return families[part].map { "\($0){db=\"\(key)\"}" }
  }
}
