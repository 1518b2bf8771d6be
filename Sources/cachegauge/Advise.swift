import ArgumentParser
import Daemon

struct Advise: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Watch for a while and print what would raise the hit rate, as far as the causes of misses tell.")

  @OptionGroup var connection: ConnectionOptions

  @Option(name: .customLong("for"), help: "How long to watch, such as 1m; longer than the times to live.")
  var duration = "1m"

  func run() async throws {
    try await refusingWrongUsage { try await CommandLineTool.advise(connection.overrides, for: duration) }
  }
}
