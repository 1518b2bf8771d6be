import CacheModel
import FoundationEssentials
public import NIOCore
import NIOHTTP1

/// What an HTTP server answered.
public struct HTTPAnswer: Sendable, Hashable {
  /// 200…599.
  public let status: Int
  /// The content, not decoded; of a POST's answer what has come of its beginning.
  public let content: [UInt8]
  /// Whether that is all of it.
  public let isWhole: Bool
  /// When to come again, as the server says it.
  public let retryAfter: String?
}

/// Asks one HTTP server. Each question has a connection of its own, since servers close kept ones when they please.
///
/// Redirections are not followed: credentials go where they were configured to go, and nowhere else.
public struct HTTPClient: Sendable {
  /// Where its sockets live.
  public let executor: EventLoopExecutor
  private let endpoint: CacheEndpoint
  private let factory: ChannelFactory
  private let authority: String

  /// A client; nothing is opened. One of the group's loops is the client's.
  public init(endpoint: CacheEndpoint, group: any EventLoopGroup) {
    self.endpoint = endpoint
    executor = EventLoopExecutor(group.next())
    factory = ChannelFactory(endpoint: endpoint, loop: executor.loop)
    authority =
      switch endpoint.address {
      case .host(let name, let port): hostAndPort(name, port)
      case .socket: "localhost"
      }
  }

  /// One GET of a path with its query.
  ///
  /// - Parameters:
  ///   - authorization: The header's value; nil for none.
  ///   - maximumBytes: More content fails the call with `reply_too_large`.
  ///   - deadline: For everything from name resolution to the last byte.
  public func get(
    _ path: String, accept: String, authorization: String? = nil, maximumBytes: Int,
    deadline: ContinuousClock.Instant
  ) async throws(ClientError) -> HTTPAnswer {
    try await exchange(
      head(.GET, path, [("Accept", accept)], authorization), content: nil, wanted: .everything(maximumBytes),
      deadline: deadline)
  }

  /// One POST of some content, whose answer is its status: success has no content, and of a failure's the beginning is kept, as far
  /// as it comes within a second.
  ///
  /// - Parameters:
  ///   - authorization: The header's value; nil for none.
  ///   - remarkBytes: Of a failure's content no more is kept.
  ///   - deadline: For everything from name resolution to the status.
  public func post(
    _ path: String, content: [UInt8], headers: [(name: String, value: String)], authorization: String? = nil,
    remarkBytes: Int, deadline: ContinuousClock.Instant
  ) async throws(ClientError) -> HTTPAnswer {
    let length = [(name: "Content-Length", value: String(content.count))]
    return try await exchange(
      head(.POST, path, headers + length, authorization), content: content, wanted: .verdict(remarkBytes),
      deadline: deadline)
  }

  private func exchange(
    _ head: HTTPRequestHead, content: [UInt8]?, wanted: WantedContent, deadline: ContinuousClock.Instant
  ) async throws(ClientError) -> HTTPAnswer {
    let answered = executor.loop.makePromise(of: HTTPAnswer.self)
    let channel: any Channel
    do throws(ClientError) {
      channel = try await factory.open(within: TimeAmount(remaining: deadline)) { pipeline in
        try pipeline.addHTTPClientHandlers()
        try pipeline.addHandler(HTTPAnswerHandler(answered, wanted, deadline: deadline))
      }
    } catch {
      answered.fail(error)
      throw error
    }
    answered.futureResult.whenComplete { _ in channel.close(promise: nil) }
    channel.write(HTTPClientRequestPart.head(head), promise: nil)
    if let content {
      channel.write(HTTPClientRequestPart.body(.byteBuffer(ByteBuffer(bytes: content))), promise: nil)
    }
    channel.writeAndFlush(HTTPClientRequestPart.end(nil), promise: nil)
    do {
      return try await withTaskCancellationHandler {
        try await answered.futureResult.get()
      } onCancel: {
        answered.fail(ClientError(.timeout, "the call was cancelled"))
      }
    } catch { throw await factory.explained(ClientError(classifying: error), deadline: deadline) }
  }

  /// The credentials of the endpoint as a header's value: user name and password are basic authentication, a password alone is a
  /// bearer token. A password file is read anew at each call.
  public func authorization() throws(ClientError) -> String? {
    guard let password = try endpoint.password?.text() else { return nil }
    guard let username = endpoint.username else { return "Bearer \(password)" }
    return Self.basicAuthorization(user: username, password: password)
  }

