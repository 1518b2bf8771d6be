import ArgumentParser
import Daemon

struct NamespacesCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "namespaces", abstract: "Find namespaces in a cache's keys.", subcommands: [Suggest.self])

  struct Suggest: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Print namespaces for the configuration, found in a cache's keys by SCAN, which touches none.")

    @OptionGroup var connection: ConnectionOptions

    @Option(help: "How many keys to look at, at most 50000.")
    var keys = 20_000

    func run() async throws {
      try await refusingWrongUsage { try await CommandLineTool.suggestNamespaces(connection.overrides, keys: keys) }
    }
  }
}
