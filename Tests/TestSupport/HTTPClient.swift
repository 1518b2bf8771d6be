import Glibc

/// What an HTTP server answered.
public struct HTTPAnswer: Sendable {
  /// The status code.
  public let status: Int
  /// Names in lower case; of several with one name, the last.
  public let headers: [String: String]
  /// The content, as text.
  public let body: String
}

/// One GET over a connection of its own to 127.0.0.1. Blocks, at most ten seconds, or longer under a sanitizer.
public func get(_ path: String, port: UInt16, headers: [String: String] = [:], method: String = "GET") throws
  -> HTTPAnswer
{
  let descriptor = try connectToLoopback(port: port)
  defer { close(descriptor) }
  var timeout = timeval(tv_sec: Int(10 * slowness), tv_usec: 0)
  unsafe setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
  let lines = headers.map { "\($0.key): \($0.value)\r\n" }.joined()
  let request = Array("\(method) \(path) HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\(lines)\r\n".utf8)
  guard unsafe send(descriptor, request, request.count, Int32(MSG_NOSIGNAL)) == request.count else {
    throw ServerError("the request was not taken")
  }
  var bytes: [UInt8] = []
  var chunk = [UInt8](repeating: 0, count: 65_536)
  while case let count = unsafe read(descriptor, &chunk, chunk.count), count != 0 {
    guard count > 0 else { throw ServerError("no answer in time, or the connection broke: errno \(errno)") }
    bytes += chunk.prefix(count)
  }
  return try HTTPAnswer(parsing: bytes)
}

extension HTTPAnswer {
  fileprivate init(parsing bytes: [UInt8]) throws {
    guard let end = bytes.indices.dropLast(3).first(where: { Array(bytes[$0..<($0 + 4)]) == [13, 10, 13, 10] })
    else {
      throw ServerError("the answer has no end of headers")
    }
    let lines = String(decoding: bytes[..<end], as: UTF8.self).split(separator: "\r\n")
    let words = lines.first?.split(separator: " ") ?? []
    guard words.count > 1, let status = Int(words[1]) else { throw ServerError("the answer has no status") }
    let pairs = lines.dropFirst().compactMap { line -> (String, String)? in
      let parts = line.split(separator: ":", maxSplits: 1)
      return parts.count == 2 ? (parts[0].lowercased(), String(parts[1].drop { $0 == " " })) : nil
    }
    self.status = status
    headers = Dictionary(pairs, uniquingKeysWith: { $1 })
    let content = bytes[(end + 4)...]
    let isChunked = headers["transfer-encoding"] == "chunked"
    body = String(decoding: isChunked ? try Self.joined(content) : content, as: UTF8.self)
  }

  /// The content of all chunks; throws where the last one is missing.
  private static func joined(_ bytes: ArraySlice<UInt8>) throws -> ArraySlice<UInt8> {
    var rest = bytes
    var content: ArraySlice<UInt8> = []
    while let end = rest.firstIndex(of: UInt8(ascii: "\r")),
      let size = Int(String(decoding: rest[..<end], as: UTF8.self), radix: 16), rest.endIndex >= end + 4 + size
    {
      if size == 0 { return content }
      content += rest[(end + 2)..<(end + 2 + size)]
      rest = rest[(end + 4 + size)...]
    }
    throw ServerError("the answer was cut off")
  }
}

/// A connected socket of 127.0.0.1; the caller closes it.
public func connectToLoopback(port: UInt16) throws -> Int32 {
  let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
  var address = sockaddr_in()
  address.sin_family = sa_family_t(AF_INET)
  address.sin_port = port.bigEndian
  address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
  let connected = unsafe withUnsafeBytes(of: &address) { bytes in
    unsafe connect(descriptor, bytes.assumingMemoryBound(to: sockaddr.self).baseAddress, socklen_t(bytes.count))
  }
  guard connected == 0 else {
    let reason = errno
    close(descriptor)
    throw ServerError("can't connect to 127.0.0.1:\(port): errno \(reason)")
  }
  return descriptor
}
