import CacheModel
import HTTPServer
import Testing
import TimeSeries

@testable import Daemon

/// Routes over one target that was not polled, or over one that was, without a server.
private func routes(polled: Bool = false, names: [String] = ["shop"]) -> (Routes, SnapshotStore, TimeSeriesStore) {
  let targets = names.map { name in
    var snapshot = TargetSnapshot(
      target: Target(name: name, isNamed: true, kind: .redis, address: "localhost:6379"),
      time: UnixTime(seconds: 1000), interval: 1, namespaces: [])
    snapshot.polls = polled ? 1 : 0
    snapshot.isUp = polled
    return snapshot
  }
  let snapshots = SnapshotStore(targets: targets)
  let store = TimeSeriesStore()
  let routes = Routes(snapshots: snapshots, store: store, started: UnixTime(seconds: 0), exposeKeys: false)
  return (routes, snapshots, store)
}

private func answer(_ routes: Routes, _ target: String, _ headers: [(name: String, value: String)] = [])
  async throws
  -> HTTPResponse
{
  await routes.router.response(to: try #require(HTTPRequest("GET", target, headers: headers)))
}

@Test func `ready means that every target was polled once`() async throws {
  #expect(try await answer(routes().0, "/-/ready").status == 503)
  #expect(try await answer(routes(polled: true).0, "/-/ready").status == 200)
  #expect(try await answer(routes().0, "/-/healthy").status == 200)
}

@Test func `a page is rendered once for each snapshot`() async throws {
  let (routes, snapshots, _) = routes(polled: true)
  let first = try await answer(routes, "/metrics")
  #expect(try await answer(routes, "/metrics") === first)
  #expect(try await answer(routes, "/metrics", [("Accept-Encoding", "gzip")]) !== first)
  snapshots.publish(snapshots.current.targets[0], at: 0)
  #expect(try await answer(routes, "/metrics") !== first)
}

@Test(arguments: [
  ("/metrics", "", 200, "text/plain; version=0.0.4; charset=utf-8"),
  (
    "/metrics", "application/openmetrics-text;version=1.0.0,text/plain;q=0.5", 200,
    "application/openmetrics-text; version=1.0.0; charset=utf-8"
  ),
  ("/metrics", "application/json", 406, "text/plain; charset=utf-8"),
  ("/metrics?format=openmetrics", "", 200, "application/openmetrics-text; version=1.0.0; charset=utf-8"),
  ("/metrics?format=xml", "", 400, "text/plain; charset=utf-8"),
  ("/metrics?target=none", "", 404, "text/plain; charset=utf-8"),
  ("/api/cache/health", "", 200, "application/json"),
  ("/api/cache/health", "text/html", 406, "text/plain; charset=utf-8"),
  ("/api/cache/stats", "*/*", 200, "application/json"),
  ("/api/cache/report?target=shop", "", 200, "application/json"),
  ("/", "text/html", 200, "text/html; charset=utf-8"),
  ("/nothing", "", 404, "text/plain; charset=utf-8"),
])
func `each route answers with its type`(path: String, accept: String, status: Int, type: String) async throws {
  let headers = accept.isEmpty ? [] : [(name: "Accept", value: accept)]
  let response = try await answer(routes(polled: true).0, path, headers)
  #expect(response.status == status)
  #expect(response.contentType == type)
}

@Test func `the landing page escapes what comes from outside`() async throws {
  let (routes, _, _) = routes(polled: true, names: ["<script>alert('x')&\""])
  let page = String(decoding: try await answer(routes, "/").bytes, as: UTF8.self)
  #expect(!page.contains("<script"))
  #expect(page.contains("&lt;script&gt;alert(&#39;x&#39;)&amp;&quot;"))
}

@Test(arguments: [
  ("", "'metric' is missing"), ("?metric=a&last=x", "'last' is 'x'"), ("?metric=a&step=0s", "'step' is '0s'"),
  ("?metric=a&last=7d&step=1s", "at most 11000"), ("?metric=a&function=median", "'function' is 'median'"),
  ("?metric=a&target=b", "there is no such target"),
])
func `a request for history that can't be answered says which parameter is at fault`(query: String, text: String)
  async throws
{
  let response = try await answer(routes().0, "/api/cache/series\(query)")
  #expect(response.status == 400)
  #expect(String(decoding: response.bytes, as: UTF8.self).contains(text))
}

@Test func `history is found by name and labels, and gaps are null`() async throws {
  let (routes, _, store) = routes()
  let ring = store.ring(named: "shop", period: 1000)
  let id = try #require(ring.register("x_total{cmd=\"get\",db=\"a\\\"b\"}", kind: .counter))
  let now = WallClock.now.milliseconds / 1000 * 1000
  for second in stride(from: -20, through: 0, by: 1) where second < -10 || second > -6 {
    var row = Row()
    row.set(id, Int64(second + 20) * 5)
    try ring.append(at: now + Int64(second) * 1000, epoch: 1, row: row)
  }
  let path = "/api/cache/series?metric=x_total&db=a%22b&last=18s&step=1s"
  let text = String(decoding: try await answer(routes, path).bytes, as: UTF8.self)
  #expect(text.contains(", 5]"))
  #expect(text.contains(", null]"))
  #expect(try await answer(routes, "/api/cache/series?metric=x_total&cmd=set").status == 404)
  #expect(try await answer(routes, "/api/cache/series?metric=x").status == 404)
}
