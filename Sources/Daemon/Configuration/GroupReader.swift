import CacheModel

/// Reads which targets stand for several servers: clusters, and what Sentinels watch.
extension ConfigurationReader {
  /// `cluster` and `sentinel` of a target.
  mutating func group(
    _ fields: [String: ConfigurationNode], into target: inout TargetConfiguration, _ path: String, url: TargetURL?
  ) {
    if let node = fields["cluster"] { cluster(node, into: &target, joined(path, "cluster")) }
    if target.isCluster, let url, url.masterName != nil || url.socketPath != nil {
      error(
        fields["cluster"]?.place ?? Place(line: 0, column: 0), joined(path, "cluster"),
        "needs the URL of a node: redis://host:port")
    }
    guard let node = fields["sentinel"] else { return }
    let path = joined(path, "sentinel")
    if let url, url.masterName == nil {
      error(node.place, path, "has no effect without a url of Sentinels: sentinel://host:26379/master-name")
    }
    guard let login = self.fields(node, path, known: ["username", "password", "password_file"]) else { return }
    target.sentinel.username = value("username", of: login, path, parseText)
    target.sentinel.password = value("password", of: login, path, parseSecret)
    target.sentinel.passwordFile = value("password_file", of: login, path, parseText)
  }

  private mutating func cluster(_ node: ConfigurationNode, into target: inout TargetConfiguration, _ path: String) {
    if case .scalar = node.value {
      target.isCluster = value(node, path, parseBoolean) ?? false
      return
    }
    guard let fields = fields(node, path, known: ["seeds"]), let seeds = fields["seeds"] else {
      error(node.place, path, "is true, or has seeds: further nodes to ask")
      return
    }
    target.isCluster = true
    let path = joined(path, "seeds")
    target.seeds = (items(seeds, path, of: "URLs") ?? []).enumerated().compactMap { index, item in
      value(item, "\(path)[\(index)]", Self.seed)
    }
  }

  private static func seed(_ text: String) throws(ValueError) -> String {
    let url = try TargetURL(parsing: text)
    guard url.username == nil, url.password == nil else {
      throw ValueError("has credentials; all nodes of a cluster are logged in to as the target says")
    }
    guard url.socketPath == nil, url.masterName == nil else {
      throw ValueError("is no node: write redis://host:port")
    }
    guard url.kind == .redis else {
      throw ValueError("is a Memcached server, which is no part of a cluster: write redis://host:port")
    }
    return url.text
  }
}

extension TargetURL {
  /// The path of a Unix socket; nil for a host.
  var socketPath: String? { if case .socket(let path) = place { path } else { nil } }
}
