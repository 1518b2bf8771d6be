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

  @Option(
    name: .customLong("web.config.file"),
    help: "TLS, users and headers, in the format of Prometheus' exporter toolkit.")
  var webConfigFile: String?

  @Option(name: .customLong("web.bearer-token-file"), help: "A file with a token; who bears it may ask.")
  var webBearerTokenFile: String?

  @Option(help: "Which part of the targets this process watches, such as 2/3: the second of three.")
  var shard: String?

  func run() async throws {
    var overrides = connection.overrides
    if let address = listen ?? webListenAddress { overrides.settings["listen"] = address }
    overrides.settings["shard"] = shard
    overrides.settings["web-config-file"] = webConfigFile
    overrides.settings["web-bearer-token-file"] = webBearerTokenFile
    try await CommandLineTool.serve(overrides)
  }
}
