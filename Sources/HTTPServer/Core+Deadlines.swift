import Locked
import Glibc
import Synchronization

/// POLLRDHUP, which Glibc's module leaves out.
private let pollReadHangUp: Int16 = 0x2000

/// What the sweeper and `stop` do, from threads of their own.
extension Core {
  /// Ends what is overdue: a slow handler with 504, everything else by shutting the socket down, which the server's
  /// thread notices as a client that left. Linear in the number of connections.
  func sweep(now: UInt64) {
    // Under the lock, because it keeps each descriptor from being closed and reused meanwhile.
    let overdue = connections.withLock { connections in
      var overdue: [DeferredAnswer] = []
      for connection in connections.values where expire(connection, now: now) {
        if let answer = connection.deferred.withLock({ $0 }) {
          overdue.append(answer)
        } else {
          counters.withLock { $0.cut += 1 }
          shutdown(connection.descriptor, Int32(SHUT_RDWR))
          connection.waiting.withLock { $0 }?.wake()
        }
      }
      return overdue
    }
    for answer in overdue { answer.complete(with: StandardResponses.handlerTimeout) }
  }

  /// libmicrohttpd 0.9.75 misses an end that arrives together with other bytes, because epoll tells it once, and would
  /// keep the connection until a timeout. For a client that has sent its end, `SHUT_RD` changes nothing but makes epoll
  /// tell it again; answers still go out. Linear in the number of connections.
  func noticeEnds() {
    connections.withLock { connections in
      var entries = connections.keys.map { pollfd(fd: $0, events: pollReadHangUp, revents: 0) }
      guard unsafe poll(&entries, nfds_t(entries.count), 0) > 0 else { return }
      for entry in entries where entry.revents & pollReadHangUp != 0 {
        guard let connection = connections[entry.fd], !connection.isEndNoticed else { continue }
        connection.isEndNoticed = true
        shutdown(entry.fd, Int32(SHUT_RD))
      }
    }
  }

  /// While every place is taken, some connections make room for whoever waits in the kernel's queue: of those that have been idle, or
  /// at sending their headers, for a quarter of a second, and those that have not read an answer within two seconds, the oldest, an
  /// eighth of all places at a time. A kept connection may be closed at any time, so an honest client connects anew; streams of events,
  /// and requests that the server works on, stay. Linear in the number of connections.
  func makeRoom(now: UInt64) {
    let maximum = Int(configuration.maximumConnections)
    connections.withLock { connections in
      guard connections.count >= maximum else { return }
      let able = connections.values.compactMap { connection in
        useless(connection, now: now).map { (since: $0.since, end: $0.end, descriptor: connection.descriptor) }
      }
      for connection in able.sorted(by: { $0.since < $1.since }).prefix(max(1, maximum / 8)) {
        counters.withLock { $0.evicted += 1 }
        shutdown(connection.descriptor, connection.end)
      }
    }
  }

  /// Since when a connection holds its place for nothing, where that is long enough to lose it to another, and how it ends: an idle one
  /// so that a request which has just arrived is still answered.
  private func useless(_ connection: Connection, now: UInt64) -> (since: UInt64, end: Int32)? {
    let isIdle =
      !connection.isBusy.load(ordering: .sequentiallyConsistent)
      || connection.isReceivingHeaders.load(ordering: .sequentiallyConsistent)
    if isIdle {
      let since = connection.idleSince.load(ordering: .sequentiallyConsistent)
      return now > since + 250_000_000 ? (since, Int32(SHUT_RD)) : nil
    }
    let answered = connection.answeredAt.load(ordering: .sequentiallyConsistent)
    let isStream = connection.waiting.withLock { $0 } != nil
    return answered > 0 && now > answered + 2_000_000_000 && !isStream ? (answered, Int32(SHUT_RDWR)) : nil
  }

  /// Whether clients wait for a place, or would.
  var isFull: Bool { connections.withLock { $0.count >= Int(configuration.maximumConnections) } }

  /// True once for each deadline that passes.
  private func expire(_ connection: Connection, now: UInt64) -> Bool {
    let deadline = connection.deadline.load(ordering: .sequentiallyConsistent)
    guard deadline <= now else { return false }
    let exchange = connection.deadline.compareExchange(
      expected: deadline, desired: .max, ordering: .sequentiallyConsistent)
    return exchange.exchanged
  }

  /// From now on each connection ends with the request that it is busy with, the others at once; streams that wait end.
  func beginDrain() {
    isDraining.store(true, ordering: .sequentiallyConsistent)
    connections.withLock { connections in
      for connection in connections.values { connection.waiting.withLock { $0 }?.finish() }
      for connection in connections.values where !connection.isBusy.load(ordering: .sequentiallyConsistent) {
        shutdown(connection.descriptor, Int32(SHUT_RD))
      }
    }
  }

  /// Answers every suspended connection; libmicrohttpd aborts the process if one is left when it stops.
  func beginClose() {
    isDraining.store(true, ordering: .sequentiallyConsistent)
    isClosing.store(true, ordering: .sequentiallyConsistent)
    let connections = connections.withLock { Array($0.values) }
    for connection in connections {
      connection.deferred.withLock { $0 }?.complete(with: StandardResponses.shuttingDown)
      connection.waiting.withLock { $0 }?.finish()
    }
  }

  /// A request that has already arrived is still read and answered: `SHUT_RD` gives end of file only after it.
  func refuseFurtherRequestsIfDraining(_ connection: Connection) {
    if isDraining.load(ordering: .sequentiallyConsistent) { shutdown(connection.descriptor, Int32(SHUT_RD)) }
  }

  /// Whether a request is under way. Linear in the number of connections.
  var isBusy: Bool {
    connections.withLock { $0.values.contains { $0.isBusy.load(ordering: .relaxed) } }
  }

  var openConnections: Int { connections.withLock { $0.count } }

  var statistics: HTTPServerStatistics {
    let open = openConnections
    return counters.withLock { $0.snapshot(openConnections: open) }
  }
}
