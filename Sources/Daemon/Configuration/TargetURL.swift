import CacheModel
import Glibc

/// The parts of a target's URL that the configuration needs: to check it, to compare it and to show it without secrets.
///
/// CacheClients parses the same text again for connecting; this is no general URL parser.
struct TargetURL: Equatable {
  enum Place: Equatable {
    case host(String, port: UInt16)
    case socket(String)
  }

  /// Lower case.
  var scheme: String
  var username: String?
  var password: String?
  var place: Place
  var database: UInt32?
  /// For Sentinels: the name that they know the master by.
  var masterName: String?
  /// For Sentinels: where the others are.
  var otherPlaces: [Place] = []
  /// Of an endpoint: what is asked for there, with its query; empty for all others.
  var path = ""
  /// Of an endpoint: whether it says so itself; else ``path`` is `/`.
  var namesPath = false
  /// Whether something follows a `?` that has no meaning here.
  var hasQuery = false

  var isEncrypted: Bool { ["rediss", "valkeys", "memcached+tls", "sentinels", "https"].contains(scheme) }

  /// What would be its scheme with TLS.
  var encryptedScheme: String {
    switch kind {
    case .redis: "rediss"
    case .memcached: "memcached+tls"
    case .json: "https"
    }
  }

  /// What kind of cache is there.
  var kind: CacheKind {
    if scheme.hasPrefix("memcached") { return .memcached }
    return scheme.hasPrefix("http") ? .json : .redis
  }

  /// `host:port` or the socket's path: fit for people and logs. Of an endpoint, its path without the query too.
  var address: String {
    let all = ([place] + otherPlaces).map(\.description).joined(separator: ",") + path.prefix { $0 != "?" }
    return masterName.map { "\(all)/\($0)" } ?? all
  }

  /// Whether both name the same server and database, whatever the credentials.
  func isSamePlace(as other: TargetURL) -> Bool { isSameServer(as: other) && isSameProtocol(as: other) }

  /// Whether both are spoken to in the same way, whatever else their schemes tell.
  func isSameProtocol(as other: TargetURL) -> Bool { kind == other.kind && isEncrypted == other.isEncrypted }

  /// Whether both name the same server and database, whatever is spoken there.
  func isSameServer(as other: TargetURL) -> Bool {
    place.isSame(as: other.place) && path == other.path && masterName == other.masterName
      && (database ?? 0) == (other.database ?? 0)
  }

  /// As ``text``, for people: the query of an endpoint may hold a token, so that only the names in it are told.
  var shown: String {
    guard let mark = path.firstIndex(of: "?") else { return text }
    let query = path[path.index(after: mark)...].split(separator: "&").map { part in
      part.firstIndex(of: "=").map { "\(part[...$0])\(Secret.placeholder)" } ?? Secret.placeholder
    }
    var endpoint = self
    endpoint.path = "\(path[...mark])\(query.joined(separator: "&"))"
    return endpoint.text
  }

  /// The URL again, without credentials; of all but endpoints also without a query.
  var text: String {
    switch place {
    case .socket(let path): "\(scheme)://\(path)\(database.map { "?db=\($0)" } ?? "")"
    case .host where kind == .json: "\(scheme)://\(place)\(path)"
    case .host: "\(scheme)://\(hosts)\(database.map { "/\($0)" } ?? "")"
    }
  }

  /// As ``address``, but that a master's name is written as a URL has it.
  private var hosts: String {
    let all = ([place] + otherPlaces).map(\.description).joined(separator: ",")
    return masterName.map { "\(all)/\(percentEncoded($0))" } ?? all
  }

  /// Whether a mark without a letter of its own stands here: at the begin, or after punctuation.
  private static func hidesDelimiter(_ character: Character) -> Bool {
    guard let first = character.unicodeScalars.first else { return false }
    let isLetter = first.properties.isAlphabetic || first.properties.numericType != nil
    return first.properties.isGraphemeExtend || character.unicodeScalars.count > 1 && first.isASCII && !isLetter
  }

