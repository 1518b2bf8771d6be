import Exposition
import HTTPServer
import Locked
import NIOPosix

/// `/metrics` of many targets: planned and compressed in parts on threads for such work, as many at a time as there are, and sent in
/// order as they come. What is held is what is compressed and not sent yet; plain text is made a piece at a time as it is sent.
///
/// When its client leaves, parts that are under way stop at the next piece.
final class MetricsStream: Sendable {
  /// From so many targets on the whole is not kept for the next scrape: by then it is another.
  static let leastTargets = 32
  /// Short enough that the last ones end together, long enough that compressing them apart costs nothing.
  private static let parts = 12

  private struct State {
    /// Nil until it is planned, then a place for each part; none for plain text.
    var parts: [GzipPart?]?
    var plain: MetricsPieces?
    var sent = 0
    var isBegun = false
    var isEnded = false
  }

  private let state = Locked(State())
  private let bell = StreamBell()

  /// The answer that the parts make which `plan` gives for a number of parts. Nothing of it is made on the calling thread.
  static func answer(
    contentType: String, _ encoding: ContentEncoding, _ plan: @escaping @Sendable (Int) -> [MetricsPieces]
  ) -> HTTPResponse {
    let stream = MetricsStream()
    NIOThreadPool.singleton.submit { [weak stream] _ in
      switch encoding {
      case .gzip: stream?.begin(plan(parts))
      case .identity: stream?.begin(plain: plan(1)[0])
      }
    }
    let coding = encoding == .gzip ? [("Content-Encoding", "gzip")] : []
    return HTTPResponse(contentType: contentType, headers: [HTTPResponse.vary] + coding, bell: stream.bell) {
      stream.next()
    }
  }

  private func begin(plain: MetricsPieces) {
    state.withLock { $0.plain = plain }
    bell.ring()
  }

  private func begin(_ parts: [MetricsPieces]) {
    state.withLock { $0.parts = Array(repeating: nil, count: parts.count) }
    for (index, part) in parts.enumerated() {
      NIOThreadPool.singleton.submit { [weak self] _ in
        var part = part
        let made = GzipPart(isLast: index == parts.count - 1) { self == nil ? nil : part.next() }
        self?.take(made, at: index)
      }
    }
  }

  private func take(_ part: GzipPart, at index: Int) {
    let isAwaited = state.withLock { state in
      state.parts?[index] = part
      return state.sent == index
    }
    if isAwaited { bell.ring() }
  }

  /// On the server's thread.
  private func next() -> StreamStep {
    state.withLock { state in
      if state.plain != nil { return state.plain?.next().map { .piece($0) } ?? .end }
      guard let parts = state.parts else { return .wait }
      if !state.isBegun {
        state.isBegun = true
        return .piece(GzipPart.header)
      }
      if state.sent < parts.count {
        guard let part = parts[state.sent] else { return .wait }
        state.sent += 1
        return .piece(part.bytes)
      }
      if state.isEnded { return .end }
      state.isEnded = true
      return .piece(GzipPart.trailer(of: parts.compactMap(\.self)))
    }
  }
}
