import ArgumentParser
import Daemon

struct Check: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Watch for a few seconds and tell whether the cache is well.",
    discussion: "Exit code: 0 healthy, 1 degraded, 2 unhealthy, 3 unknown, 64 wrong usage, 74 output not written.")

  @OptionGroup var connection: ConnectionOptions

  @Flag(help: "Print what /api/cache/health answers.")
  var json = false

  @Option(name: .customLong("for"), help: "How long to watch, such as 3s.")
  var duration = "3s"

  func run() async throws {
    let status = try await refusingWrongUsage {
      try await CommandLineTool.check(connection.overrides, for: duration, json: json)
    }
    if status != 0 { throw ExitCode(status) }
  }
}
