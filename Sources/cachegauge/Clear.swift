import ArgumentParser
import Daemon

struct Clear: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Remove keys of a cache, by namespace or pattern; without --yes, only count them.",
    discussion: """
      Namespaces are those of the configuration; its credentials are not used, since the daemon's may only read: give your \
      own in the URL, by --redis.user and --redis.password-file, or in REDIS_USER and REDIS_PASSWORD.
        cachegauge clear --config cachegauge.yml --namespace menu
        cachegauge clear redis://me:secret@cache:6379 --pattern 'menu:t7:*' --yes
      Keys are found by SCAN and removed by UNLINK, a batch at a time. Ctrl-C stops it; --resume goes on.
      Exit code: 0 done, 64 wrong usage, 130 stopped.
      """)

  @OptionGroup var connection: ConnectionOptions

  @Option(name: .long, parsing: .singleValue, help: "A namespace; several by giving it again.")
  var namespace: [String] = []

  @Option(name: .long, parsing: .singleValue, help: "A glob of keys, such as 'menu:*'; several by giving it again.")
  var pattern: [String] = []

  @Flag(help: "Every key of the database.")
  var all = false

  @Flag(help: "Remove them; otherwise their number and bytes are told.")
  var yes = false

  @Option(help: "Which of the configuration's targets.")
  var target: String?

  @Option(help: "Keys at a time, at most 10000.")
  var batch = 500

  @Option(help: "Go on where a run that was stopped said.")
  var resume = "0"

  func run() async throws {
    var request = ClearRequest()
    (request.namespaces, request.patterns, request.all, request.yes) = (namespace, pattern, all, yes)
    (request.target, request.batch, request.cursor) = (target, batch, resume)
    let status = try await refusingWrongUsage { [request] in
      try await CommandLineTool.clear(connection.overrides, request)
    }
    if status != 0 { throw ExitCode(status) }
  }
}