  /// The header's value for a user name and a password.
  public static func basicAuthorization(user: String, password: String) -> String {
    "Basic " + Data("\(user):\(password)".utf8).base64EncodedString()
  }

  private func head(
    _ method: HTTPMethod, _ path: String, _ more: [(name: String, value: String)], _ authorization: String?
  ) -> HTTPRequestHead {
    var headers: HTTPHeaders = ["Host": authority, "User-Agent": "cachegauge", "Connection": "close"]
    for header in more { headers.add(name: header.name, value: header.value) }
    if let authorization { headers.add(name: "Authorization", value: authorization) }
    return HTTPRequestHead(version: .http1_1, method: method, uri: path, headers: headers)
  }
}

/// What is waited for of an answer.
private enum WantedContent {
  /// All of its content; more than so many bytes is a failure.
  case everything(Int)
  /// The status, and so many bytes at most of what a failure says of itself.
  case verdict(Int)
}

/// Gathers one answer. Lives on its channel's event loop only.
private final class HTTPAnswerHandler: ChannelInboundHandler {
  typealias InboundIn = HTTPClientResponsePart

  /// How long a failure may take to explain itself.
  private static let patience = TimeAmount.seconds(1)

  private let answered: EventLoopPromise<HTTPAnswer>
  private let wanted: WantedContent
  private let deadline: ContinuousClock.Instant
  private var head: HTTPResponseHead?
  private var content: [UInt8] = []
  private var timers: [Scheduled<Void>] = []

  init(
    _ answered: EventLoopPromise<HTTPAnswer>, _ wanted: WantedContent, deadline: ContinuousClock.Instant
  ) {
    self.answered = answered
    self.wanted = wanted
    self.deadline = deadline
  }

  func handlerAdded(context: ChannelHandlerContext) {
    fail(
      ClientError(.timeout, "no complete answer within the deadline"), in: TimeAmount(remaining: deadline), context)
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch unwrapInboundIn(data) {
    case .head(let head): begin(head, context)
    case .body(let buffer): add(buffer)
    case .end: succeed(isWhole: true)
    }
  }

  private func fail(_ error: ClientError, in time: TimeAmount, _ context: ChannelHandlerContext) {
    timers.append(context.eventLoop.assumeIsolated().scheduleTask(in: max(.zero, time)) { self.fail(error) })
  }

  private func begin(_ head: HTTPResponseHead, _ context: ChannelHandlerContext) {
    self.head = head
    switch wanted {
    case .everything(let limit):
      if let length = head.headers.first(name: "Content-Length").flatMap({ Int($0) }), length > limit {
        refuse("an answer of \(length) bytes is announced", limit)
      }
    case .verdict:
      guard !(200...299).contains(head.status.code) else { return succeed(isWhole: false) }
      fail(ClientError(.timeout, "a failure did not explain itself in time"), in: Self.patience, context)
    }
  }

  private func add(_ buffer: ByteBuffer) {
    switch wanted {
    case .everything(let limit):
      guard content.count + buffer.readableBytes <= limit else { return refuse("the answer is longer", limit) }
      content += buffer.readableBytesView
    case .verdict(let limit):
      content += buffer.readableBytesView.prefix(limit - content.count)
      if content.count == limit { succeed(isWhole: false) }
    }
  }

  private func succeed(isWhole: Bool) {
    guard let head else { return }
    answered.succeed(
      HTTPAnswer(
        status: Int(head.status.code), content: content, isWhole: isWhole,
        retryAfter: head.headers.first(name: "Retry-After")))
  }

  private func refuse(_ what: String, _ limit: Int) {
    answered.fail(ClientError(.replyTooLarge, "\(what); the limit is \(limit)"))
  }

  /// A status that has come stands, whatever becomes of the rest.
  private func fail(_ error: ClientError) {
    if case .verdict = wanted { succeed(isWhole: false) }
    answered.fail(error)
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    fail(ClientError(classifying: error))
  }

  func channelInactive(context: ChannelHandlerContext) {
    fail(ClientError(.closedByPeer, "the server closed the connection before its answer was complete"))
    context.fireChannelInactive()
  }

  func handlerRemoved(context: ChannelHandlerContext) {
    for timer in timers { timer.cancel() }
  }
}