  /// The parts of a URL of whatever kind; nil for what is none.
  static func parse(_ text: String) -> TargetURL? {
    do throws(ValueError) { return try TargetURL(parsing: text, allowsHTTP: true) } catch { return nil }
  }
}

extension TargetURL {
  /// Reads `redis://[user[:password]@]host[:port][/database]`, `unix://[…@]/path[?db=database]`,
  /// `memcached://[…@]host[:port]`, `memcached+unix://[…@]/path` or a bare `host[:port]`; `http://[…@]host[:port][/path]` and
  /// `https://` where it `allowsHTTP`, which is where a mapping of the answer can be given.
  ///
  /// The messages never repeat the text, which may hold a password.
  init(parsing text: String, allowsHTTP: Bool = false) throws(ValueError) {
    let text = trimmed(text)
    guard !text.isEmpty else { throw ValueError("the URL is empty") }
    guard text.unicodeScalars.allSatisfy({ $0.value > 32 && $0.value != 127 }) else {
      throw ValueError("the URL contains a blank or a control character")
    }
    // It would be one character with the delimiter before it, and hide that.
    guard !text.contains(where: Self.hidesDelimiter) else {
      throw ValueError("the URL contains a combining mark where a letter belongs")
    }
    var rest = text[...]
    let given = Self.scheme(of: text)
    scheme = given ?? "redis"
    if let mark = text.firstRange(of: "://") { rest = text[mark.upperBound...] }
    let isEndpoint = allowsHTTP && ["http", "https"].contains(scheme)
    if isEndpoint {
      let start = rest.firstIndex { $0 == "/" || $0 == "?" } ?? rest.endIndex
      namesPath = rest[start...].hasPrefix("/")
      path = namesPath ? String(rest[start...]) : "/\(rest[start...])"
      rest = rest[..<start]
    } else {
      try Self.check(scheme: scheme, allowsHTTP: allowsHTTP)
    }
    if let mark = rest.firstIndex(of: "?") {
      let query = rest[rest.index(after: mark)...]
      rest = rest[..<mark]
      if scheme == "unix", query.hasPrefix("db="), let number = UInt32(query.dropFirst(3)) {
        database = number
      } else {
        hasQuery = true
      }
    }
    let isSocket = scheme == "unix" || scheme == "memcached+unix"
    let authorityEnd = isSocket ? rest.endIndex : (rest.firstIndex(of: "/") ?? rest.endIndex)
    if let mark = rest[..<authorityEnd].lastIndex(of: "@") {
      let user = rest[..<mark].split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
      if let name = user.first, !name.isEmpty { username = try percentDecoded(name) }
      if user.count == 2, !user[1].isEmpty { password = try percentDecoded(user[1]) }
      rest = rest[rest.index(after: mark)...]
    }
    if scheme.contains("sentinel") {
      scheme = scheme == "sentinel" || scheme == "redis+sentinel" ? "sentinel" : "sentinels"
      place = .socket("")
      try takeSentinels(rest)
      return
    }
    if isSocket {
      guard rest.hasPrefix("/") else {
        throw ValueError("a \(scheme):// URL needs an absolute path: \(scheme):///run/cache.sock")
      }
      place = .socket(String(rest))
      return
    }
    let slash = rest.firstIndex(of: "/") ?? rest.endIndex
    let isMemcached = scheme.hasPrefix("memcached")
    if isEndpoint {
      place = try Self.place(rest, defaultPort: scheme == "https" ? 443 : 80)
      return
    }
    place = try Self.place(rest[..<slash], defaultPort: isMemcached ? 11_211 : 6379)
    do throws(ValueError) { database = try Self.database(rest[slash...].dropFirst()) } catch {
      throw given != nil || !allowsHTTP
        ? error
        : ValueError(
          "\(error.message), as a Redis' has it; in front of an endpoint of statistics write http:// or https://")
    }
    if isMemcached, database != nil {
      throw ValueError("a Memcached server has no databases; end the URL at its port")
    }
  }

