import CacheModel

/// Which places a scrape may ask for: `host:port`, with or without a scheme, where `*` stands for any run of characters
/// within one part of the host's name or address, or for any port.
///
/// It never reaches over a dot, so that `cache-*` is not `cache-1.elsewhere.example`. Matching is on the text alone:
/// nothing is looked up.
struct TargetPattern: Sendable, Hashable {
  /// As it was written.
  let text: String
  /// Of targets that name none themselves.
  let scheme: String
  private let labels: [Substring]
  /// Nil for any.
  private let port: UInt16?

  /// Reads a pattern; what it says of credentials is refused, since they have their own keys.
  init(parsing text: String) throws(ValueError) {
    let text = trimmed(text)
    self.text = text
    var rest = text[...]
    if let mark = text.firstRange(of: "://") { rest = text[mark.upperBound...] }
    // First, since the other messages repeat the text.
    guard !text.contains("@") else {
      throw ValueError("contains user information; write username and password_file beside targets")
    }
    scheme = TargetURL.scheme(of: text) ?? "redis"
    guard Self.schemes.contains(scheme) else {
      throw ValueError("\(quoted(text)) can't be asked for; known are \(Self.schemes.joined(separator: ", "))")
    }
    let (host, port) = try Self.parts(rest, of: text, defaultPort: scheme.hasPrefix("memcached") ? "11211" : "6379")
    let isPlain = host.unicodeScalars.allSatisfy {
      $0.value > 32 && $0.value < 127 && !"/?#[]".unicodeScalars.contains($0)
    }
    guard !host.isEmpty, isPlain else {
      throw ValueError("\(quoted(text)) is no host:port, such as cache-*.shop.internal:6379")
    }
    guard host.contains(where: { $0 != "*" && $0 != "." }) else {
      throw ValueError("\(quoted(text)) fits hosts of any name; write the part of the name that they share")
    }
    labels = canonicalHost(host).split(separator: ".", omittingEmptySubsequences: false).map { $0[...] }
    self.port = port
  }

  private static let schemes = ["redis", "rediss", "valkey", "valkeys", "memcached", "memcached+tls"]

  /// The host, and the port that it stands for.
  private static func parts(
    _ text: Substring, of whole: String, defaultPort: Substring
  ) throws(ValueError) -> (Substring, UInt16?) {
    var host = text
    var port = defaultPort
    if text.hasPrefix("["), let end = text.firstIndex(of: "]") {
      host = text[..<end].dropFirst()
      let after = text[end...].dropFirst()
      if after.hasPrefix(":") { port = after.dropFirst() }
    } else if let colon = text.lastIndex(of: ":") {
      host = text[..<colon]
      port = text[colon...].dropFirst()
    }
    if port == "*" { return (host, nil) }
    guard let number = UInt16(port), number > 0 else {
      throw ValueError("\(quoted(whole)) has no port in 1…65535 behind its colon, nor *")
    }
    return (host, number)
  }

  /// Whether it covers this place. `hasScheme` says whether the URL's scheme was written: then it must be of the pattern's kind,
  /// and encrypted as the pattern's is, so that nobody has a password sent in plain text.
  func matches(_ url: TargetURL, hasScheme: Bool) -> Bool {
    guard case .host(let host, let port) = url.place, url.masterName == nil else { return false }
    if hasScheme, url.isEncrypted != isEncrypted || url.kind != kind { return false }
    if kind == .memcached, url.database != nil { return false }
    if let wanted = self.port, wanted != port { return false }
    let given = host.split(separator: ".", omittingEmptySubsequences: false)
    return given.count == labels.count && zip(labels, given).allSatisfy { Self.fits($0.utf8, $1.utf8) }
  }

  private var isEncrypted: Bool { ["rediss", "valkeys", "memcached+tls"].contains(scheme) }

  private var kind: CacheKind { scheme.hasPrefix("memcached") ? .memcached : .redis }

  /// Whether `text` is `pattern` with its `*` filled in. Linear but for the last `*`, to which it goes back.
  static func fits(_ pattern: Substring.UTF8View, _ text: Substring.UTF8View) -> Bool {
    let (pattern, text) = (Array(pattern), Array(text))
    var (at, place) = (0, 0)
    var retry: (at: Int, place: Int)?
    while place < text.count {
      if at < pattern.count, pattern[at] == UInt8(ascii: "*") {
        retry = (at, place)
        at += 1
      } else if at < pattern.count, pattern[at] == text[place] {
        at += 1
        place += 1
      } else if let last = retry {
        retry = (last.at, last.place + 1)
        (at, place) = (last.at + 1, last.place + 1)
      } else {
        return false
      }
    }
    return pattern[at...].allSatisfy { $0 == UInt8(ascii: "*") }
  }
}
