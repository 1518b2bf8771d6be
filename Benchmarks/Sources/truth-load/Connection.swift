import Glibc

/// A blocking connection that writes many commands at once and tells only which of their values were null.
final class Connection {
  private let descriptor: Int32
  private var output: [UInt8] = []
  private var input = [UInt8](repeating: 0, count: 1 << 18)
  private var start = 0
  private var end = 0

  /// Connects to a port of 127.0.0.1.
  init(port: UInt16) throws {
    descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    let result = unsafe withUnsafePointer(to: &address) { pointer in
      unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        unsafe connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    guard result == 0 else { throw Broken("can't connect to port \(port)") }
  }

  deinit { close(descriptor) }

  /// Begins a command of so many words.
  func begin(_ words: Int) { append("*", words) }

  /// One of them.
  func add(_ word: [UInt8]) {
    append("$", word.count)
    output += word
    output += [13, 10]
  }

  private func append(_ kind: Unicode.Scalar, _ number: Int) {
    output.append(UInt8(ascii: kind))
    output += Array(String(number).utf8)
    output += [13, 10]
  }

  /// Sends what was added.
  func flush() throws {
    var sent = 0
    while sent < output.count {
      let count = unsafe output.withUnsafeBytes { bytes in
        unsafe send(descriptor, bytes.baseAddress?.advanced(by: sent), bytes.count - sent, Int32(MSG_NOSIGNAL))
      }
      guard count > 0 else { throw Broken("the connection broke while writing") }
      sent += count
    }
    output.removeAll(keepingCapacity: true)
  }

  /// Reads one reply and calls `value` for each value in it, saying whether there is one. Throws at an error.
  func reply(_ value: (Bool) -> Void) throws {
    let (kind, number) = try line()
    switch kind {
    case UInt8(ascii: "*"): for _ in 0..<max(0, number) { try reply(value) }
    case UInt8(ascii: "$"):
      if number >= 0 { try skip(number + 2) }
      value(number >= 0)
    case UInt8(ascii: "+"), UInt8(ascii: ":"): value(true)
    default: throw Broken("the server answers with an error")
    }
  }

  /// A line's first byte, and the number behind it; 0 where there is none.
  private func line() throws -> (UInt8, Int) {
    let kind = try byte()
    var number = 0
    var sign = 1
    while case let next = try byte(), next != 13 {
      if next == UInt8(ascii: "-") { sign = -1 }
      if next >= 0x30, next <= 0x39 { number = number &* 10 &+ Int(next - 0x30) }
    }
    _ = try byte()
    return (kind, sign * number)
  }

  private func byte() throws -> UInt8 {
    if start == end { try fill() }
    defer { start += 1 }
    return input[start]
  }

  private func skip(_ count: Int) throws {
    var left = count
    while left > 0 {
      if start == end { try fill() }
      let some = min(left, end - start)
      start += some
      left -= some
    }
  }

  private func fill() throws {
    let count = unsafe input.withUnsafeMutableBytes { unsafe recv(descriptor, $0.baseAddress, $0.count, 0) }
    guard count > 0 else { throw Broken("the connection broke while reading") }
    (start, end) = (0, count)
  }
}

/// Why the run ended early.
struct Broken: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}
