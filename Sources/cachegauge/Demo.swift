import ArgumentParser
import Daemon

struct Demo: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Run a private redis-server with a workload, and watch it.",
    discussion: "Everything is in a temporary directory and goes away on Ctrl-C.")

  @Option(help: "Where to serve HTTP, such as 127.0.0.1:9121.")
  var listen: String?

  func run() async throws {
    var overrides = ConfigurationOverrides()
    if let listen { overrides.settings["listen"] = listen }
    try await CommandLineTool.demo(overrides)
  }
}
