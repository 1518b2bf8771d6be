import ArgumentParser
import Daemon

struct Serve: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Watch caches and serve metrics and reports (the default).",
    discussion: "Without any cache to watch it starts the demo: a private redis-server with a workload.")

  @OptionGroup var connection: ConnectionOptions

  @Option(help: "Where to serve HTTP, such as 127.0.0.1:9121, [::1]:9121 or :9121.")
  var listen: String?

  @Option(name: .customLong("web.listen-address"), help: "As redis_exporter has it: the same as --listen.")
  var webListenAddress: String?

  func run() async throws {
    var overrides = connection.overrides
    if let address = listen ?? webListenAddress { overrides.settings["listen"] = address }
    try await CommandLineTool.serve(overrides)
  }
}
