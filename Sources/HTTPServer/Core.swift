import CMicrohttpd
import Glibc
import Locked
import Synchronization

/// What libmicrohttpd's callbacks share: the router, the counters and the open connections.
///
/// This file is what happens on the server's one thread. What other threads do (deadlines, draining) is in
/// `Core+Deadlines.swift`.
final class Core: Sendable {
  let configuration: HTTPServerConfiguration
  let router: Router
  let counters: Locked<StatisticsCounters>
  /// By descriptor. A connection is in here exactly as long as its descriptor is open.
  let connections = Locked<[Int32: Connection]>([:])
  /// No further request on any connection; set once by `beginDrain`.
  let isDraining = Atomic(false)
  /// No further suspension; set once by `beginClose`.
  let isClosing = Atomic(false)
  private let limits: Limits

  /// Nanoseconds.
  private struct Limits {
    var request, handler, response, idle: UInt64
  }

  init(configuration: HTTPServerConfiguration, router: Router) {
    self.configuration = configuration
    self.router = router
    counters = Locked(StatisticsCounters(labels: router.labels))
    limits = Limits(
      request: configuration.requestDeadline.clampedNanoseconds,
      handler: configuration.handlerDeadline.clampedNanoseconds,
      response: configuration.responseDeadline.clampedNanoseconds,
      idle: UInt64(configuration.idleTimeout.wholeSecondsRoundedUp) * 1_000_000_000)
  }

  func opened(descriptor: Int32, remoteAddress: String) -> Connection {
    let connection = Connection(
      descriptor: descriptor, remoteAddress: remoteAddress, acceptedAt: monotonicNow(),
      deadline: monotonicNow(plus: limits.request))
    connections.withLock { $0[descriptor] = connection }
    counters.withLock { $0.accepted += 1 }
    refuseFurtherRequestsIfDraining(connection)
    return connection
  }

  /// libmicrohttpd closes the descriptor after this returns, so the sweeper cannot meet a reused one.
  func closed(_ connection: Connection) {
    _ = connections.withLock { $0.removeValue(forKey: connection.descriptor) }
  }

  func receivedRequestLine(_ target: Result<RequestTarget, RequestTargetError>, on connection: Connection) {
    // The first request has its deadline since the accept.
    if !connection.isFirstRequest { setDeadline(of: connection, after: limits.request) }
    connection.isFirstRequest = false
    connection.isBusy.store(true, ordering: .sequentiallyConsistent)
    connection.isReceivingHeaders.store(true, ordering: .sequentiallyConsistent)
    connection.exchange = Connection.Exchange(target: target, label: router.labels.count - 1)
  }

  /// Called once when the headers are there, then for each piece of body, then once more; after a suspension again.
  /// False closes the connection.
  func process(_ call: RequestCall, on connection: Connection) -> Bool {
    guard var exchange = connection.exchange.take() else {
      preconditionFailure("libmicrohttpd announces the request line before it calls the handler")
    }
    defer { connection.exchange = exchange }
    if exchange.isFirstCall { return beginRequest(call, on: connection, &exchange) }
    if call.pendingBytes > 0 { return receiveBody(call, &exchange) }
    if let answer = connection.deferred.withLock({ $0 }) {
      // Woken although nobody completed the answer: libmicrohttpd does that only while it stops.
      guard let response = answer.response else { return false }
      connection.deferred.withLock { $0 = nil }
      return queue(response, call, on: connection, &exchange)
    }
    return answer(call, on: connection, &exchange)
  }

  func completed(_ connection: Connection, wasSent: Bool) {
    let exchange = connection.exchange.take()
    exchange?.stream?.detach()
    connection.waiting.withLock { $0 = nil }
    counters.withLock { counters in
      if let bytes = exchange?.answeredBytes {
        counters.bodyBytes += wasSent ? UInt64(exchange?.stream?.count ?? bytes) : 0
      } else {
        counters.unanswered += 1
      }
    }
    // Silence is libmicrohttpd's to end; this ends a next request line that trickles in.
    setDeadline(of: connection, after: limits.idle &+ limits.request)
    connection.idleSince.store(monotonicNow(), ordering: .sequentiallyConsistent)
    connection.answeredAt.store(0, ordering: .sequentiallyConsistent)
    connection.isReceivingHeaders.store(false, ordering: .sequentiallyConsistent)
    connection.isBusy.store(false, ordering: .sequentiallyConsistent)
    refuseFurtherRequestsIfDraining(connection)
  }

  private func beginRequest(_ call: RequestCall, on connection: Connection, _ exchange: inout Connection.Exchange)
    -> Bool
  {
    exchange.isFirstCall = false
    exchange.method = call.method
    connection.isReceivingHeaders.store(false, ordering: .sequentiallyConsistent)
    guard !call.isAmbiguous else {
      return queue(StandardResponses.badRequest, call, on: connection, &exchange)
    }
    guard call.declaredBodyLength ?? 0 > configuration.maximumRequestBodyBytes else {
      // Answering in this call would make libmicrohttpd close the connection after the answer.
      return true
    }
    // Here that is right: the body is not worth reading.
    return queue(StandardResponses.contentTooLarge, call, on: connection, &exchange)
  }

