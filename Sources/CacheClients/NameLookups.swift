import Glibc
import NIOConcurrencyHelpers
import NIOCore
import NIOPosix

/// Looks host names up, each on a thread of its own, so that a name server that does not answer holds up nobody but those who
/// ask for that name.
///
/// One lookup of a name at a time: who asks while it is under way waits for the same answer. Nothing is kept afterwards, so a
/// name that moves is followed at the next connection.
final class NameLookups: Sendable {
  /// Answers a name's addresses, in the order in which they are to be tried. Blocks for as long as it takes.
  typealias Lookup = @Sendable (_ host: String, _ port: Int) throws -> [SocketAddress]

  /// For the whole process, with the system's resolver.
  static let shared = NameLookups(lookup: systemLookup)

  /// The most lookups at once; where so many hang, others fail at once.
  static let limit = 64

  private struct Place: Hashable {
    let host: String
    let port: Int
  }

  private let underWay = NIOLockedValueBox<[Place: [EventLoopPromise<[SocketAddress]>]]>([:])
  private let lookup: Lookup

  init(lookup: @escaping Lookup) {
    self.lookup = lookup
  }

  /// The name's addresses; fails where it has none. Has no bound in time: the caller sets one.
  func addresses(of host: String, port: Int, on loop: any EventLoop) -> EventLoopFuture<[SocketAddress]> {
    let promise = loop.makePromise(of: [SocketAddress].self)
    let place = Place(host: host, port: port)
    let (isFirst, hasRoom) = underWay.withLockedValue { underWay in
      if underWay[place] != nil {
        underWay[place]?.append(promise)
        return (false, true)
      }
      guard underWay.count < Self.limit else { return (false, false) }
      underWay[place] = [promise]
      return (true, true)
    }
    if !hasRoom { promise.fail(NameWithoutAddress()) }
    if isFirst {
      let isStarted = detachThread { self.finish(place, with: Result { try self.lookup(place.host, place.port) }) }
      if !isStarted { finish(place, with: .failure(NameWithoutAddress())) }
    }
    return promise.futureResult
  }

  private func finish(_ place: Place, with result: Result<[SocketAddress], any Error>) {
    let waiting = underWay.withLockedValue { $0.removeValue(forKey: place) } ?? []
    for promise in waiting { promise.completeWith(result) }
  }

  private static let systemLookup: Lookup = { host, port in
    var hints = unsafe addrinfo()
    unsafe hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    var first: UnsafeMutablePointer<addrinfo>?
    guard unsafe getaddrinfo(host, String(port), &hints, &first) == 0 else {
      throw NameWithoutAddress()
    }
    defer { unsafe freeaddrinfo(first) }
    var addresses: [SocketAddress] = []
    var entry = unsafe first
    while let found = unsafe entry {
      if let address = unsafe SocketAddress(found.pointee, host: host) { addresses.append(address) }
      unsafe entry = unsafe found.pointee.ai_next
    }
    return addresses
  }
}

extension SocketAddress {
  /// The address of an entry of the system's resolver; nil for a family other than IPv4 and IPv6.
  fileprivate init?(_ entry: addrinfo, host: String) {
    guard let address = unsafe entry.ai_addr else { return nil }
    switch unsafe entry.ai_family {
    case AF_INET:
      let v4 = unsafe UnsafeRawPointer(address).loadUnaligned(as: sockaddr_in.self)
      self.init(v4, host: host)
    case AF_INET6:
      let v6 = unsafe UnsafeRawPointer(address).loadUnaligned(as: sockaddr_in6.self)
      self.init(v6, host: host)
    default: return nil
    }
  }
}

/// The resolver failed, or knows no address of the name.
struct NameWithoutAddress: Error {}

/// One connection's view of the lookups, as NIO asks for it: both families come from one lookup.
struct SharedResolver: Resolver, Sendable {
  let lookups: NameLookups
  let loop: any EventLoop

  func initiateAQuery(host: String, port: Int) -> EventLoopFuture<[SocketAddress]> {
    lookups.addresses(of: host, port: port, on: loop).map { $0.filter { $0.protocol == .inet } }
  }

  func initiateAAAAQuery(host: String, port: Int) -> EventLoopFuture<[SocketAddress]> {
    lookups.addresses(of: host, port: port, on: loop).map { $0.filter { $0.protocol == .inet6 } }
  }

  func cancelQueries() {}
}

/// A thread that nobody waits for; a call of the system's resolver can't be cut short. False when none is to be had.
private func detachThread(_ body: @escaping @Sendable () -> Void) -> Bool {
  final class Work {
    let body: @Sendable () -> Void
    init(_ body: @escaping @Sendable () -> Void) { self.body = body }
  }
  var thread = pthread_t()
  // The thread takes over the reference and releases it.
  let work = unsafe Unmanaged.passRetained(Work(body)).toOpaque()
  let status = unsafe pthread_create(
    &thread, nil,
    { argument in
      if let argument = unsafe argument { unsafe Unmanaged<Work>.fromOpaque(argument).takeRetainedValue().body() }
      return nil
    }, work)
  guard status == 0 else {
    unsafe Unmanaged<Work>.fromOpaque(work).release()
    return false
  }
  pthread_detach(thread)
  return true
}
