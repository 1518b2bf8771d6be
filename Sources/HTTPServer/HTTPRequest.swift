/// One request, copied out of the connection: safe to keep and to pass between tasks.
public struct HTTPRequest: Sendable {
  /// As sent; methods are case-sensitive. `HEAD` reaches a `GET` route unchanged.
  public let method: String
  /// Percent-decoded, without the query; begins with `/`.
  public let path: String
  /// Form-decoded, in the order sent; a name may occur more than once, a name without `=` has the value "".
  public let query: [(name: String, value: String)]
  /// As sent, in order; bytes that are not UTF-8 are replaced. Use ``header(_:)`` to find one.
  public let headers: [(name: String, value: String)]
  /// At most ``HTTPServerConfiguration/maximumRequestBodyBytes``; empty if the client sent none.
  public let body: [UInt8]
  /// Numeric, without a port; empty where unknown.
  public let remoteAddress: String

  /// The first value of this name, or `nil`. Linear in the number of items.
  public func query(_ name: String) -> String? {
    query.first { $0.name == name }?.value
  }

  /// The items of a body of type `application/x-www-form-urlencoded`, in the order sent: empty for any other body, nil
  /// for one that can't be decoded. Decodes the body each time.
  public var form: [(name: String, value: String)]? {
    let type = header("Content-Type")?.split(separator: ";").first.map(String.init) ?? ""
    guard equalIgnoringASCIICase(type, "application/x-www-form-urlencoded") else { return [] }
    return try? queryItems(body.span, from: 0).map { (name: $0.name, value: $0.value) }
  }

  /// All lines of this name, joined by `, ` as RFC 9110 5.3 allows, or `nil`. The name's case does not matter.
  public func header(_ name: String) -> String? {
    var joined: String?
    for (candidate, value) in headers where equalIgnoringASCIICase(candidate, name) {
      joined = joined.map { "\($0), \(value)" } ?? value
    }
    return joined
  }

  init(
    method: String, target: RequestTarget, headers: [(name: String, value: String)], body: [UInt8],
    remoteAddress: String
  ) {
    self.method = method
    self.path = target.path
    self.query = target.query.map { (name: $0.name, value: $0.value) }
    self.headers = headers
    self.body = body
    self.remoteAddress = remoteAddress
  }

  /// For tests of routes without a socket; `nil` where a server would answer 400.
  public init?(
    _ method: String, _ target: String, headers: [(name: String, value: String)] = [], body: [UInt8] = []
  ) {
    guard let target = try? RequestTarget(Array(target.utf8).span) else { return nil }
    self.init(method: method, target: target, headers: headers, body: body, remoteAddress: "127.0.0.1")
  }
}

/// Letters outside ASCII compare exactly.
func equalIgnoringASCIICase(_ left: some StringProtocol, _ right: some StringProtocol) -> Bool {
  left.utf8.count == right.utf8.count && zip(left.utf8, right.utf8).allSatisfy { asciiLower($0) == asciiLower($1) }
}

private func asciiLower(_ byte: UInt8) -> UInt8 {
  byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z") ? byte | 0x20 : byte
}
