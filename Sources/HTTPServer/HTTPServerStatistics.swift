/// Counters of one server since its start; the labels are bounded by the number of routes.
public struct HTTPServerStatistics: Sendable, Equatable {
  /// Requests of one route with one class of status.
  public struct RequestCount: Sendable, Equatable {
    /// A route's path, or "other" for requests without a route and malformed ones.
    public let route: String
    /// The status' first digit, 2…5.
    public let statusClass: Int
    /// Answers queued; the client may have left before it read all of it.
    public let count: UInt64
  }

  /// Sorted by route, then class; without zeros.
  public internal(set) var requests: [RequestCount] = []
  /// Accepted and not yet closed.
  public internal(set) var openConnections: Int = 0
  /// Accepted since the start.
  public internal(set) var acceptedConnections: UInt64 = 0
  /// Closed by the server because a request or response deadline had passed; silent kept connections that reached
  /// the idle timeout are not among them.
  public internal(set) var connectionsCutByDeadline: UInt64 = 0
  /// Closed because every place was taken, while idle, slow to ask or slow to read.
  public internal(set) var connectionsEvicted: UInt64 = 0
  /// Requests that ended without an answer from a route: malformed beyond the request line, refused by
  /// libmicrohttpd with 4xx, or given up by the client.
  public internal(set) var requestsWithoutAnswer: UInt64 = 0
  /// Bodies that clients have read to their end, in bytes without headers; HEAD counts 0.
  public internal(set) var bodyBytesSent: UInt64 = 0
}

/// The mutable side; guarded by a mutex of ``Core``.
struct StatisticsCounters: Sendable {
  private let labels: [String]
  /// Row per label, column per status class 2…5.
  private var requests: [UInt64]
  var accepted: UInt64 = 0
  var cut: UInt64 = 0
  var evicted: UInt64 = 0
  var unanswered: UInt64 = 0
  var bodyBytes: UInt64 = 0

  init(labels: [String]) {
    self.labels = labels
    requests = Array(repeating: 0, count: labels.count * 4)
  }

  mutating func countRequest(label: Int, status: Int) {
    requests[label * 4 + min(max(status / 100, 2), 5) - 2] += 1
  }

  func snapshot(openConnections: Int) -> HTTPServerStatistics {
    var statistics = HTTPServerStatistics()
    statistics.requests = requests.indices.filter { requests[$0] > 0 }
      .map { .init(route: labels[$0 / 4], statusClass: $0 % 4 + 2, count: requests[$0]) }
      .sorted { ($0.route, $0.statusClass) < ($1.route, $1.statusClass) }
    statistics.openConnections = openConnections
    statistics.acceptedConnections = accepted
    statistics.connectionsCutByDeadline = cut
    statistics.connectionsEvicted = evicted
    statistics.requestsWithoutAnswer = unanswered
    statistics.bodyBytesSent = bodyBytes
    return statistics
  }
}
