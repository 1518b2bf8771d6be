/// Servers by their places, to find one that is listed twice in whatever spelling. Looking one up costs one hash, however
/// many there are.
struct ServerIndex: Sendable {
  private var servers: [String: [(name: String, url: TargetURL)]] = [:]

  /// Takes a server in, under the name of the target that watches it.
  mutating func insert(_ name: String, _ url: TargetURL) { servers[Self.key(url), default: []].append((name, url)) }

  /// The name of the first target whose server and database these are; nil where there is none.
  func name(at url: TargetURL) -> String? {
    servers[Self.key(url)]?.first { $0.url.isSameServer(as: url) }?.name
  }

  /// Equal for all spellings of one server. The loopback's addresses are not one server, but `localhost` is either.
  private static func key(_ url: TargetURL) -> String {
    let place =
      switch url.place {
      case .host("localhost", let port), .host("127.0.0.1", let port), .host("::1", let port): "localhost:\(port)"
      default: url.place.description
      }
    return "\(place) \(url.database ?? 0) \(url.masterName ?? "") \(url.path)"
  }
}
