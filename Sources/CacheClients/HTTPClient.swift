import CacheModel
import FoundationEssentials
public import NIOCore
import NIOHTTP1

/// What an HTTP server answered.
public struct HTTPAnswer: Sendable, Hashable {
  /// 200…599.
  public let status: Int
  /// The content, not decoded.
  public let content: [UInt8]
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
      head(.GET, path, [("Accept", accept)], authorization), content: nil, maximumBytes: maximumBytes,
      deadline: deadline)
  }

  /// One POST of some content; the parameters are those of a GET.
  public func post(
    _ path: String, content: [UInt8], headers: [(name: String, value: String)], authorization: String? = nil,
    maximumBytes: Int, deadline: ContinuousClock.Instant
  ) async throws(ClientError) -> HTTPAnswer {
    let length = [(name: "Content-Length", value: String(content.count))]
    return try await exchange(
      head(.POST, path, headers + length, authorization), content: content, maximumBytes: maximumBytes,
      deadline: deadline)
  }

  private func exchange(
    _ head: HTTPRequestHead, content: [UInt8]?, maximumBytes: Int, deadline: ContinuousClock.Instant
  ) async throws(ClientError) -> HTTPAnswer {
    let answered = executor.loop.makePromise(of: HTTPAnswer.self)
    let channel: any Channel
    do throws(ClientError) {
      channel = try await factory.open(within: TimeAmount(remaining: deadline)) { pipeline in
        try pipeline.addHTTPClientHandlers()
        try pipeline.addHandler(HTTPAnswerHandler(answered, maximumBytes: maximumBytes))
      }
    } catch {
      answered.fail(error)
      throw error
    }
    let timer = executor.loop.scheduleTask(in: max(.zero, TimeAmount(remaining: deadline))) {
      answered.fail(ClientError(.timeout, "no complete answer within the deadline"))
    }
    answered.futureResult.whenComplete { _ in
      timer.cancel()
      channel.close(promise: nil)
    }
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

/// Gathers one answer. Lives on its channel's event loop only.
private final class HTTPAnswerHandler: ChannelInboundHandler {
  typealias InboundIn = HTTPClientResponsePart

  private let answered: EventLoopPromise<HTTPAnswer>
  private let maximumBytes: Int
  private var status = 0
  private var retryAfter: String?
  private var content: [UInt8] = []

  init(_ answered: EventLoopPromise<HTTPAnswer>, maximumBytes: Int) {
    self.answered = answered
    self.maximumBytes = maximumBytes
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch unwrapInboundIn(data) {
    case .head(let head):
      status = Int(head.status.code)
      retryAfter = head.headers.first(name: "Retry-After")
      if let length = head.headers.first(name: "Content-Length").flatMap({ Int($0) }), length > maximumBytes {
        refuse("an answer of \(length) bytes is announced")
      }
    case .body(let buffer):
      guard content.count + buffer.readableBytes <= maximumBytes else { return refuse("the answer is longer") }
      content += buffer.readableBytesView
    case .end: answered.succeed(HTTPAnswer(status: status, content: content, retryAfter: retryAfter))
    }
  }

  private func refuse(_ what: String) {
    answered.fail(ClientError(.replyTooLarge, "\(what); the limit is \(maximumBytes)"))
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    answered.fail(ClientError(classifying: error))
  }

  func channelInactive(context: ChannelHandlerContext) {
    answered.fail(ClientError(.closedByPeer, "the server closed the connection before its answer was complete"))
    context.fireChannelInactive()
  }
}
