import ArgumentParser
import Daemon

struct Cleanup: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Free expired entries where the server has a way, and otherwise say why that is not needed.",
    discussion: """
      Redis: SCAN frees each expired key that it comes by. Memcached: the crawler goes over all items. Credentials are \
      yours, as with clear.
      """)

  @OptionGroup var connection: ConnectionOptions

  @Option(help: "Which of the configuration's targets.")
  var target: String?

  func run() async throws {
    try await refusingWrongUsage { try await CommandLineTool.cleanup(connection.overrides, target: target) }
  }
}
