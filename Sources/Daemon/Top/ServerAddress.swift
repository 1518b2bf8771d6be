import CacheClients
import CacheModel
import Glibc
import NIOPosix

/// How a running cachegauge is reached, as it is written on the command line.
public struct ServerAccess: Sendable {
  /// `http://host:port`, `https://user:password@host/path` or `host:port`.
  public var url: String
  /// For HTTP's basic authentication; nil for the one in ``url``.
  public var user: String?
  /// The file that holds the password; nil for the password in ``url``.
  public var passwordFile: String?
  /// PEM certificates that are trusted instead of the system's.
  public var authorityFile: String?

  /// What is nil isn't given.
  public init(url: String, user: String? = nil, passwordFile: String? = nil, authorityFile: String? = nil) {
    (self.url, self.user, self.passwordFile, self.authorityFile) = (url, user, passwordFile, authorityFile)
  }
}

/// Where a running cachegauge serves, with a path in front of its own if a proxy adds one.
struct ServerAddress: Sendable {
  let host: String
  let port: Int
  let prefix: String
  /// Nil without encryption.
  let tls: TLSSettings?
  /// The header `Authorization`; nil without credentials.
  let authorization: String?

  /// Reads `http://127.0.0.1:9121`, `https://[::1]/cachegauge/` or `host:9121`; throws a ``UsageError`` otherwise, in which no
  /// password is repeated.
  init(_ access: ServerAccess) throws {
    var rest = access.url[...]
    let scheme = TargetURL.scheme(of: access.url) ?? "http"
    if let mark = rest.firstRange(of: "://") { rest = rest[mark.upperBound...] }
    guard ["http", "https"].contains(scheme) else {
      throw UsageError("--url: \(TargetURL.shown(scheme: scheme)) is not spoken; write http:// or https://")
    }
    guard !rest.contains("?"), !rest.contains("#") else {
      throw UsageError("--url: ends with the path; what follows a ? or # has no meaning here")
    }
    let place = rest.prefix { $0 != "/" }
    prefix = String(rest.dropFirst(place.count).reversed().drop { $0 == "/" }.reversed())
    let at = place.lastIndex(of: "@")
    let authority = at.map { place[place.index(after: $0)...] } ?? place
    let colon = authority.lastIndex(of: ":").flatMap { authority[$0...].contains("]") ? nil : $0 }
    let name = authority[..<(colon ?? authority.endIndex)]
    host = String(name.first == "[" ? name.dropFirst().dropLast() : name)
    let standard = scheme == "https" ? 443 : 80
    guard let port = colon.map({ Int(authority[authority.index(after: $0)...]) }) ?? standard, 1...65535 ~= port,
      !host.isEmpty
    else { throw UsageError("--url: '\(authority)' is no address such as http://127.0.0.1:9121") }
    self.port = port
    tls = scheme == "https" ? try Self.settings(access.authorityFile) : nil
    authorization = try Self.authorization(access, in: at.map { place[..<$0] })
  }

  private static func settings(_ authorityFile: String?) throws(UsageError) -> TLSSettings {
    if let authorityFile, unsafe access(authorityFile, R_OK) != 0 {
      throw UsageError("--ca-file: '\(authorityFile)' can't be read")
    }
    return TLSSettings(authorityFile: authorityFile)
  }

  private static func authorization(_ access: ServerAccess, in userInfo: Substring?) throws -> String? {
    let parts = userInfo?.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false) ?? []
    do {
      let user = try access.user ?? parts.first.map { try percentDecoded($0) }
      let password =
        try access.passwordFile.map { try contentsOfPasswordFile(at: $0) }
        ?? parts.dropFirst().first
        .map { try percentDecoded($0) }
      guard user != nil || password != nil else { return nil }
      return HTTPClient.basicAuthorization(user: user ?? "", password: password ?? "")
    } catch let error as ClientError {
      throw UsageError("--password-file: \(error.detail)")
    } catch {
      throw UsageError("--url: the name or the password before '@' is not percent-encoded as it must be")
    }
  }

  /// What a message may show: without credentials.
  var description: String { "\(tls == nil ? "http" : "https")://\(authority)\(prefix)" }

  var authority: String { hostAndPort(host, port) }
}

/// Why a running cachegauge could not be asked.
struct ServerUnreachable: Error, CustomStringConvertible {
  let description: String
}

extension ServerAddress {
  /// One GET over a connection of its own; the body of a 2xx or 503 answer, at most 64 MiB.
  func get(_ path: String, accept: String, within seconds: Int64 = 5) async throws(ServerUnreachable) -> [UInt8] {
    let client = HTTPClient(
      endpoint: CacheEndpoint(address: .host(host, port: port), tls: tls),
      group: MultiThreadedEventLoopGroup.singleton)
    let answer: HTTPAnswer
    do throws(ClientError) {
      answer = try await client.get(
        prefix + path, accept: accept, authorization: authorization, maximumBytes: 64 << 20,
        deadline: .now.advanced(by: .seconds(seconds)))
    } catch {
      throw ServerUnreachable(
        description: "no cachegauge answers at \(description)/: \(Self.advice(error, seconds))")
    }
    guard 200...299 ~= answer.status || answer.status == 503 else {
      let text = String(decoding: answer.content.prefix(300), as: UTF8.self).split(separator: "\n").first ?? ""
      throw ServerUnreachable(description: "\(description)\(path) answers \(answer.status): \(text)")
    }
    return answer.content
  }

  /// What went wrong in words for people, and what to do about it.
  private static func advice(_ error: ClientError, _ seconds: Int64) -> String {
    switch error.cause {
    case .refused: "nobody listens there; start it with `cachegauge serve`, or say with --url where it serves"
    case .nameResolution: "no such host is known; say with --url where it serves"
    case .timeout: "no whole answer within \(seconds) s; \(otherPort), and that no firewall is between"
    case .closedByPeer: "the connection ended before the answer was whole; \(otherPort)"
    case .protocolError: "what answers there does not speak HTTP; \(otherPort)"
    case .replyTooLarge: "the answer has no end; \(otherPort)"
    case .tlsFailure, .certificateUntrusted, .certificateExpired, .certificateNameMismatch,
      .clientCertificateRequired:
      "no TLS connection comes about (\(error.detail)); see that --url has the right scheme, http:// or https://"
    default: "\(error.detail); \(otherPort)"
    }
  }

  private static let otherPort = "see that --url names cachegauge's own port, 9121 unless told otherwise"
}
