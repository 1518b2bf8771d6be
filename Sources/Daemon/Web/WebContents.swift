import HTTPServer

/// What all files of `web` together say.
struct WebContents: Sendable, Equatable {
  var identity: TLSIdentity?
  var rules = WebGate.Rules()

  /// Why a file, or what is said of one, can't be used.
  struct Problem: Error, Equatable {
    /// Under `web` in the configuration: `config_file`.
    let key: String
    let message: String
    /// Places in the file itself; empty where the file as a whole, or the configuration, is at fault.
    var places: [ConfigurationProblem] = []

    init(_ key: String, _ message: String, places: [ConfigurationProblem] = []) {
      (self.key, self.message, self.places) = (key, message, places)
    }

    /// One line, or one for each place. Never a password or a token.
    var sentence: String {
      places.isEmpty ? "web.\(key): \(message)" : places.map(\.description).joined(separator: "\n")
    }
  }

  /// A shorter token could be found out by trying.
  static let leastToken = 16

  /// Reads the files: a few small ones. Blocks. Throws the first problem.
  init(_ settings: WebSettings) throws(Problem) {
    if let file = settings.configFile { try take(file) }
    rules.token = try settings.bearerTokenFile.map { (file) throws(Problem) in
      try Self.token(file, "bearer_token_file")
    }
    rules.metricsToken = try settings.metricsTokenFile.map { (file) throws(Problem) in
      try Self.token(file, "metrics_token_file")
    }
    rules.metricsUsers = Set(settings.metricsUsers)
    for user in settings.metricsUsers where rules.users[user] == nil {
      let users = settings.configFile.map { "none of the basic_auth_users of \($0)" }
      throw Problem(
        "metrics_users",
        "\(quoted(user)) is \(users ?? "no user: users are named, with their passwords' hashes, by web.config_file")"
      )
    }
  }

  private mutating func take(_ file: String) throws(Problem) {
    let key = "config_file"
    let directory = file.lastIndex(of: "/").map { String(file[..<$0]) } ?? ""
    let bytes = try Self.bytes(file, key)
    let web: WebConfiguration
    do throws(ConfigurationErrors) {
      web = try WebConfiguration(bytes, file: file, directory: directory)
    } catch {
      throw Problem(key, "\(file) can't be used", places: error.problems)
    }
    rules.users = web.users
    rules.headers = web.headers
    if let files = web.tls { identity = try Self.identity(files, key) }
  }

  /// Throws where no server can prove itself with the identity. Takes some milliseconds.
  func checkIdentity() throws(Problem) {
    guard let identity else { return }
    do throws(HTTPServerError) { try HTTPServer.check(identity) } catch {
      throw Problem("config_file", error.description)
    }
  }

  private static func token(_ file: String, _ key: String) throws(Problem) -> [UInt8] {
    let text = trimmed(try text(file, key).filter { $0 != "\n" && $0 != "\r\n" })
    guard text.utf8.count >= leastToken else {
      throw Problem(
        key,
        "\(file) holds \(text.utf8.count) characters; a token has \(leastToken) at least, such as `openssl rand -hex 16` prints"
      )
    }
    return Array(text.utf8)
  }

  private static func identity(_ files: WebConfiguration.TLSFiles, _ key: String) throws(Problem) -> TLSIdentity {
    var identity = TLSIdentity(
      certificateChain: try text(files.certificate, key), privateKey: try text(files.key, key))
    if let path = files.clientAuthorities { identity.clientAuthorities = try text(path, key) }
    identity.clientCertificates = files.clientCertificates
    identity.minimumVersion = files.minimumVersion
    identity.maximumVersion = files.maximumVersion
    return identity
  }

  private static func text(_ path: String, _ key: String) throws(Problem) -> String {
    String(decoding: try bytes(path, key), as: UTF8.self)
  }

  private static func bytes(_ path: String, _ key: String) throws(Problem) -> [UInt8] {
    do throws(ConfigurationFileError) { return try readConfigurationFile(path) } catch {
      throw Problem(key, "\(path) \(error.reason)")
    }
  }
}
