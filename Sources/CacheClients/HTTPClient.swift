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
    let head = head(path, accept: accept, authorization: authorization)
    channel.write(HTTPClientRequestPart.head(head), promise: nil)
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
    let password: String
    switch endpoint.password {
    case nil: return nil
    case .text(let text): password = text
    case .file(let path): password = try contentsOfPasswordFile(at: path)
    }
    guard let username = endpoint.username else { return "Bearer \(password)" }
    return Self.basicAuthorization(user: username, password: password)
  }

  /// The header's value for a user name and a password.
  public static func basicAuthorization(user: String, password: String) -> String {
    "Basic " + Data("\(user):\(password)".utf8).base64EncodedString()
  }

  private func head(_ path: String, accept: String, authorization: String?) -> HTTPRequestHead {
    var headers: HTTPHeaders = [
      "Host": authority, "Accept": accept, "User-Agent": "cachegauge", "Connection": "close",
    ]
    if let authorization { headers.add(name: "Authorization", value: authorization) }
    return HTTPRequestHead(version: .http1_1, method: .GET, uri: path, headers: headers)
  }
}

/// Gathers one answer. Lives on its channel's event loop only.
private final class HTTPAnswerHandler: ChannelInboundHandler {
  typealias InboundIn = HTTPClientResponsePart

  private let answered: EventLoopPromise<HTTPAnswer>
  private let maximumBytes: Int
  private var status = 0
  private var content: [UInt8] = []

  init(_ answered: EventLoopPromise<HTTPAnswer>, maximumBytes: Int) {
    self.answered = answered
    self.maximumBytes = maximumBytes
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch unwrapInboundIn(data) {
    case .head(let head):
      status = Int(head.status.code)
      if let length = head.headers.first(name: "Content-Length").flatMap({ Int($0) }), length > maximumBytes {
        refuse("an answer of \(length) bytes is announced")
      }
    case .body(let buffer):
      guard content.count + buffer.readableBytes <= maximumBytes else { return refuse("the answer is longer") }
      content += buffer.readableBytesView
    case .end: answered.succeed(HTTPAnswer(status: status, content: content))
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
