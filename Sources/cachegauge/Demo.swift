import ArgumentParser
import Daemon

struct Demo: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Run private servers with a workload, and watch them.",
    discussion: """
      Everything is in a temporary directory and goes away on Ctrl-C. Without an application, a restaurant on a redis-server; with \
      one, what its configuration names:
        cachegauge demo speed-run --config examples/speed-run.yml
      """)

  @Argument(help: "An application of examples/: brainwave, rag-fortress, ai-playground, speed-run or auraconnect.")
  var application: String?

  @Option(name: [.customShort("c"), .long], help: "The application's configuration.")
  var config: String?

  @Option(help: "Where to serve HTTP, such as 127.0.0.1:9121.")
  var listen: String?

  func run() async throws {
    var overrides = ConfigurationOverrides()
    overrides.configFile = config
    if let listen { overrides.settings["listen"] = listen }
    try await CommandLineTool.demo(overrides, application: application)
  }
}
