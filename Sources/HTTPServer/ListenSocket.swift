// Both modules contain the socket headers; which of them owns `sockaddr` depends on the build.
import CMicrohttpd
import Glibc

/// A bound, listening, non-blocking, close-on-exec TCP socket; closes itself unless ``release()`` is called.
///
/// libmicrohttpd could open its own, but then it binds all interfaces or wants a `sockaddr`, and reports a used
/// port only by a missing daemon.
struct ListenSocket: ~Copyable {
  private let descriptor: Int32
  let port: UInt16

  /// Does not resolve names, so it does not block.
  init(address: String, port: UInt16, backlog: Int32 = 4096) throws(HTTPServerError) {
    let info = unsafe try numericAddress(address, port: port)
    defer { unsafe freeaddrinfo(info) }
    let entry = unsafe info.pointee
    let type = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
    let descriptor = unsafe socket(entry.ai_family, type, 0)
    guard descriptor >= 0 else {
      throw errno == EAFNOSUPPORT
        ? .addressFamilyNotSupported(address: address) : .systemCall(name: "socket", errno: errno)
    }
    do throws(HTTPServerError) {
      try setOption(descriptor, SOL_SOCKET, SO_REUSEADDR, 1)
      if unsafe entry.ai_family == AF_INET6 {
        try setOption(descriptor, Int32(IPPROTO_IPV6), IPV6_V6ONLY, 0)
      }
      guard unsafe bind(descriptor, entry.ai_addr, entry.ai_addrlen) == 0 else {
        throw bindError(errno, address: address, port: port)
      }
      guard listen(descriptor, backlog) == 0 else {
        // Two sockets with SO_REUSEADDR may both bind; only one may listen.
        throw bindError(errno, address: address, port: port)
      }
      self.port = try localPort(of: descriptor)
    } catch {
      close(descriptor)
      throw error
    }
    self.descriptor = descriptor
  }

  /// Another descriptor of a socket that listens already.
  init(copyOf listening: Int32, port: UInt16) throws(HTTPServerError) {
    let copy = fcntl(listening, F_DUPFD_CLOEXEC, 0)
    guard copy >= 0 else { throw .systemCall(name: "fcntl", errno: errno) }
    descriptor = copy
    self.port = port
  }

  /// Throws where this is no address in numbers, nor `localhost`. Opens nothing.
  static func check(_ address: String) throws(HTTPServerError) {
    unsafe freeaddrinfo(try numericAddress(address, port: 0))
  }

  deinit { close(descriptor) }

  /// From here on the caller closes the descriptor.
  consuming func release() -> Int32 {
    let released = descriptor
    discard self
    return released
  }
}

private func numericAddress(
  _ address: String, port: UInt16
) throws(HTTPServerError) -> UnsafeMutablePointer<addrinfo> {
  var host = address == "localhost" ? "127.0.0.1" : address
  if host.hasPrefix("["), host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
  var hints = unsafe addrinfo()
  unsafe hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE
  unsafe hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
  var result: UnsafeMutablePointer<addrinfo>?
  // An empty host would mean all interfaces: never by accident.
  guard !host.isEmpty, unsafe getaddrinfo(host, String(port), &hints, &result) == 0, let found = unsafe result
  else {
    throw .invalidAddress(address)
  }
  return unsafe found
}

private func setOption(
  _ descriptor: Int32, _ level: Int32, _ name: Int32, _ value: Int32
) throws(HTTPServerError) {
  var value = value
  guard unsafe setsockopt(descriptor, level, name, &value, socklen_t(MemoryLayout<Int32>.size)) == 0 else {
    throw .systemCall(name: "setsockopt", errno: errno)
  }
}

private func bindError(_ code: Int32, address: String, port: UInt16) -> HTTPServerError {
  switch code {
  case EADDRINUSE: .addressInUse(address: address, port: port)
  case EACCES, EPERM: .permissionDenied(address: address, port: port)
  case EADDRNOTAVAIL: .addressNotAvailable(address: address)
  case EAFNOSUPPORT: .addressFamilyNotSupported(address: address)
  default: .systemCall(name: "bind", errno: code)
  }
}

private func localPort(of descriptor: Int32) throws(HTTPServerError) -> UInt16 {
  var storage = sockaddr_storage()
  var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
  let status = unsafe withUnsafeMutablePointer(to: &storage) { pointer in
    unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
      unsafe getsockname(descriptor, address, &length)
    }
  }
  guard status == 0 else { throw .systemCall(name: "getsockname", errno: errno) }
  // sockaddr_in and sockaddr_in6 both have the port, in network order, right behind the family.
  return unsafe withUnsafeBytes(of: &storage) { bytes in
    UInt16(bigEndian: unsafe bytes.load(fromByteOffset: 2, as: UInt16.self))
  }
}

/// Numeric, without a port; `nil` for a family other than IPv4 and IPv6. An IPv4 client of a dual-stack socket
/// appears as `::ffff:1.2.3.4` to the kernel and as `1.2.3.4` here.
func numericHost(_ address: UnsafePointer<sockaddr>) -> String? {
  let length: socklen_t
  switch Int32(unsafe address.pointee.sa_family) {
  case AF_INET: length = socklen_t(MemoryLayout<sockaddr_in>.size)
  case AF_INET6: length = socklen_t(MemoryLayout<sockaddr_in6>.size)
  default: return nil
  }
  var host = [CChar](repeating: 0, count: 1025)
  guard unsafe getnameinfo(address, length, &host, socklen_t(host.count), nil, 0, NI_NUMERICHOST) == 0 else {
    return nil
  }
  let text = String(decoding: host.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  return text.hasPrefix("::ffff:") && text.contains(".") ? String(text.dropFirst(7)) : text
}
