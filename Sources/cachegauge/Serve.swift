import ArgumentParser
import Daemon

struct Serve: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Watch caches and serve metrics and reports (the default).",
    discussion: "Without any cache to watch it starts the demo: a private redis-server with a workload.")

  @OptionGroup var connection: ConnectionOptions

  @OptionGroup var serving: ServingOptions

  func run() async throws {
    var overrides = connection.overrides
    serving.apply(to: &overrides)
    try await CommandLineTool.serve(overrides)
  }
}
