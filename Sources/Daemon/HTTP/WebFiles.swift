import HTTPServer
import WebPage

/// The live page's script, style and picture, and the documentation that its warnings point to: the same bytes until
/// the program is replaced, so that a browser asks only whether it still has them.
enum WebFiles {
  /// One route for each.
  static let routes =
    WebPage.files.map { route($0.path, $0.contentType, $0.bytes) }
    + [
      route("/docs/warnings", "text/html; charset=utf-8", Array(DocumentationPage.html(WebPage.warnings).utf8))
    ]

  private static func route(_ path: String, _ contentType: String, _ bytes: [UInt8]) -> Route {
    let plain = response(contentType, bytes, [])
    let compressed = response(contentType, gzip(bytes, level: 9), [("Content-Encoding", "gzip")])
    return Route(path: path) { request in
      switch preferred(from: [.gzip, .identity], acceptEncoding: request.header("Accept-Encoding")) {
      case .gzip: compressed.unlessKnown(to: request)
      case .identity: plain.unlessKnown(to: request)
      case nil: .text(406, "406 Not Acceptable; offered are gzip and identity")
      }
    }
  }

  private static func response(_ contentType: String, _ bytes: [UInt8], _ headers: [(String, String)])
    -> HTTPResponse
  {
    HTTPResponse(contentType: contentType, bytes: bytes, headers: headers + Self.headers(for: bytes))
  }

  /// What a browser is told of the page and its parts: to ask again each time, and what they may do.
  static func headers(for bytes: [UInt8]) -> [(String, String)] {
    [
      HTTPResponse.vary, ("ETag", WebPage.entityTag(of: bytes)), ("Cache-Control", "no-cache"),
      ("Content-Security-Policy", WebPage.contentSecurityPolicy), ("Referrer-Policy", "no-referrer"),
    ]
  }
}

extension HTTPResponse {
  /// 304 without content when the request names this answer's entity tag, else the answer itself.
  func unlessKnown(to request: HTTPRequest) -> HTTPResponse {
    guard status == 200, let tag = header("ETag"), let known = request.header("If-None-Match") else { return self }
    let tags = known.split(separator: ",").map {
      $0.drop { $0 == " " }.replacing("W/", with: "", maxReplacements: 1)
    }
    guard tags.contains(where: { $0 == tag || $0 == "*" }) else { return self }
    let kept = headers.filter { ["ETag", "Cache-Control", "Vary"].contains($0.name) }
    return HTTPResponse(status: 304, headers: kept.map { ($0.name, $0.value) })
  }
}
