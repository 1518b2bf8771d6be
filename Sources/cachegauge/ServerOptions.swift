import ArgumentParser
import Daemon

/// How a running cachegauge is reached, beside its URL: the options of every command that asks one.
struct ServerOptions: ParsableArguments {
  @Option(help: "For a proxy that asks for HTTP's basic authentication; or user:password@ in the URL.")
  var user: String?

  @Option(help: "The file that holds that user's password.")
  var passwordFile: String?

  @Option(help: "PEM certificates to trust instead of the system's, for https://.")
  var caFile: String?

  func access(to url: String) -> ServerAccess {
    ServerAccess(url: url, user: user, passwordFile: passwordFile, authorityFile: caFile)
  }
}
