import Locked
import Glibc
import RESP
import TestSupport

@testable import Daemon

/// A blocking connection over a Unix socket.
final class SocketConnection: DemoConnection {
  private let descriptor: Int32
  private let decoder = Locked(RESPDecoder())

  init(_ path: String) throws {
    descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: path.utf8) }
    let isConnected = unsafe withUnsafeBytes(of: &address) { bytes in
      unsafe connect(descriptor, bytes.assumingMemoryBound(to: sockaddr.self).baseAddress, socklen_t(bytes.count))
        == 0
    }
    guard isConnected else {
      close(descriptor)
      throw ServerError("can't connect to \(path): errno \(errno)")
    }
  }

  deinit { close(descriptor) }

  func pipeline(_ commands: [[String]]) async throws -> [DemoReply] {
    try call(commands).map { DemoReply($0) }
  }

  func call(_ words: String...) throws -> RESPValue { try call([words]).first ?? .null }

  func call(_ commands: [[String]]) throws -> [RESPValue] {
    try decoder.withLock { decoder in
      let bytes = commands.flatMap { RESPCommand($0.map { Array($0.utf8) }).encoded }
      var sent = 0
      while sent < bytes.count {
        let count = unsafe bytes.withUnsafeBytes {
          unsafe send(descriptor, $0.baseAddress?.advanced(by: sent), bytes.count - sent, Int32(MSG_NOSIGNAL))
        }
        guard count > 0 else { throw ServerError("the connection broke while writing") }
        sent += count
      }
      var buffer = [UInt8](repeating: 0, count: 65_536)
      return try commands.map { _ in
        while true {
          if let value = try decoder.next() { return value }
          let count = unsafe buffer.withUnsafeMutableBytes { unsafe read(descriptor, $0.baseAddress, $0.count) }
          guard count > 0 else { throw ServerError("the connection broke while reading") }
          decoder.feed(buffer.span.extracting(0..<count))
        }
      }
    }
  }

  /// A number of INFO.
  func info(_ field: String) throws -> Int64? {
    let text = try call("INFO", "everything").string ?? ""
    let line = text.split(whereSeparator: \.isNewline).first { $0.hasPrefix("\(field):") }
    return line.flatMap { Int64($0.dropFirst(field.count + 1)) }
  }
}
