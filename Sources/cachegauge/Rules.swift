import ArgumentParser
import Daemon

struct Rules: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Print alert rules for Prometheus, made from the configuration.",
    discussion: """
      Each namespace's own target, each target's own thresholds. Without a cache or a file, rules that fit every
      configuration. Nothing is connected to.
      """)

  @OptionGroup var connection: ConnectionOptions

  @Option(help: ArgumentHelp("Seconds that a second of the rules lasts: below 1 in tests.", visibility: .hidden))
  var pace = 1.0

  func run() async throws {
    try await refusingWrongUsage { try CommandLineTool.printRules(connection.overrides, pace: pace) }
  }
}
