import ArgumentParser
import Daemon

struct Top: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Show a running cachegauge at a glance in the terminal, again each second.",
    discussion: """
      Keys: q quits; s, n, r, l and m sort by status, name, hit rate, lookups and misses; R turns the order round; up \
      and down scroll. Where standard output is no terminal it prints once. NO_COLOR is respected.
      """)

  @Option(help: "Where cachegauge serves: http:// or https://.")
  var url = "http://127.0.0.1:9121"

  @OptionGroup var server: ServerOptions

  func run() async throws {
    try await refusingWrongUsage { try await CommandLineTool.top(server.access(to: url)) }
  }
}
