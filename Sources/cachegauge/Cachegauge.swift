import ArgumentParser
import Daemon
import Foundation

/// The command line. Each subcommand parses its arguments and calls one function of `Daemon`.
@main
struct Cachegauge: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "cachegauge",
    abstract: "Tells how well each part of a cache works, whether that is good enough, why not, and since when.",
    discussion: """
      With a URL, REDIS_URL or a configuration file it watches that cache and serves Prometheus metrics and JSON
      reports. With none of them it runs a private demo. The flags and variables of redis_exporter are taken, too:
      docs/migrating.md says what becomes of each.
      """,
    version: Build.version,
    subcommands: [
      Serve.self, Check.self, Report.self, Advise.self, NamespacesCommand.self, Top.self, Clear.self,
      Cleanup.self, Rules.self, Dashboards.self, ConfigCommand.self, Demo.self,
    ],
    defaultSubcommand: Serve.self)

  /// Takes redis_exporter's flags, too, as its users write them.
  static func main() async {
    await main(ExporterArguments.translated(Array(CommandLine.arguments.dropFirst())))
  }
}

/// Runs a command; what can't be carried out as it was given ends with 64, and a result that can't be written with 74,
/// so that no exit code means two things.
func refusingWrongUsage<Result>(_ body: () async throws -> Result) async throws -> Result {
  do {
    return try await body()
  } catch let error as UsageError {
    FileHandle.standardError.write(Data("Error: \(error)\n".utf8))
    throw ExitCode(64)
  } catch let error as OutputError {
    FileHandle.standardError.write(Data("Error: \(error)\n".utf8))
    throw ExitCode(74)
  }
}
