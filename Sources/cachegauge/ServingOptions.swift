import ArgumentParser
import Daemon

/// Where a server listens, who may ask it, and which targets are its own: what is checked and shown is what would be served.
struct ServingOptions: ParsableArguments {
  @Option(help: "Where to serve HTTP, such as 127.0.0.1:9121, [::1]:9121 or :9121.")
  var listen: String?

  @Option(name: .customLong("web.listen-address"), help: "As redis_exporter has it: the same as --listen.")
  var webListenAddress: String?

  @Option(
    name: .customLong("web.config.file"),
    help: "TLS, users and headers, in the format of Prometheus' exporter toolkit.")
  var webConfigFile: String?

  @Option(
    name: .customLong("web.bearer-token-file"),
    help: "A file with a token of 16 characters or more; who bears it may ask.")
  var webBearerTokenFile: String?

  @Option(help: "Which part of the targets this process watches, such as 2/3: the second of three.")
  var shard: String?

  /// Puts what was given over `overrides`.
  func apply(to overrides: inout ConfigurationOverrides) {
    let settings = [
      "listen": listen ?? webListenAddress, "shard": shard, "web.config.file": webConfigFile,
      "web.bearer-token-file": webBearerTokenFile,
    ]
    overrides.settings.merge(settings.compactMapValues(\.self)) { $1 }
  }
}
