import HTTPServer

/// Who may ask and over what, in the format of Prometheus' exporter toolkit (`--web.config.file`).
struct WebConfiguration: Equatable {
  /// Files of a TLS server; nil for plain HTTP.
  struct TLSFiles: Equatable {
    var certificate = ""
    var key = ""
    var clientAuthorities: String?
    var clientCertificates = TLSIdentity.ClientCertificates.none
    var minimumVersion = TLSIdentity.Version.tls12
    var maximumVersion = TLSIdentity.Version.tls13
  }

  /// A header of an answer.
  struct Header: Equatable {
    var name: String
    var value: String
  }

  var tls: TLSFiles?
  /// Users by name, and their passwords as bcrypt hashes.
  var users: [String: String] = [:]
  /// Headers of every answer.
  var headers: [Header] = []

  /// A configuration that lets everybody pass over plain HTTP.
  init() {}
}

extension WebConfiguration {
  private static let headerNames = [
    "Content-Security-Policy", "Strict-Transport-Security", "X-Content-Type-Options", "X-Frame-Options",
    "X-XSS-Protection",
  ]
  private static let tlsKeys = [
    "cert_file", "key_file", "client_ca_file", "client_auth_type", "min_version", "max_version",
    "prefer_server_cipher_suites",
  ]
  /// What the toolkit knows and this program does not: refused rather than passed over, since it would protect.
  private static let foreign = Dictionary(
    uniqueKeysWithValues: ["cipher_suites", "curve_preferences", "client_allowed_sans", "cert", "key", "client_ca"]
      .map {
        ($0, "\($0) is not known to cachegauge; remove it, and bound the versions with min_version")
      })

  /// Reads the file's bytes; files that it names are relative to `directory`. An empty file asks for nothing, as there.
  init(_ bytes: [UInt8], file: String, directory: String) throws(ConfigurationErrors) {
    if bytes.allSatisfy({ $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\n") }) { return }
    let (tree, problems) = readTree(bytes, file: file)
    var reader = ConfigurationReader(file: file)
    reader.problems = problems
    if let tree, !tree.isNull {
      let known = ["tls_server_config", "http_server_config", "basic_auth_users"]
      let hints = [
        "rate_limit": "rate_limit is not known to cachegauge, which bounds connections by itself; remove it"
      ]
      let fields = reader.fields(tree, "", known: known, hints: hints) ?? [:]
      if let node = fields["tls_server_config"] { tls = Self.tls(node, directory, &reader) }
      if let node = fields["http_server_config"] { headers = Self.headers(node, &reader) }
      if let node = fields["basic_auth_users"], !node.isNull { users = Self.users(node, &reader) }
    }
    if reader.problems.contains(where: { $0.severity == .error }) {
      throw ConfigurationErrors(problems: reader.problems)
    }
  }

  private static func tls(_ node: ConfigurationNode, _ directory: String, _ reader: inout ConfigurationReader)
    -> TLSFiles?
  {
    let path = "tls_server_config"
    guard let fields = reader.fields(node, path, known: tlsKeys, hints: foreign) else { return nil }
    var files = TLSFiles()
    let place = { (text: String) in text.hasPrefix("/") || directory.isEmpty ? text : "\(directory)/\(text)" }
    files.certificate = reader.value("cert_file", of: fields, path, parseText).map(place) ?? ""
    files.key = reader.value("key_file", of: fields, path, parseText).map(place) ?? ""
    if files.certificate.isEmpty || files.key.isEmpty {
      reader.error(node.place, path, "wants both cert_file and key_file")
    }
    files.clientAuthorities = reader.value("client_ca_file", of: fields, path, parseText).map(place)
    files.clientCertificates = reader.value("client_auth_type", of: fields, path, clientCertificates) ?? .none
    files.minimumVersion = reader.value("min_version", of: fields, path, version) ?? .tls12
    files.maximumVersion = reader.value("max_version", of: fields, path, version) ?? .tls13
    if files.minimumVersion > files.maximumVersion {
      reader.error(node.place, path, "min_version is newer than max_version")
    }
    if files.clientCertificates != .none, files.clientAuthorities == nil {
      reader.error(node.place, path, "client_auth_type wants client_ca_file, whose certificates are taken")
    }
    if files.clientCertificates == .none, files.clientAuthorities != nil {
      reader.error(
        node.place, path, "client_ca_file wants client_auth_type: RequireAndVerifyClientCert, or it asks nobody")
    }
    return files
  }

  private static func clientCertificates(_ text: String) throws(ValueError) -> TLSIdentity.ClientCertificates {
    switch text {
    case "NoClientCert": return .none
    case "VerifyClientCertIfGiven": return .verifiedIfGiven
    case "RequireAndVerifyClientCert": return .required
    default:
      throw ValueError(
        "\(quoted(text)) is none of NoClientCert, VerifyClientCertIfGiven and RequireAndVerifyClientCert; a certificate that is "
          + "not verified proves nothing")
    }
  }

  private static func version(_ text: String) throws(ValueError) -> TLSIdentity.Version {
    switch text {
    case "TLS10": return .tls10
    case "TLS11": return .tls11
    case "TLS12": return .tls12
    case "TLS13": return .tls13
    default: throw ValueError("\(quoted(text)) is none of TLS10, TLS11, TLS12 and TLS13")
    }
  }

  private static func headers(_ node: ConfigurationNode, _ reader: inout ConfigurationReader) -> [Header] {
    let path = "http_server_config"
    let fields = reader.fields(node, path, known: ["http2", "headers"]) ?? [:]
    guard let node = fields["headers"], !node.isNull else { return [] }
    let given = reader.fields(node, joined(path, "headers"), known: headerNames) ?? [:]
    return headerNames.compactMap { name in
      reader.value(name, of: given, joined(path, "headers"), parseText)
        .map { Header(name: name, value: $0) }
    }
  }

  private static func users(_ node: ConfigurationNode, _ reader: inout ConfigurationReader) -> [String: String] {
    guard case .mapping(let entries) = node.value else {
      reader.error(
        node.place, "basic_auth_users", "is \(node.kindName), but a mapping of users to bcrypt hashes is wanted")
      return [:]
    }
    var users: [String: String] = [:]
    for entry in entries {
      let path = joined("basic_auth_users", entry.key)
      if let hash = reader.value(entry.value, path, bcryptHash) { users[entry.key] = hash }
    }
    return users
  }

  /// `$2y$10$…`, as htpasswd -B and the toolkit's documentation make it. The message does not repeat it.
  private static func bcryptHash(_ text: String) throws(ValueError) -> String {
    let parts = text.split(separator: "$", omittingEmptySubsequences: false)
    let isHash =
      parts.count == 4 && parts[0].isEmpty && ["2a", "2b", "2y"].contains(parts[1]) && parts[3].utf8.count == 53
      && Int(parts[2]).map { (4...16).contains($0) } == true
    guard isHash else {
      throw ValueError("is no bcrypt hash of cost 4 to 16, such as `htpasswd -nBC 10 USER` prints behind the colon")
    }
    return text
  }
}
