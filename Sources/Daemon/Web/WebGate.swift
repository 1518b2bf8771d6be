import CCrypt
import HTTPServer
import Locked
import NIOPosix

/// Lets those pass who name a user with its password, or bear the token; all, where neither is asked for. Some users and another
/// token may be for metrics alone: with them everything else is forbidden.
///
/// A password's hash takes tens of milliseconds, on purpose: it is made on threads for such work, two at most at a time, and who
/// was right once is known by a keyed digest of what was sent. Comparisons take the same time whatever they are given.
final class WebGate: Sendable {
  /// What is asked for.
  struct Rules: Sendable, Equatable {
    var users: [String: String] = [:]
    /// Nil where none is asked for.
    var token: [UInt8]?
    /// For metrics alone; nil where there is none.
    var metricsToken: [UInt8]?
    /// Those of ``users`` who may ask for metrics alone.
    var metricsUsers: Set<String> = []
    var headers: [WebConfiguration.Header] = []

    /// Whether everybody may pass.
    var isOpen: Bool { users.isEmpty && token == nil && metricsToken == nil }
  }

  private struct State {
    var rules: Rules
    /// Digests of credentials that were right under the rules in force.
    var known: Set<UInt64> = []
    var underWay = 0
    var refused: Int64 = 0
  }

  /// How many right credentials are remembered; then all are forgotten.
  private static let mostKnown = 256
  /// How many hashes are made or waited for; beyond that a client is asked to come again.
  private static let mostUnderWay = 32
  /// For a user that there is none of, so that it takes as long.
  private static let nobody = "$2b$10$abcdefghijklmnopqrstuuNYVhuCzN8W/N3q6oBTpBoHaLLh6DgBG"

  private let state: Locked<State>
  private let threads = NIOThreadPool(numberOfThreads: 2)
  private let metricsPaths: Set<String>
  /// Another for each process: a digest tells nothing to who does not have it.
  private let key = (UInt64.random(in: .min ... .max), UInt64.random(in: .min ... .max))

  /// `metricsPaths` are those for whoever may ask for metrics alone.
  init(_ rules: Rules, metricsPaths: Set<String> = ["/metrics"]) {
    state = Locked(State(rules: rules))
    self.metricsPaths = metricsPaths
    threads.start()
  }

  deinit { threads.shutdownGracefully { _ in } }

  /// Other rules from now on.
  func replace(_ rules: Rules) {
    state.withLock {
      $0.rules = rules
      $0.known = []
    }
  }

  /// How many requests were refused.
  var refused: Int64 { state.withLock { $0.refused } }

  /// For the server.
  var gate: RequestGate {
    RequestGate(
      decide: { self.decide($0) }, headers: { self.state.withLock { $0.rules.headers }.map { ($0.name, $0.value) } }
    )
  }

  /// On the server's thread: without waiting.
  func decide(_ request: HTTPRequest) -> GateDecision {
    let rules = state.withLock { $0.rules }
    if rules.isOpen { return .admitted }
    guard let header = request.header("Authorization"), let space = header.firstIndex(of: " ") else {
      return refusal(rules)
    }
    let value = header[header.index(after: space)...].drop { $0 == " " }
    switch header[..<space].lowercased() {
    case "bearer":
      return bearer(Array(value.utf8), request, rules)
    case "basic":
      guard !rules.users.isEmpty, let (user, password) = Self.credentials(value) else { return refusal(rules) }
      if rules.metricsUsers.contains(user), !metricsPaths.contains(request.path) { return forbidden }
      return basic(user, password, rules)
    default: return refusal(rules)
    }
  }

  private func bearer(_ token: [UInt8], _ request: HTTPRequest, _ rules: Rules) -> GateDecision {
    // Both are compared, whatever comes of the first.
    let isWhole = rules.token.map { Self.areEqual(token, $0) } ?? false
    let isForMetrics = rules.metricsToken.map { Self.areEqual(token, $0) } ?? false
    if isWhole { return .admitted }
    guard isForMetrics else { return refusal(rules) }
    return metricsPaths.contains(request.path) ? .admitted : forbidden
  }