  /// What stands in front of `://`, in lower case; nil where nothing does.
  static func scheme(of text: String) -> String? {
    text.firstRange(of: "://").map { text[..<$0.lowerBound].lowercased() }
  }

  /// A scheme for a message; what can't be one may hold a password, and is not repeated.
  static func shown(scheme: String) -> String {
    let isPlain = scheme.utf8.allSatisfy { byte in
      (48...57).contains(byte) || (97...122).contains(byte) || "+-.".utf8.contains(byte)
    }
    return isPlain ? quoted(scheme) : "what stands in front of ://"
  }

  private static func check(scheme: String, allowsHTTP: Bool) throws(ValueError) {
    let known = [
      "redis", "rediss", "valkey", "valkeys", "unix", "sentinel", "sentinels", "memcached", "memcached+tls",
      "memcached+unix",
    ]
    if known.contains(scheme) || ["redis+sentinel", "rediss+sentinel"].contains(scheme) { return }
    if ["http", "https"].contains(scheme) {
      throw ValueError(
        "\(scheme):// is an endpoint of statistics: name it in a configuration file, where json says what is where")
    }
    if ["memcacheds", "memcache+tls"].contains(scheme) {
      throw ValueError("write memcached+tls:// for Memcached with TLS")
    }
    let endpoints = allowsHTTP ? ["http", "https"] : []
    let meant = nearest(to: scheme, among: known + endpoints).map { "; did you mean \($0)://?" } ?? ""
    throw ValueError(
      "\(shown(scheme: scheme)) is no scheme that is known here: redis, rediss (TLS), valkey, valkeys (TLS), unix, sentinel, "
        + "sentinels (TLS), memcached, memcached+tls or memcached+unix"
        + (allowsHTTP ? "; http or https for an endpoint of statistics" : "") + meant)
  }

  /// Reads `host:port,host:port/master-name/database`.
  private mutating func takeSentinels(_ text: Substring) throws(ValueError) {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count >= 2, !parts[1].isEmpty, parts.count <= 3 else {
      throw ValueError("a URL of Sentinels names the master: sentinel://host:26379,host:26379/master-name")
    }
    var places: [Place] = []
    for host in parts[0].split(separator: ",", omittingEmptySubsequences: false) {
      places.append(try Self.place(host, defaultPort: 26_379))
    }
    place = places[0]
    otherPlaces = Array(places.dropFirst())
    masterName = try percentDecoded(parts[1])
    database = try Self.database(parts.count == 3 ? parts[2] : "")
  }

  private static func place(_ text: Substring, defaultPort: UInt16 = 6379) throws(ValueError) -> Place {
    var host = text
    var port: Substring?
    if text.hasPrefix("[") {
      guard let end = text.firstIndex(of: "]") else { throw ValueError("the URL's [ has no ]") }
      host = text[text.index(after: text.startIndex)..<end]
      let after = text[text.index(after: end)...]
      guard after.isEmpty || after.hasPrefix(":") else { throw ValueError("the URL's ] is not followed by a port") }
      port = after.isEmpty ? nil : after.dropFirst()
    } else if let colon = text.firstIndex(of: ":") {
      host = text[..<colon]
      port = text[text.index(after: colon)...]
      guard port?.contains(":") == false else {
        throw ValueError(
          "the URL has more than one colon in its host; write an IPv6 address in brackets: [::1]:6379")
      }
    }
    guard !host.isEmpty else { throw ValueError("the URL has no host") }
    if host.utf8.allSatisfy({ $0 >= 48 && $0 <= 57 }) {
      throw ValueError(
        "the URL's host is a bare number; write a name or an address in front of the port: 127.0.0.1:6379")
    }
    guard let port else { return .host(canonicalHost(host), port: defaultPort) }
    guard let number = UInt16(port), number > 0 else { throw ValueError("the URL's port is no number in 1…65535") }
    return .host(canonicalHost(host), port: number)
  }

