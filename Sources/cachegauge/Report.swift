import ArgumentParser
import Daemon

struct Report: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Watch for a few seconds and print all that is known of the cache.")

  @OptionGroup var connection: ConnectionOptions

  @Flag(help: "Print what /api/cache/report answers.")
  var json = false

  @Option(name: .customLong("for"), help: "How long to watch, such as 3s.")
  var duration = "3s"

  func run() async throws {
    try await refusingWrongUsage {
      try await CommandLineTool.report(connection.overrides, for: duration, json: json)
    }
  }
}
