public import CacheModel
import Exposition

/// A receiver of Prometheus' remote write, and what is sent to it.
public struct RemoteWriteConfiguration: Sendable, Equatable {
  /// A header of each request; its value may be a secret.
  public struct Header: Sendable, Equatable {
    /// As HTTP has it.
    public var name: String
    /// Shown to nobody.
    public var value: Secret
  }

  /// Where it is and how to log in: `name`, `url`, `username`, `password`, `password_file` and `tls`, as with a target.
  public var receiver = TargetConfiguration(url: "")
  /// Between two looks at what is known; 1 s … 1 h, default 15 s.
  public var interval = Duration.seconds(15)
  /// For a request; 1 s … 5 min, default 30 s.
  public var timeout = Duration.seconds(30)
  /// The most bytes that wait, compressed; 1 MiB … 16 GiB, default 64 MiB.
  public var queue: Int64 = 64 << 20
  /// Labels of every series that has no label of that name itself; sorted by name.
  public var externalLabels: [Label] = []
  /// Sent with each request, such as `X-Scope-OrgID`.
  public var headers: [Header] = []

  /// Where receivers take samples, for messages.
  static let usualPaths =
    "Prometheus and VictoriaMetrics take /api/v1/write, Mimir /api/v1/push, Thanos /api/v1/receive"

  /// Sends nowhere yet.
  public init() {}
}

extension ConfigurationReader {
  private static let remoteWriteKeys = [
    "url", "name", "interval", "timeout", "queue", "external_labels", "headers", "username", "password",
    "password_file", "tls",
  ]
  /// What makes the request what it is.
  private static let ownHeaders = [
    "host", "content-length", "content-type", "content-encoding", "connection", "authorization", "user-agent",
    "x-prometheus-remote-write-version", "transfer-encoding",
  ]

  /// The file's `remote_write`.
  mutating func remoteWrite(_ node: ConfigurationNode) -> [RemoteWriteConfiguration] {
    guard let items = items(node, "remote_write", of: "receivers with their url") else { return [] }
    var all: [RemoteWriteConfiguration] = []
    for (index, item) in items.enumerated() {
      let path = "remote_write[\(index)]"
      guard let remote = remoteWrite(item, path) else { continue }
      if all.contains(where: { $0.receiver.identity.name == remote.receiver.identity.name }) {
        error(item.place, path, "has the name of another; give each a name of its own")
      }
      all.append(remote)
    }
    return all
  }

  private mutating func remoteWrite(_ node: ConfigurationNode, _ path: String) -> RemoteWriteConfiguration? {
    let hints = [
      "write_relabel_configs": "write_relabel_configs is not known to cachegauge; let the receiver relabel",
      "basic_auth": "write username and password_file here",
      "authorization": "write password_file here: without a username it is a bearer token",
      "tls_config": "unknown key \"tls_config\"; did you mean tls?",
      "remote_timeout": "unknown key \"remote_timeout\"; did you mean timeout?",
    ]
    guard let fields = fields(node, path, known: Self.remoteWriteKeys, hints: hints) else { return nil }
    var remote = RemoteWriteConfiguration()
    remote.receiver.name = value("name", of: fields, path, parseName)
    remote.receiver.username = value("username", of: fields, path, parseText)
    remote.receiver.password = value("password", of: fields, path, parseSecret)
    remote.receiver.passwordFile = value("password_file", of: fields, path, parseText)
    let url = value("url", of: fields, path, Self.receiverURL)
    if let url { adopt(url, into: &remote.receiver, path) }
    if let url, !url.namesPath, let origin = origins[joined(path, "url")] {
      warn(
        origin, joined(path, "url"),
        "has no path: \(RemoteWriteConfiguration.usualPaths); end it with / if the receiver takes samples there")
    }
    if fields["url"] == nil { error(node.place, path, "has no url") }
    checkCredentials(remote.receiver, fields, path)
    if let tls = fields["tls"] { remote.receiver.tls = self.tls(tls, joined(path, "tls"), url: url) }
    remote.interval =
      value("interval", of: fields, path, durations(in: .seconds(1) ... .seconds(3600))) ?? remote.interval
    remote.timeout =
      value("timeout", of: fields, path, durations(in: .seconds(1) ... .seconds(300))) ?? remote.timeout
    remote.queue = value("queue", of: fields, path, sizes(in: 1 << 20...16 << 30)) ?? remote.queue
    if let labels = fields["external_labels"] { remote.externalLabels = externalLabels(labels, path) }
    if let headers = fields["headers"] { remote.headers = self.headers(headers, path) }
    return url == nil ? nil : remote
  }

  private static func receiverURL(_ text: String) throws(ValueError) -> TargetURL {
    let example = "such as http://prometheus:9090/api/v1/write"
    guard let scheme = TargetURL.scheme(of: trimmed(text)) else {
      throw ValueError("has no scheme; write http:// or https:// in front of it, \(example)")
    }
    guard ["http", "https"].contains(scheme) else {
      let shown = TargetURL.shown(scheme: scheme)
      throw ValueError("\(shown) is no scheme of a receiver; write http:// or https://, \(example)")
    }
    return try TargetURL(parsing: text, allowsHTTP: true)
  }

  private static func headerValue(_ text: String) throws(ValueError) -> Secret { Secret(try parseText(text)) }

  private mutating func externalLabels(_ node: ConfigurationNode, _ path: String) -> [Label] {
    let path = joined(path, "external_labels")
    var labels: [Label] = []
    for entry in entries(node, path, of: "labels and their values") {
      guard isValidLabelName(entry.key) else {
        error(entry.place, joined(path, entry.key), "is no name of a label")
        continue
      }
      if let text = value(entry.value, joined(path, entry.key), parseText) { labels.append(Label(entry.key, text)) }
    }
    return labels.sorted { $0.name < $1.name }
  }

  private mutating func headers(_ node: ConfigurationNode, _ path: String) -> [RemoteWriteConfiguration.Header] {
    let path = joined(path, "headers")
    var headers: [RemoteWriteConfiguration.Header] = []
    for entry in entries(node, path, of: "headers and their values") {
      let isToken = entry.key.utf8.allSatisfy { byte in
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte) || byte == 0x2D
      }
      guard isToken, !entry.key.isEmpty, !Self.ownHeaders.contains(entry.key.lowercased()) else {
        error(entry.place, joined(path, entry.key), "is no header that may be given here")
        continue
      }
      if let value = value(entry.value, joined(path, entry.key), Self.headerValue) {
        headers.append(.init(name: entry.key, value: value))
      }
    }
    return headers
  }

  private mutating func entries(_ node: ConfigurationNode, _ path: String, of what: String)
    -> [ConfigurationEntry]
  {
    if case .mapping(let entries) = node.value { return entries }
    error(node.place, path, "is \(node.kindName), but a mapping of \(what) is wanted")
    return []
  }
}
