import ArgumentParser
import Daemon

struct Dashboards: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Write dashboards for Grafana.",
    discussion: "They fit every configuration: variables choose among the jobs, instances, targets and namespaces.")

  @Option(name: [.short, .long], help: "The directory to write them to, one file each; it is made if need be.")
  var output: String

  func run() async throws {
    try await refusingWrongUsage { try CommandLineTool.writeDashboards(to: output) }
  }
}