  private var forbidden: GateDecision {
    state.withLock { $0.refused += 1 }
    return .refused(.text(403, "403 Forbidden; these credentials are for metrics"))
  }

  private func basic(_ user: String, _ password: String, _ rules: Rules) -> GateDecision {
    let hash = rules.users[user]
    let digest = digest([user, password, hash ?? ""])
    let (isKnown, isBusy) = state.withLock { state in
      if hash != nil, state.known.contains(digest) { return (true, false) }
      guard state.underWay < Self.mostUnderWay else { return (false, true) }
      state.underWay += 1
      return (false, false)
    }
    if isKnown { return .admitted }
    if isBusy {
      return .refused(
        .text(503, "503 Service Unavailable; too many passwords to check", headers: [("Retry-After", "1")]))
    }
    return .undecided { [self] in
      let isRight = try? await threads.runIfActive {
        unsafe ccrypt_matches(password, hash ?? Self.nobody) == 1 && hash != nil
      }
      state.withLock { state in
        state.underWay -= 1
        guard isRight == true, state.rules.users[user] == hash else { return }
        if state.known.count >= Self.mostKnown { state.known = [] }
        state.known.insert(digest)
      }
      guard isRight == true else { return refusedAnswer(rules) }
      return nil
    }
  }

  private func refusal(_ rules: Rules) -> GateDecision { .refused(refusedAnswer(rules)) }

  private func refusedAnswer(_ rules: Rules) -> HTTPResponse {
    state.withLock { $0.refused += 1 }
    let schemes =
      (rules.users.isEmpty ? [] : ["Basic realm=\"cachegauge\", charset=\"UTF-8\""])
      + (rules.token == nil && rules.metricsToken == nil ? [] : ["Bearer realm=\"cachegauge\""])
    return .text(401, "401 Unauthorized", headers: schemes.map { ("WWW-Authenticate", $0) })
  }

  /// SipHash by the standard library, keyed with what only this process knows; its parts can't run into one another.
  private func digest(_ parts: [String]) -> UInt64 {
    var hasher = Hasher()
    hasher.combine(key.0)
    for part in parts { hasher.combine(part) }
    hasher.combine(key.1)
    return UInt64(bitPattern: Int64(hasher.finalize()))
  }

  /// Takes the same time for all of one length.
  static func areEqual(_ left: [UInt8], _ right: [UInt8]) -> Bool {
    guard left.count == right.count else { return false }
    var difference: UInt8 = 0
    for index in left.indices { difference |= left[index] ^ right[index] }
    return difference == 0
  }

  /// The user and password of Basic authentication; nil where there are none, or a zero byte that C would end at.
  static func credentials(_ text: some StringProtocol) -> (user: String, password: String)? {
    guard let bytes = decodeBase64(text), !bytes.contains(0), let plain = String(validating: bytes, as: UTF8.self),
      let colon = plain.firstIndex(of: ":")
    else { return nil }
    return (String(plain[..<colon]), String(plain[plain.index(after: colon)...]))
  }
}

/// RFC 4648 base64; nil for anything else. Padding may be missing.
func decodeBase64(_ text: some StringProtocol) -> [UInt8]? {
  var bytes: [UInt8] = []
  var bits: UInt32 = 0
  var count = 0
  var isPadded = false
  for byte in text.utf8 {
    if byte == UInt8(ascii: "=") {
      isPadded = true
      continue
    }
    guard !isPadded, let value = base64Value(byte) else { return nil }
    bits = bits << 6 | UInt32(value)
    count += 6
    guard count >= 8 else { continue }
    count -= 8
    bytes.append(UInt8(truncatingIfNeeded: bits >> UInt32(count)))
  }
  return bytes
}

private func base64Value(_ byte: UInt8) -> UInt8? {
  switch byte {
  case UInt8(ascii: "A")...UInt8(ascii: "Z"): byte - UInt8(ascii: "A")
  case UInt8(ascii: "a")...UInt8(ascii: "z"): byte - UInt8(ascii: "a") + 26
  case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0") + 52
  case UInt8(ascii: "+"), UInt8(ascii: "-"): 62
  case UInt8(ascii: "/"), UInt8(ascii: "_"): 63
  default: nil
  }
}
