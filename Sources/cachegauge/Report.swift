import ArgumentParser
import Daemon

struct Report: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract:
      "Print all that is known of the cache; of a running cachegauge, also what its history says of a period.",
    discussion: """
      With --url, --last or --start a running cachegauge is asked, by default at http://127.0.0.1:9121; otherwise the cache is \
      watched for a few seconds. Markdown is fit to paste into an incident:
        cachegauge report --last 7d --format markdown
      """)

  @OptionGroup var connection: ConnectionOptions
  @OptionGroup(title: "Asking a running cachegauge") var server: ServerOptions

  @Option(name: .customLong("url"), help: "Where a running cachegauge serves.")
  var serverURL: String?

  @Option(help: "The period until now, such as 15m, 24h or 7d.")
  var last: String?

  @Option(help: "The period's beginning, RFC 3339 or Unix seconds.")
  var start: String?

  @Option(help: "The period's end; now unless given.")
  var end: String?

  @Option(help: "text, markdown or json.")
  var format = "text"

  @Flag(help: "The same as --format json.")
  var json = false

  @Option(name: .customLong("for"), help: "How long to watch where no cachegauge is asked, such as 3s.")
  var duration = "3s"

  func run() async throws {
    let period = [("last", last), ("start", start), ("end", end)].compactMap { name, value in
      value.map { (name: name, value: $0) }
    }
    let format = json ? "json" : format
    try await refusingWrongUsage {
      guard serverURL != nil || !period.isEmpty else {
        return try await CommandLineTool.report(connection.overrides, for: duration, format: format)
      }
      try await CommandLineTool.report(
        of: server.access(to: serverURL ?? "http://127.0.0.1:9121"), period: period, format: format)
    }
  }
}
