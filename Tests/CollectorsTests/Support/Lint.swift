import CacheModel
import TestSupport

/// What `promtool check metrics` finds fault with, by family. Families are linted with one series each.
func lint(_ families: [MetricFamily]) throws -> [String: [String]] {
  let directory = try TemporaryDirectory()
  let file = try directory.write(families.map(exposed).joined(), to: "metrics.txt")
  let result = try run(["sh", "-c", "promtool check metrics < \(file)"])
  var faults: [String: [String]] = [:]
  for line in result.output.split(separator: "\n") {
    let name = String(line.prefix { $0 != " " && $0 != ":" })
    faults[name, default: []].append(String(line))
  }
  return faults
}

private func exposed(_ family: MetricFamily) -> String {
  let head = "# HELP \(family.name) \(family.help)\n# TYPE \(family.name) \(family.type.rawValue)\n"
  switch family.type {
  case .counter, .gauge: return head + "\(family.name) 1\n"
  case .summary: return head + "\(family.name){quantile=\"50\"} 1\n\(family.name)_sum 1\n\(family.name)_count 1\n"
  case .histogram:
    return head + "\(family.name)_bucket{le=\"+Inf\"} 1\n\(family.name)_sum 1\n\(family.name)_count 1\n"
  }
}
