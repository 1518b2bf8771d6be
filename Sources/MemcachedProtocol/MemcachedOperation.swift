/// Operations of Memcached's binary protocol that a monitor needs, by their codes.
enum MemcachedOperation: UInt8 {
  case version = 0x0B
  case statistics = 0x10
  case mechanisms = 0x20
  case login = 0x21
  /// None that a server has: it refuses what can't be said in this protocol.
  case unknown = 0xFF
}

extension MemcachedCommand {
  /// The bytes on the wire of the binary protocol. What has no counterpart there is a command that every server refuses.
  public var binary: [UInt8] {
    switch content {
    case .greeting: Self.packet(.mechanisms)
    case .login(let username, let password):
      Self.packet(.login, key: "PLAIN", value: [0] + Array(username.utf8) + [0] + Array(password.utf8))
    case .line("version"): Self.packet(.version)
    case .line("stats"): Self.packet(.statistics)
    case .line(let line) where line.hasPrefix("stats "):
      Self.packet(.statistics, key: String(line.dropFirst("stats ".count)))
    case .line, .store: Self.packet(.unknown)
    }
  }

  private static func packet(_ operation: MemcachedOperation, key: String = "", value: [UInt8] = []) -> [UInt8] {
    let key = Array(key.utf8)
    let body = key.count + value.count
    return [0x80, operation.rawValue, UInt8(key.count >> 8 & 0xFF), UInt8(key.count & 0xFF), 0, 0, 0, 0]
      + [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: body >> $0) } + [UInt8](repeating: 0, count: 12) + key
      + value
  }
}