  /// libmicrohttpd accepts an answer before or after the body, not amid it: a chunked body that turns out too long is
  /// read on for a while, so that a client that errs a little learns why, and cut beyond that.
  private func receiveBody(_ call: RequestCall, _ exchange: inout Connection.Exchange) -> Bool {
    exchange.receivedBytes += call.pendingBytes
    let excess = exchange.receivedBytes - configuration.maximumRequestBodyBytes
    call.takePendingBytes(into: &exchange.body, keeping: excess <= 0)
    return excess <= 64 * 1024
  }

  private func answer(_ call: RequestCall, on connection: Connection, _ exchange: inout Connection.Exchange) -> Bool
  {
    guard exchange.receivedBytes <= configuration.maximumRequestBodyBytes else {
      return queue(StandardResponses.contentTooLarge, call, on: connection, &exchange)
    }
    guard case .success(let target) = exchange.target else {
      return queue(StandardResponses.badRequest, call, on: connection, &exchange)
    }
    guard connection.isClientAccepted(configuration.tls, call) else {
      return queue(StandardResponses.certificateWanted, call, on: connection, &exchange)
    }
    let match = router.match(method: exchange.method, path: target.path)
    exchange.label = match.label
    let request = HTTPRequest(
      method: exchange.method, target: target, headers: call.headers, body: exchange.body,
      remoteAddress: connection.remoteAddress)
    switch configuration.gate?.decide(request) ?? .admitted {
    case .refused(let response): return queue(dressed(response), call, on: connection, &exchange)
    case .undecided(let decision):
      return later(call, connection, &exchange) {
        if let refusal = await decision() { return refusal }
        switch match.handler {
        case .immediate(let handler): return handler(request)
        case .deferred(let handler): return await handler(request)
        }
      }
    case .admitted: break
    }
    switch match.handler {
    case .immediate(let handler):
      return queue(dressed(handler(request)), call, on: connection, &exchange)
    case .deferred(let handler):
      return later(call, connection, &exchange) { await handler(request) }
    }
  }

  /// Answers when a task of its own has the response.
  private func later(
    _ call: RequestCall, _ connection: Connection, _ exchange: inout Connection.Exchange,
    _ response: @escaping @Sendable () async -> HTTPResponse
  ) -> Bool {
    guard let pending = suspend(call, connection) else {
      return queue(StandardResponses.shuttingDown, call, on: connection, &exchange)
    }
    pending.attach(Task { pending.complete(with: self.dressed(await response())) })
    return true
  }

  /// With the gate's headers.
  private func dressed(_ response: HTTPResponse) -> HTTPResponse {
    configuration.gate.map { response.adding($0.headers()) } ?? response
  }

  private func queue(
    _ response: HTTPResponse, _ call: RequestCall, on connection: Connection, _ exchange: inout Connection.Exchange
  ) -> Bool {
    guard call.queue(response) else { return false }
    exchange.answeredBytes = exchange.method == "HEAD" ? 0 : response.contentLength
    exchange.stream = response.stream
    if let stream = response.stream, stream.mayWait {
      connection.waiting.withLock { $0 = stream }
      // Either this sees that the server stops, or what stops it sees the stream.
      if isDraining.load(ordering: .sequentiallyConsistent) { stream.finish() }
    }
    connection.answeredAt.store(monotonicNow(), ordering: .sequentiallyConsistent)
    let label = exchange.label
    counters.withLock { $0.countRequest(label: label, status: response.status) }
    setDeadline(of: connection, after: response.deadline?.clampedNanoseconds ?? limits.response)
    return true
  }

  /// `nil` if the server is closing. Decided under the connection's lock: either `beginClose` finds the answer, or
  /// this finds that it has begun.
  private func suspend(_ call: RequestCall, _ connection: Connection) -> DeferredAnswer? {
    connection.deferred.withLock { deferred in
      guard !isClosing.load(ordering: .sequentiallyConsistent) else { return nil }
      setDeadline(of: connection, after: limits.handler)
      let answer = call.suspend()
      deferred = answer
      return answer
    }
  }

  private func setDeadline(of connection: Connection, after nanoseconds: UInt64) {
    connection.deadline.store(monotonicNow(plus: nanoseconds), ordering: .sequentiallyConsistent)
  }
}

/// Monotonic nanoseconds; does not advance while the machine sleeps.
func monotonicNow(plus nanoseconds: UInt64 = 0) -> UInt64 {
  var time = timespec()
  unsafe clock_gettime(CLOCK_MONOTONIC, &time)
  let now = UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
  let (sum, overflow) = now.addingReportingOverflow(nanoseconds)
  return overflow ? .max : sum
}
