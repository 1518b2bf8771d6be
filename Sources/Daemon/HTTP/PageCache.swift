import HTTPServer
import Locked

/// Rendered answers, each made at most once per snapshot: a second request for the same page between two polls gets
/// the same bytes.
///
/// Bounded: keys are made of route, format, encoding and a target that exists; once there are many, those of former
/// snapshots, and so of targets that are gone, are dropped.
final class PageCache: Sendable {
  /// What tells one rendered page from another.
  struct Key: Hashable, Sendable {
    var route: String
    var format: String
    var encoding: ContentEncoding
    var target: String?
  }

  private struct Page {
    var generation: UInt64
    var response: HTTPResponse
  }

  private static let most = 256

  private let pages = Locked<[Key: Page]>([:])

  /// The page as of `generation`, made by `render` if this is the first time that it is asked for.
  ///
  /// `render` runs outside the lock on the caller's thread. Two callers that miss at once both render; the later
  /// result stays, and both are right. None does unless it `isKept`: a page of very many targets is megabytes, and another one
  /// by the next request.
  func response(
    for key: Key, generation: UInt64, isKept: Bool = true, render: () -> HTTPResponse
  ) -> HTTPResponse {
    if let page = pages.withLock({ $0[key] }), page.generation == generation { return page.response }
    let response = render()
    guard isKept else { return response }
    pages.withLock { pages in
      if pages.count >= Self.most { pages = pages.filter { $0.value.generation == generation } }
      pages[key] = Page(generation: generation, response: response)
    }
    return response
  }
}
