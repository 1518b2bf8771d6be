import CacheModel
import RESP

/// What a collector may know before it asks.
struct CollectorContext: Sendable {
  /// Numbers of the version of Redis that the server is or says that it is compatible with, most significant first;
  /// empty while unknown.
  var version: [Int] = []
  /// Whether INFO says that the server is part of a cluster.
  var isCluster = false
  /// Whether the server is a Sentinel.
  var isSentinel = false
  /// `redis`, `valkey`, …; nil while unknown.
  var software: String?
  /// As ``version``, of the software itself.
  var ownVersion: [Int] = []

  /// Whether the server is at least this version of Redis, or a relative that claims to be.
  func isAtLeast(_ major: Int, _ minor: Int = 0) -> Bool { Self.isAtLeast(version, major, minor) }

  /// Whether the software is at least of this version, whatever version of Redis it claims to be.
  func isOwnAtLeast(_ major: Int, _ minor: Int = 0) -> Bool { Self.isAtLeast(ownVersion, major, minor) }

  private static func isAtLeast(_ version: [Int], _ major: Int, _ minor: Int) -> Bool {
    guard let first = version.first else { return false }
    return (first, version.dropFirst().first ?? 0) >= (major, minor)
  }
}

/// One kind of question to the server, and what its replies mean. A value without sockets and clocks.
protocol RedisCollector: Sendable {
  /// The label `collector`.
  var name: String { get }
  var tier: CollectorTier { get }
  /// The commands of this poll; none when there is nothing to ask.
  mutating func commands(_ context: CollectorContext) -> [RESPCommand]
  /// As many replies as there were commands. Errors among them that the collector can do without are its own
  /// business; it throws what leaves it without a result.
  mutating func receive(_ replies: [RESPValue], into poll: inout RedisPoll) throws(CollectorFailure)
  /// More commands for the same poll, after what came; their replies come through ``receive(_:into:)`` again.
  mutating func followUp() -> [RESPCommand]
  /// Turns to another process of the server: it restarted, or another one answers at its address.
  mutating func serverChanged(_ change: ServerChange)
}

/// Another process than before answers.
struct ServerChange: Sendable {
  /// The identity of the one that answered before.
  let previous: UInt64
  /// Its own.
  let epoch: UInt64
  /// Whether it started after the last successful poll, so that all it has counted and logged is new.
  let isFresh: Bool
}

extension RedisCollector {
  mutating func followUp() -> [RESPCommand] { [] }
  mutating func serverChanged(_ change: ServerChange) {}
}

extension CollectorFailure {
  /// Classifies an error reply.
  init(_ error: RESPErrorReply, to command: String) {
    let message = error.message.lowercased()
    let cause: FailureCause =
      switch error.code {
      case "NOPERM": .permissionDenied
      case "LOADING": .loading
      case "BUSY": .busy
      case "MASTERDOWN": .masterDown
      default:
        if message.contains("unknown command") || message.contains("unknown subcommand") {
          .unknownCommand
        } else if message.contains("not allowed") || message.contains("disabled") {
          .permissionDenied
        } else {
          .serverError
        }
      }
    self.init(cause, "\(command): \(error.code)")
  }
}

extension RESPValue {
  /// This reply, unless it is an error.
  func orThrow(_ command: String) throws(CollectorFailure) -> RESPValue {
    if let error { throw CollectorFailure(error, to: command) }
    return self
  }

  /// The bytes of a bulk or simple string.
  func bytes(of command: String) throws(CollectorFailure) -> [UInt8] {
    switch try orThrow(command) {
    case .bulk(let bytes): return bytes
    case .simpleString(let text): return Array(text.utf8)
    default: throw CollectorFailure(.malformedReply, "\(command): no text")
    }
  }

  /// Names and values by turns, as a mapping is sent; what has no text for its name is left out. Nil for anything but an array.
  var pairs: [(name: String, value: RESPValue)]? {
    guard let elements = array else { return nil }
    return stride(from: 0, to: elements.count - 1, by: 2).compactMap { index in
      elements[index].string.map { ($0, elements[index + 1]) }
    }
  }

  /// ``pairs`` whose values are texts; of several of one name the last.
  var texts: [String: String]? {
    pairs.map { pairs in
      Dictionary(pairs.compactMap { pair in pair.value.string.map { (pair.name, $0) } }, uniquingKeysWith: { $1 })
    }
  }

  /// The elements of an array.
  func elements(of command: String) throws(CollectorFailure) -> [RESPValue] {
    guard case .array(let elements) = try orThrow(command) else {
      throw CollectorFailure(.malformedReply, "\(command): no array")
    }
    return elements
  }
}
