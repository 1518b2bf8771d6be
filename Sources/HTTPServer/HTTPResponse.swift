import CMicrohttpd
import Glibc

/// A complete answer, rendered once and sent to any number of connections at once without copying; or one that is made
/// while its one client reads it.
///
/// Every answer carries `X-Content-Type-Options: nosniff` and `Cache-Control: no-store` unless `headers` say
/// otherwise. libmicrohttpd adds `Content-Length`, `Date` and, where it must, `Connection`.
@safe
public final class HTTPResponse: Sendable {
  /// 200…599.
  public let status: Int
  /// `nil` for an answer without content.
  public let contentType: String?
  /// Without those that libmicrohttpd adds, in the order sent.
  public let headers: [(name: String, value: String)]
  /// Bytes; 0 for content that is yet to be made.
  public let contentLength: Int
  /// From the queued response until the client has read all of it; nil for the server's own limit.
  let deadline: Duration?
  let stream: ContentStream?

  // The one owner of the handle: created in init, destroyed in deinit. Connections that still send it hold
  // libmicrohttpd's own references (see Core.queue). libmicrohttpd guards the count with a mutex, and nothing
  // changes the response after init.
  nonisolated(unsafe) let handle: OpaquePointer

  // Allocated by init, freed by libmicrohttpd with the last reference; readable as long as `handle` is held.
  nonisolated(unsafe) private let storage: UnsafeMutableRawPointer?

  /// Copies `bytes` once. Control characters in header values become spaces, so that outside data in a value cannot
  /// add a header; a header with an empty name or value is left out. Thread-safe.
  public init(
    status: Int = 200, contentType: String? = nil, bytes: [UInt8] = [], headers: [(String, String)] = []
  ) {
    let fields = headerFields(status, contentType, headers)
    let storage = unsafe copyToHeap(bytes)
    guard
      let handle = unsafe MHD_create_response_from_buffer(
        bytes.count, storage, MHD_ResponseMemoryMode.RESPMEM_MUST_FREE)
    else { preconditionFailure("libmicrohttpd refuses a response only when memory is exhausted") }
    unsafe addHeaders(fields, to: handle)
    self.status = status
    self.contentType = contentType
    self.headers = fields
    self.contentLength = bytes.count
    deadline = nil
    stream = nil
    unsafe self.handle = unsafe handle
    unsafe self.storage = unsafe storage
  }

  /// Content of unknown length for one request, made by `next` while the client reads; nil from it is the end.
  ///
  /// `next` is called on the server's one thread, whenever the client has taken what there was: while it runs no other client is
  /// served, so it makes a small piece (tens of kilobytes) and never waits. No more than a piece is held. Sent in chunks, so
  /// that a client can tell an answer that was cut off; to HTTP/1.0 clients the end of the connection is the end. A
  /// `deadline` takes the place of ``HTTPServerConfiguration/responseDeadline`` and is as absolute.
  public convenience init(
    status: Int = 200, contentType: String, headers: [(String, String)] = [], deadline: Duration? = nil,
    streaming next: @escaping @Sendable () -> [UInt8]?
  ) {
    self.init(
      status, contentType, headers, deadline, ContentStream { next().map { .piece($0) } ?? .end })
  }

  /// The same for content that comes in its own time: `next` may say `wait`, and is asked again when `bell` has rung. The
  /// connection takes no part in anything until then, and the end of its client is noticed at the next piece: so make one
  /// every few seconds. Ends by itself when the server stops.
  public convenience init(
    status: Int = 200, contentType: String, headers: [(String, String)] = [], deadline: Duration? = nil,
    bell: StreamBell, streaming next: @escaping @Sendable () -> StreamStep
  ) {
    self.init(status, contentType, headers, deadline, ContentStream(bell: bell, next))
  }

  private init(
    _ status: Int, _ contentType: String, _ headers: [(String, String)], _ deadline: Duration?,
    _ stream: ContentStream
  ) {
    let fields = headerFields(status, contentType, headers)
    guard let handle = unsafe stream.makeResponse() else {
      preconditionFailure("libmicrohttpd refuses a response only when memory is exhausted")
    }
    unsafe addHeaders(fields, to: handle)
    self.status = status
    self.contentType = contentType
    self.headers = fields
    contentLength = 0
    self.deadline = deadline
    self.stream = stream
    unsafe self.handle = unsafe handle
    unsafe storage = nil
  }

