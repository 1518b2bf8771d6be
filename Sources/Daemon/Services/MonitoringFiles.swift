import CacheModel
import Foundation
import Monitoring

extension CommandLineTool {
  /// Prints Prometheus rules for the configuration, or such as fit every one where it names no cache.
  public static func printRules(_ overrides: ConfigurationOverrides, pace: Double) throws {
    guard pace.isFinite, pace > 0, pace <= 1 else { throw UsageError("--pace: must lie above 0 and at most at 1") }
    print(prometheusRules(for: try load(overrides).ruleTargets, pace: pace), terminator: "")
  }

  /// Writes one file for each dashboard, over those of the same name.
  public static func writeDashboards(to directory: String) throws {
    let folder = URL(filePath: directory, directoryHint: .isDirectory)
    do {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      for dashboard in grafanaDashboards() {
        let file = folder.appending(path: dashboard.fileName)
        try Data(dashboard.json).write(to: file, options: .atomic)
        print(file.relativePath)
      }
    } catch {
      throw UsageError("\(directory): \(error.localizedDescription)")
    }
  }
}

extension Configuration {
  /// What rules need to know of each target.
  var ruleTargets: [RuleTarget] {
    targets.map { RuleTarget(name: $0.name, policy: $0.healthPolicy, namespaces: $0.namespaces) }
  }
}
