import ArgumentParser
import Daemon

/// The command line. Each subcommand parses its arguments and calls one function of `Daemon`.
@main
struct Cachegauge: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "cachegauge",
    abstract: "Tells how well each part of a cache works, whether that is good enough, why not, and since when.",
    discussion: """
      With a URL, REDIS_URL or a configuration file it watches that cache and serves Prometheus metrics and JSON
      reports. With none of them it runs a private demo.
      """,
    version: Build.version,
    subcommands: [Serve.self, Check.self, Report.self, ConfigCommand.self, Demo.self],
    defaultSubcommand: Serve.self)
}
