import Collectors

extension ConfigurationReader {
  /// `{ clients: true, latency: false }`: what is not named stays as it is by default.
  mutating func collect(_ node: ConfigurationNode, _ path: String) -> Set<RedisFamilyChoice> {
    var chosen = RedisFamilyChoice.usual
    guard let fields = fields(node, path, known: RedisFamilyChoice.allCases.map(\.rawValue)) else { return chosen }
    for choice in RedisFamilyChoice.allCases {
      guard let isOn = value(choice.rawValue, of: fields, path, parseBoolean) else { continue }
      if isOn { chosen.insert(choice) } else { chosen.remove(choice) }
    }
    if chosen.contains(.clientPorts), !chosen.contains(.clients), let node = fields["client_ports"] {
      error(
        node.place, joined(path, "client_ports"), "has no effect without clients: true; write both, or remove it")
    }
    return chosen
  }
}
