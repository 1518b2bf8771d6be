import ArgumentParser
import Daemon

struct ConfigCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "config", abstract: "Check or show the configuration.", subcommands: [Check.self, Show.self])

  struct Check: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Tell what is wrong with a configuration file, with line, column and what was meant.")

    @Argument(help: "The file; without it, what --config and the environment give.")
    var file: String?

    @Option(name: [.customShort("c"), .long], help: "The file, too.")
    var config: String?

    func run() async throws {
      var overrides = ConfigurationOverrides()
      overrides.configFile = file ?? config
      try CommandLineTool.checkConfiguration(overrides)
    }
  }

  struct Show: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Print the effective configuration, without secrets, and where each value came from.")

    @OptionGroup var connection: ConnectionOptions

    @Option(help: "Where to serve HTTP.")
    var listen: String?

    func run() async throws {
      var overrides = connection.overrides
      if let listen { overrides.settings["listen"] = listen }
      try CommandLineTool.showConfiguration(overrides)
    }
  }
}
