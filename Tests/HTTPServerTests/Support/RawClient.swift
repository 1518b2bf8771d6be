import Dispatch
import Glibc

/// What a client read: status, headers in order, body.
struct RawResponse: Sendable {
  var statusLine = ""
  var headers: [(name: String, value: String)] = []
  var body: [UInt8] = []

  var status: Int { Int(statusLine.split(separator: " ").dropFirst().first ?? "") ?? 0 }
  var text: String { String(decoding: body, as: UTF8.self) }

  func header(_ name: String) -> String? {
    headers.first { $0.name.lowercased() == name.lowercased() }?.value
  }
}

enum ClientError: Error, Equatable {
  case system(String, Int32)
  /// The server closed before a whole response was there.
  case closed
  case malformed(String)
}

/// A blocking HTTP client by hand, so that a test decides each byte. Use it inside `onThread`.
struct RawClient: ~Copyable {
  private let descriptor: Int32
  private var buffer: [UInt8] = []
  private var isAmidResponse = false

  /// To 127.0.0.1, or ::1 with `v6`. Every read gives up after `timeout` seconds: a bound, not an expectation.
  init(port: UInt16, v6: Bool = false, timeout: Int = 20, receiveBuffer: Int32? = nil) throws {
    descriptor = socket(v6 ? AF_INET6 : AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    var limit = timeval(tv_sec: timeout, tv_usec: 0)
    let limitSize = socklen_t(MemoryLayout<timeval>.size)
    unsafe setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, limitSize)
    unsafe setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, limitSize)
    var one: Int32 = 1
    unsafe setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &one, 4)
    if var size = receiveBuffer { unsafe setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &size, 4) }
    let status = v6 ? connectV6(port) : connectV4(port)
    if status != 0 { throw ClientError.system("connect", errno) }
  }

  deinit { close(descriptor) }

  private func connectV4(_ port: UInt16) -> Int32 {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    return unsafe withUnsafePointer(to: &address) { pointer in
      unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        unsafe connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
  }

  private func connectV6(_ port: UInt16) -> Int32 {
    var address = sockaddr_in6()
    address.sin6_family = sa_family_t(AF_INET6)
    address.sin6_port = port.bigEndian
    address.sin6_addr = in6addr_loopback
    return unsafe withUnsafePointer(to: &address) { pointer in
      unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        unsafe connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in6>.size))
      }
    }
  }

  func send(_ text: String) throws { try send(Array(text.utf8)) }

  func send(_ bytes: [UInt8]) throws {
    var sent = 0
    while sent < bytes.count {
      let count = unsafe bytes.withUnsafeBytes { buffer in
        unsafe Glibc.send(
          descriptor, buffer.baseAddress?.advanced(by: sent), buffer.count - sent, Int32(MSG_NOSIGNAL))
      }
      guard count > 0 else { throw ClientError.system("send", errno) }
      sent += count
    }
  }

  /// Part of an answer was read and the rest never came.
  var hasUnreadBytes: Bool { !buffer.isEmpty || isAmidResponse }

  func finishSending() { shutdown(descriptor, Int32(SHUT_WR)) }

  /// False at the end of the stream.
  private mutating func fill() throws -> Bool {
    var chunk = [UInt8](repeating: 0, count: 65536)
    let count = unsafe recv(descriptor, &chunk, chunk.count, 0)
    guard count >= 0 else { throw ClientError.system("recv", errno) }
    buffer.append(contentsOf: chunk[..<count])
    return count > 0
  }

  private mutating func line() throws -> String {
    while true {
      if let end = buffer.firstIndex(of: UInt8(ascii: "\n")) {
        let line = buffer[..<end].filter { $0 != UInt8(ascii: "\r") }
        buffer.removeSubrange(...end)
        return String(decoding: line, as: UTF8.self)
      }
      guard try fill() else { throw ClientError.closed }
    }
  }

  /// One response; without a body for HEAD. Needs a Content-Length unless the status has no body.
  mutating func response(toHead: Bool = false) throws -> RawResponse {
    var response = RawResponse()
    response.statusLine = try line()
    isAmidResponse = true
    while true {
      let field = try line()
      if field.isEmpty { break }
      guard let colon = field.firstIndex(of: ":") else { throw ClientError.malformed(field) }
      let value = field[field.index(after: colon)...].drop { $0 == " " }
      response.headers.append((String(field[..<colon]), String(value)))
    }
    if toHead || response.status == 204 || response.status == 304 {
      isAmidResponse = false
      return response
    }
    guard let length = response.header("Content-Length").flatMap(Int.init) else {
      throw ClientError.malformed("no Content-Length")
    }
    while buffer.count < length {
      guard try fill() else { throw ClientError.closed }
    }
    response.body = Array(buffer[..<length])
    buffer.removeFirst(length)
    isAmidResponse = false
    return response
  }

  mutating func get(_ target: String, headers: String = "") throws -> RawResponse {
    try send("GET \(target) HTTP/1.1\r\nHost: t\r\n\(headers)\r\n")
    return try response()
  }

  /// Whether the server has closed or reset the connection, waiting for that at most so many milliseconds. Only for
  /// connections on which no answer is due.
  func isClosed(within milliseconds: Int32) -> Bool {
    var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    return unsafe poll(&entry, 1, milliseconds) > 0
  }

  /// Keeps the connection open without reading until the condition holds; false after a generous bound.
  func hold(until condition: () -> Bool) -> Bool {
    for _ in 0..<4000 {
      if condition() { return true }
      usleep(5000)
    }
    return false
  }

  /// What the server sends until it closes; a reset counts as a close.
  mutating func readToEnd() throws -> [UInt8] {
    do {
      while try fill() {}
    } catch ClientError.system("recv", ECONNRESET) {}
    return buffer
  }
}

/// Runs blocking code on a thread of its own, so that the tests' cooperative threads stay free for the server's tasks.
func onThread<T: Sendable>(_ body: @escaping @Sendable () throws -> T) async throws -> T {
  try await withCheckedThrowingContinuation { continuation in
    DispatchQueue(label: "client").async { continuation.resume(with: Result { try body() }) }
  }
}

/// Waits until the condition holds; false after a generous bound.
func eventually(_ condition: @Sendable () -> Bool) async -> Bool {
  for _ in 0..<4000 {
    if condition() { return true }
    try? await Task.sleep(for: .milliseconds(5))
  }
  return condition()
}