  private static func database(_ text: Substring) throws(ValueError) -> UInt32? {
    if text.isEmpty { return nil }
    guard let number = UInt32(text) else { throw ValueError("the URL's path is no database number, such as /0") }
    return number
  }
}

extension TargetURL.Place: CustomStringConvertible {
  /// `host:port`, with brackets around an IPv6 address, or the socket's path.
  var description: String {
    switch self {
    case .host(let host, let port): hostAndPort(host, port)
    case .socket(let path): path
    }
  }

  /// Whether both are one place as far as their texts tell: `localhost` is either address of the loopback.
  func isSame(as other: Self) -> Bool {
    guard case .host(let left, let port) = self, case .host(let right, port) = other else { return self == other }
    let loopback = ["127.0.0.1", "::1"]
    return left == right || left == "localhost" && loopback.contains(right)
      || right == "localhost" && loopback.contains(left)
  }
}

/// A name in lower case, an IPv6 address in its shortest spelling: so that two spellings of one are one.
func canonicalHost(_ host: Substring) -> String {
  var address = [UInt8](repeating: 0, count: 16)
  var text = [CChar](repeating: 0, count: 46)
  guard host.contains(":"), unsafe inet_pton(AF_INET6, String(host), &address) == 1,
    unsafe inet_ntop(AF_INET6, address, &text, socklen_t(text.count)) != nil
  else { return host.lowercased() }
  return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
}

/// The text with all but letters, digits and `-._~` written as `%40` and the like.
func percentEncoded(_ text: String) -> String {
  text.utf8.map { byte in
    let isPlain = (48...57).contains(byte) || (97...122).contains(byte | 0x20) || "-._~".utf8.contains(byte)
    return isPlain ? String(UnicodeScalar(byte)) : "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
  }.joined()
}

/// The text with `%40` and the like replaced by what they stand for.
func percentDecoded(_ text: Substring) throws(ValueError) -> String {
  var bytes: [UInt8] = []
  var rest = text.utf8
  while let byte = rest.popFirst() {
    guard byte == UInt8(ascii: "%") else {
      bytes.append(byte)
      continue
    }
    guard let high = rest.popFirst().flatMap(hexValue), let low = rest.popFirst().flatMap(hexValue) else {
      throw ValueError("the URL's user information has a % without two hexadecimal digits; write % itself as %25")
    }
    bytes.append(high << 4 | low)
  }
  guard let decoded = String(validating: bytes, as: UTF8.self) else {
    throw ValueError("the URL's user information is not UTF-8")
  }
  return decoded
}

private func hexValue(_ digit: UInt8) -> UInt8? {
  switch digit {
  case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
  case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
  case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - UInt8(ascii: "A") + 10
  default: nil
  }
}

extension ListenAddress {
  /// Reads `127.0.0.1:9121`, `[::1]:9121`, `localhost:9121`, or `:9121` for every interface.
  init(parsing text: String) throws(ValueError) {
    let text = trimmed(text)
    let example = "write 127.0.0.1:9121, [::1]:9121 or :9121"
    guard let colon = text.lastIndex(of: ":") else {
      let hint = UInt16(text) == nil ? "\(text.isEmpty ? "host" : text):9121" : ":\(text) or 127.0.0.1:\(text)"
      throw ValueError("\(quoted(text)) has no port; write \(hint)")
    }
    guard let port = UInt16(text[text.index(after: colon)...]) else {
      throw ValueError("\(quoted(text)) has no port in 0…65535; \(example)")
    }
    var host = text[..<colon]
    if host.hasPrefix("["), host.hasSuffix("]") {
      host = host.dropFirst().dropLast()
      guard host.contains(":") else {
        throw ValueError("\(quoted(text)) has no IPv6 address in its brackets; \(example)")
      }
    } else if host.contains(":") {
      throw ValueError("\(quoted(text)) needs brackets around its IPv6 address: [\(host)]:\(port)")
    }
    if host.contains("/") { throw ValueError("\(quoted(text)) is no address and port; \(example)") }
    self.init(host: host.isEmpty || host == "*" ? "::" : String(host), port: port)
  }
}
