import ArgumentParser
import Daemon

struct ConfigCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "config", abstract: "Check or show the configuration.", subcommands: [Check.self, Show.self])

  struct Check: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Tell what is wrong with a configuration file, with line, column and what was meant.",
      discussion: "What is refused here is what serve would refuse. Exit code: 0 nothing is wrong, 1 something is.")

    @Argument(help: "The file; without it, what --config and the environment give.")
    var file: String?

    @Option(name: [.customShort("c"), .long], help: "The file, too.")
    var config: String?

    @Flag(help: "Look at the file alone, and not at the files that it names, which may be on another machine.")
    var syntaxOnly = false

    @OptionGroup var serving: ServingOptions

    func run() async throws {
      var overrides = ConfigurationOverrides()
      overrides.configFile = file ?? config
      serving.apply(to: &overrides)
      try CommandLineTool.checkConfiguration(overrides, syntaxOnly: syntaxOnly)
    }
  }

  struct Show: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Print the effective configuration, without secrets, and where each value came from.")

    @OptionGroup var connection: ConnectionOptions

    @OptionGroup var serving: ServingOptions

    func run() async throws {
      var overrides = connection.overrides
      serving.apply(to: &overrides)
      try CommandLineTool.showConfiguration(overrides)
    }
  }
}
