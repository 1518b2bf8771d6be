import NIOCore
import NIOHTTP1
import NIOPosix

/// Where a running cachegauge serves: `http://host:port`, with a path in front of its own if a proxy adds one.
public struct ServerAddress: Sendable {
  let host: String
  let port: Int
  let prefix: String

  /// Reads `http://127.0.0.1:9121`, `http://[::1]:9121/cachegauge/` or `host:9121`; throws a ``UsageError`` otherwise.
  public init(_ text: String) throws {
    var rest = text[...]
    if let scheme = rest.firstRange(of: "://") {
      guard rest[..<scheme.lowerBound] == "http" else {
        throw UsageError("--url: only http:// is spoken, not \(text)")
      }
      rest = rest[scheme.upperBound...]
    }
    let authority = rest.prefix { $0 != "/" }
    prefix = String(rest.dropFirst(authority.count).reversed().drop { $0 == "/" }.reversed())
    let colon = authority.lastIndex(of: ":").flatMap { authority[$0...].contains("]") ? nil : $0 }
    let name = authority[..<(colon ?? authority.endIndex)]
    host = String(name.first == "[" ? name.dropFirst().dropLast() : name)
    guard let port = colon.map({ Int(authority[authority.index(after: $0)...]) }) ?? 80, 1...65535 ~= port,
      !host.isEmpty, !host.contains("@")
    else { throw UsageError("--url: '\(text)' is no address such as http://127.0.0.1:9121") }
    self.port = port
  }

  var authority: String { (host.contains(":") ? "[\(host)]" : host) + ":\(port)" }
}

/// Why a running cachegauge could not be asked.
struct ServerUnreachable: Error, CustomStringConvertible {
  let description: String
}

extension ServerAddress {
  /// One GET over a connection of its own; the body of a 2xx or 503 answer, at most 64 MiB.
  func get(_ path: String, accept: String, within seconds: Int64 = 5) async throws(ServerUnreachable) -> [UInt8] {
    let answer: (status: Int, body: [UInt8])
    do {
      answer = try await fetch(path, accept, within: seconds)
    } catch {
      throw ServerUnreachable(description: "no cachegauge answers at http://\(authority)\(prefix)/ (\(error))")
    }
    guard 200...299 ~= answer.status || answer.status == 503 else {
      let text = String(decoding: answer.body.prefix(300), as: UTF8.self).split(separator: "\n").first ?? ""
      throw ServerUnreachable(description: "http://\(authority)\(prefix)\(path) answers \(answer.status): \(text)")
    }
    return answer.body
  }

  private func fetch(_ path: String, _ accept: String, within seconds: Int64) async throws -> (Int, [UInt8]) {
    let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .connectTimeout(.seconds(seconds))
      .connect(host: host, port: port) { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.addHTTPClientHandlers()
          return try NIOAsyncChannel<HTTPClientResponsePart, HTTPClientRequestPart>(
            wrappingChannelSynchronously: channel)
        }
      }
    // Closing is how the deadline ends the answer: it is incomplete then.
    let deadline = channel.channel.eventLoop.scheduleTask(in: .seconds(seconds)) {
      channel.channel.close(promise: nil)
    }
    defer { deadline.cancel() }
    return try await channel.executeThenClose { inbound, outbound in
      let headers: HTTPHeaders = ["Host": authority, "Accept": accept, "Connection": "close"]
      let head = HTTPRequestHead(version: .http1_1, method: .GET, uri: prefix + path, headers: headers)
      try await outbound.write(contentsOf: [.head(head), .end(nil)])
      var status = 0
      var body: [UInt8] = []
      for try await part in inbound {
        switch part {
        case .head(let head): status = Int(head.status.code)
        case .body(let buffer):
          body += Array(buffer.readableBytesView)
          guard body.count <= 64 << 20 else { throw ServerUnreachable(description: "the answer has no end") }
        case .end: return (status, body)
        }
      }
      throw ServerUnreachable(description: "no whole answer within \(seconds) s")
    }
  }
}
