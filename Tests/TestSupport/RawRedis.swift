import Glibc
public import RESP

/// A blocking connection to a Redis server for tests: no deadline, no retry, no cleverness.
public final class RawRedis {
  private let descriptor: Int32
  private let decoder = RESPDecoder()

  /// Connects to a port of 127.0.0.1.
  public init(port: UInt16) throws {
    descriptor = try connectToLoopback(port: port)
  }

  deinit { Glibc.close(descriptor) }

  /// One command and its reply.
  @discardableResult
  public func call(_ words: String...) throws -> RESPValue {
    try pipeline([words])[0]
  }

  /// Commands in one write, and their replies.
  @discardableResult
  public func pipeline(_ commands: [[String]]) throws -> [RESPValue] {
    try pipeline(commands.map { RESPCommand($0.map { Array($0.utf8) }) })
  }

  /// The same with words of any bytes.
  public func pipeline(_ commands: [RESPCommand]) throws -> [RESPValue] {
    let bytes = commands.flatMap(\.encoded)
    var sent = 0
    while sent < bytes.count {
      let count = unsafe bytes.withUnsafeBytes { buffer in
        unsafe send(descriptor, buffer.baseAddress?.advanced(by: sent), bytes.count - sent, Int32(MSG_NOSIGNAL))
      }
      guard count > 0 else { throw ServerError("the connection broke while writing") }
      sent += count
    }
    return try commands.map { _ in try reply() }
  }

  /// The next reply, asked for or not.
  public func reply() throws -> RESPValue {
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while true {
      if let value = try decoder.next() { return value }
      let count = unsafe buffer.withUnsafeMutableBytes { unsafe read(descriptor, $0.baseAddress, $0.count) }
      guard count > 0 else { throw ServerError("the connection broke while reading") }
      decoder.feed(buffer.span.extracting(0..<count))
    }
  }

  /// One field of INFO as the server prints it; nil when there is none.
  public func info(_ field: String) throws -> String? {
    let text = try call("INFO", "everything").string ?? ""
    return text.split(whereSeparator: \.isNewline).first { $0.hasPrefix("\(field):") }
      .map { String($0.dropFirst(field.count + 1)) }
  }
}