  deinit { unsafe MHD_destroy_response(handle) }

  /// A copy of the content; for tests and for routes that wrap other routes. Of a stream, what is left and there without waiting; then it is used up.
  public var bytes: [UInt8] {
    if let stream { return stream.drain() }
    guard let storage = unsafe storage else { return [] }
    return unsafe Array(UnsafeRawBufferPointer(start: storage, count: contentLength))
  }

  /// This answer with these headers, each in the place of one of its own of that name. Copies the content; of a stream, this one
  /// must not be sent any more.
  func adding(_ more: [(String, String)]) -> HTTPResponse {
    if more.isEmpty { return self }
    let kept = headers.filter { own in
      own.name != "Content-Type" && !more.contains { equalIgnoringASCIICase($0.0, own.name) }
    }
    let all = kept.map { ($0.name, $0.value) } + more
    guard let stream else {
      return HTTPResponse(status: status, contentType: contentType, bytes: bytes, headers: all)
    }
    return HTTPResponse(status, contentType ?? "application/octet-stream", all, deadline, stream)
  }

  /// The first value of this name among ``headers``, whatever its case.
  public func header(_ name: String) -> String? {
    headers.first { equalIgnoringASCIICase($0.name, name) }?.value
  }
}

extension HTTPResponse {
  /// What a negotiated answer adds to its headers, so that caches keep the variants apart.
  public static let vary: (String, String) = ("Vary", "Accept, Accept-Encoding")

  /// A line of plain text that ends with a newline.
  public static func text(_ status: Int, _ line: String, headers: [(String, String)] = []) -> HTTPResponse {
    HTTPResponse(
      status: status, contentType: "text/plain; charset=utf-8", bytes: Array("\(line)\n".utf8), headers: headers)
  }

  /// 406, naming what the route could have sent.
  public static func notAcceptable(offered: [MediaType]) -> HTTPResponse {
    let list = offered.map(\.description).joined(separator: "\n  ")
    return .text(406, "406 Not Acceptable; this resource can be had as\n  \(list)", headers: [vary])
  }
}

private func headerFields(_ status: Int, _ contentType: String?, _ headers: [(String, String)]) -> [(
  name: String, value: String
)] {
  precondition((200...599).contains(status), "an answer's status lies in 200…599")
  var fields: [(name: String, value: String)] = []
  if let contentType { fields.append((name: "Content-Type", value: contentType)) }
  fields += headers.map { (name: $0.0, value: $0.1) }
  for (name, value) in [("X-Content-Type-Options", "nosniff"), ("Cache-Control", "no-store")]
  where !fields.contains(where: { equalIgnoringASCIICase($0.name, name) }) {
    fields.append((name: name, value: value))
  }
  return fields.map { (name: $0.name, value: withoutControlCharacters($0.value)) }
    .filter { !$0.name.isEmpty && !$0.value.isEmpty }
}

private func addHeaders(_ fields: [(name: String, value: String)], to handle: OpaquePointer) {
  for (name, value) in fields {
    let added = unsafe MHD_add_response_header(handle, name, value)
    precondition(added == .YES, "header name '\(name)' is not a token")
  }
}

private func withoutControlCharacters(_ value: String) -> String {
  guard value.utf8.contains(where: { $0 < 0x20 || $0 == 0x7f }) else { return value }
  return String(decoding: value.utf8.map { $0 < 0x20 || $0 == 0x7f ? UInt8(ascii: " ") : $0 }, as: UTF8.self)
}

private func copyToHeap(_ bytes: [UInt8]) -> UnsafeMutableRawPointer? {
  guard !bytes.isEmpty else { return nil }
  guard let storage = unsafe malloc(bytes.count) else { preconditionFailure("memory is exhausted") }
  unsafe storage.copyMemory(from: bytes, byteCount: bytes.count)
  return unsafe storage
}
