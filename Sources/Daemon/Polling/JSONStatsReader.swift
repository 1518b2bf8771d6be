import CacheClients
import CacheModel
import Collectors
import TimeSeries

/// Reads applications' statistics over HTTP.
final class JSONStatsReader: CacheReader {
  private let client: HTTPClient
  private let path: String
  private let maximumBytes: Int
  private var collection: JSONStatsCollection
  private var connections: Int64 = 0

  /// Reads the answer to a GET of `path`, of at most `maximumBytes`.
  init(_ client: HTTPClient, path: String, maximumBytes: Int, _ options: JSONStatsOptions) {
    self.client = client
    self.path = path
    self.maximumBytes = maximumBytes
    collection = JSONStatsCollection(options: options)
  }

  var executor: EventLoopExecutor { client.executor }
  var connectionsOpened: Int64 { connections }

  func poll(at tick: UnixTime, deadline: ContinuousClock.Instant) async throws(ClientError) -> CollectedPoll {
    let authorization = try client.authorization()
    connections += 1
    let answer = try await client.get(
      path, accept: "application/json", authorization: authorization, maximumBytes: maximumBytes, deadline: deadline
    )
    try check(answer.status)
    return collection.receive(answer.content, at: tick)
  }

  private func check(_ status: Int) throws(ClientError) {
    switch status {
    case 200: return
    case 401: throw ClientError(.authenticationFailed, "the endpoint asks for a login, or refuses ours (401)")
    case 403: throw ClientError(.permissionDenied, "the endpoint refuses to tell (403)")
    case 429, 503: throw ClientError(.busy, "the endpoint answers \(status)")
    case 300..<400:
      throw ClientError(.serverError, "the endpoint is elsewhere (\(status)); give the URL it leads to")
    default: throw ClientError(.serverError, "the endpoint answers \(status)")
    }
  }

  /// It has no keys to walk over.
  func take(surveyed series: [(SeriesDefinition, FixedPoint)]) {}

  func abandon() -> Int64 { 0 }

  func close() async {}
}
