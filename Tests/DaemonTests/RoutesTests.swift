import CacheModel
import HTTPServer
import SeriesQuery
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
  #expect(try await answer(routes().0, "/health").status == 200)
}

@Test func `a page is rendered once for each snapshot`() async throws {
  let (routes, snapshots, _) = routes(polled: true)
  let first = try await answer(routes, "/metrics")
  #expect(try await answer(routes, "/metrics") === first)
  #expect(try await answer(routes, "/metrics", [("Accept-Encoding", "gzip")]) !== first)
  snapshots.publish(snapshots.current.targets[0])
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
  ("/api/cache/export", "", 200, "application/openmetrics-text; version=1.0.0; charset=utf-8"),
  ("/api/v1/labels", "", 200, "application/json"),
  ("/api/v1/label/a/b/values", "", 404, "text/plain; charset=utf-8"),
  ("/nothing", "", 404, "text/plain; charset=utf-8"),
])
func `each route answers with its type`(path: String, accept: String, status: Int, type: String) async throws {
  let headers = accept.isEmpty ? [] : [(name: "Accept", value: accept)]
  let response = try await answer(routes(polled: true).0, path, headers)
  #expect(response.status == status)
  #expect(response.contentType == type)
}

@Test(arguments: ["/", "/docs/warnings", "/page/page.js"])
func `what a browser may do with the page is bounded`(path: String) async throws {
  let response = try await answer(routes(polled: true).0, path)
  let policy = try #require(response.header("Content-Security-Policy"))
  #expect(policy.hasPrefix("default-src 'none'") && policy.contains("frame-ancestors 'none'"))
  #expect(!policy.contains("unsafe"))
  #expect(response.header("X-Content-Type-Options") == "nosniff")
  #expect(response.header("Referrer-Policy") == "no-referrer")
  for name in ["Set-Cookie", "Access-Control-Allow-Origin"] { #expect(response.header(name) == nil) }
}

@Test func `the landing page escapes what comes from outside`() async throws {
  let (routes, _, _) = routes(polled: true, names: ["<script>alert('x')&\""])
  let page = String(decoding: try await answer(routes, "/").bytes, as: UTF8.self)
  #expect(!page.contains("<script>alert"))
  #expect(page.contains("&lt;script&gt;alert(&#39;x&#39;)&amp;&quot;"))
}

@Test(arguments: [
  ("", "'metric' is missing"), ("?metric=a&last=x", "'last' is 'x'"), ("?metric=a&step=0s", "'step' is '0s'"),
  ("?metric=a&last=7d&step=1s", "at most 11000"), ("?metric=a&function=median", "'function' is 'median'"),
  ("?metric=a&function=p101", "'function' is 'p101'"), ("?metric=hit_rate&function=avg", "hit_rate has ratio only"),
  ("?metric=a&last=5s&step=10s", "'step' is longer than the range"), ("?metric=a&cmd=get", "metric=NAME{cmd="),
  ("?metric=a&metric=b", "'metric' is given twice"), ("?metric=a{", "'metric': column 3"),
  ("?metric=a{b=~\"(?=x)\"}", "look-ahead is not supported"), ("?metric=a&start=x", "'start' is 'x'"),
  ("?metric=a&start=10&end=10", "'start' is not before 'end'"), ("?metric=a&start=10&last=5s", "give one"),
])
func `a request for history that can't be answered says which parameter is at fault`(query: String, text: String)
  async throws
{
  let escaped = query.replacing("{", with: "%7B").replacing("\"", with: "%22")
  let response = try await answer(routes().0, "/api/cache/series\(escaped)")
  #expect(response.status == 400)
  #expect(String(decoding: response.bytes, as: UTF8.self).contains(text))
}

@Test(arguments: [
  "/metrics?target=b", "/api/cache/health?target=b", "/api/cache/series?metric=a&target=b",
  "/api/cache/export?target=b",
])
func `a target that is not configured is not found, whatever the route`(path: String) async throws {
  let response = try await answer(routes().0, path)
  #expect(response.status == 404)
  #expect(String(decoding: response.bytes, as: UTF8.self).contains("the configured targets are: shop"))
}

/// A minute of history of two commands' counters and of hits and misses, up to `now`, with a hole of three seconds.
private func historyRoutes(now: Int64) throws -> Routes {
  let (routes, _, store) = routes()
  let ring = store.ring(named: "shop", period: 1000)
  let names = [
    "x_total{cmd=\"get\",db=\"a\\\"b\"}", "x_total{cmd=\"set\"}", "cache_hits_total", "cache_misses_total",
  ]
  let ids = try names.map { try #require(ring.register($0, kind: .counter)) }
  for second in Int64(-60)...0 where second < -10 || second > -7 {
    var row = Row()
    for (place, id) in ids.enumerated() { row.set(id, (second + 60) * Int64(place + 1)) }
    try ring.append(at: now + second * 1000, epoch: 0, row: row)
  }
  return routes
}

private func text(_ routes: Routes, _ path: String, status: Int = 200) async throws -> String {
  let escaped = path.replacing("{", with: "%7B").replacing("\"", with: "%22").replacing("}", with: "%7D")
  let response = try await answer(routes, escaped)
  #expect(response.status == status)
  return String(decoding: response.bytes, as: UTF8.self)
}

@Test func `history is found by name and matchers, and gaps are null`() async throws {
  let now = WallClock.now.milliseconds / 1000 * 1000
  let routes = try historyRoutes(now: now)
  let path = "/api/cache/series?start=\(now / 1000 - 12)&end=\(now / 1000)&step=1s&metric="
  let one = try await text(routes, path + "x_total{db=\"a\\\"b\"}")
  #expect(one.contains("\"labels\": {\"target\": \"shop\", \"cmd\": \"get\", \"db\": \"a\\\"b\"}"))
  #expect(one.contains("[\(now / 1000), 1]"))
  #expect(one.contains(", null]"))
  // Both together, and both by themselves.
  let both = try await text(routes, path + "x_total{}")
  #expect(both.contains("[\(now / 1000), 3]") && both.contains("[\(now / 1000), 2]"))
  #expect(try await text(routes, path + "x_total{cmd!~\"g.*\"}").contains("[\(now / 1000), 2]"))
  #expect(try await text(routes, path + "x_total&function=increase&target=shop").contains("[\(now / 1000), 3]"))
  #expect(try await text(routes, path + "x_total{cmd=\"get\"}&function=p50").contains("[\(now / 1000), 60]"))
  #expect(try await text(routes, path + "hit_rate").contains("[\(now / 1000), 0.42857142857142855]"))
  _ = try await text(routes, path + "x_total{cmd=\"del\"}", status: 404)
  _ = try await text(routes, path + "x", status: 404)
}

@Test func `the fewest steps that a range can have is one`() async throws {
  let now = WallClock.now.milliseconds / 1000 * 1000
  let routes = try historyRoutes(now: now)
  for (start, end, step) in [(5, 15, 10), (3, 13, 10), (0, 7, 7), (1, 2, 1)] {
    let answer = try await text(routes, "/api/cache/series?metric=x_total&start=\(start)&end=\(end)&step=\(step)s")
    #expect(answer.contains("\n  \"points\": [\n    [\(end / step * step), null]\n  ],"), "\(answer)")
  }
}

@Test(arguments: [
  ("query?query=1%2B1&time=5", 200, #"{"status":"success","data":{"resultType":"scalar","result":[5,"2"]}}"#),
  ("query?query=\"a\"&time=5", 200, #""resultType":"string","result":[5,"a"]"#),
  ("query?query=x_total{cmd=\"set\"}", 200, #"{"__name__":"x_total","target":"shop","cmd":"set"},"value":["#),
  (
    "query?query=rate(x_total[30s])", 200,
    #""resultType":"vector","result":[{"metric":{"target":"shop","cmd":"get","#
  ),
  ("query?query=x_total[2s]", 200, #""resultType":"matrix""#),
  ("query?query=nothing", 200, #"{"resultType":"vector","result":[]}"#),
  ("query_range?query=1&start=1&end=3&step=1", 200, #""values":[[1,"1"],[2,"1"],[3,"1"]]"#),
  ("query_range?query=x_total&start=1&end=3&step=1s", 200, #"{"resultType":"matrix","result":[]}"#),
  ("labels", 200, #"["__name__","cmd","db","target"]"#),
  ("labels?match[]=cache_hits_total", 200, #"["__name__","target"]"#),
  ("label/cmd/values", 200, #"["get","set"]"#), ("label/__name__/values?limit=1", 200, #"["cache_hits_total"]"#),
  ("label/none/values", 200, #""data":[]"#),
  (
    "series?match[]=x_total&match[]=cache_hits_total&limit=9", 200,
    #"{"__name__":"cache_hits_total","target":"shop"}"#
  ),
  ("metadata?metric=cache_hits_total", 200, #"{"cache_hits_total":[{"type":"counter","#),
  ("status/buildinfo", 200, #""application":"cachegauge""#),
  ("query", 400, #"{"status":"error","errorType":"bad_data","error":"parameter \"query\" is missing"}"#),
  ("query?query=sum(x)", 400, "column 1: aggregation 'sum' is not supported"),
  ("query?query=x&time=yesterday", 400, "cannot parse"), ("query_range?query=x&start=1&end=3", 400, "step"),
  ("query_range?query=x&start=3&end=1&step=1", 400, "before"),
  ("query_range?query=x&start=1&end=3&step=0", 400, "step"),
  ("query_range?query=x&start=1&end=3&step=-1", 400, "step"),
  ("query_range?query=x&start=0&end=11000&step=1", 400, "11,000"),
  ("query_range?query=x[5m]&start=1&end=3&step=1", 400, "not of a window"),
  ("query?query=last_over_time(x_total[400000w])", 400, "at most 100 years"),
  ("query?query=rate({target=\"shop\"}[30s])", 422, #""errorType":"execution""#),
  ("series", 400, "no match[]"), ("series?match[]={}", 400, "empty text"), ("labels?limit=x", 400, "limit"),
])
func `Prometheus' interface is answered in its shape`(path: String, status: Int, part: String) async throws {
  let routes = try historyRoutes(now: WallClock.now.milliseconds)
  let escaped = path.replacing("[", with: "%5B").replacing("]", with: "%5D")
  let answer = try await text(routes, "/api/v1/" + escaped, status: status)
  #expect(answer.contains(part), "\(answer)")
}

@Test func `queries come in a form as well`() async throws {
  let routes = try historyRoutes(now: WallClock.now.milliseconds)
  for (body, status) in [("query=rate(x_total%5B30s%5D)&time=", 200), ("query=%", 400), ("", 400)] {
    let request = try #require(
      HTTPRequest(
        "POST", "/api/v1/query", headers: [("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")],
        body: Array(body.utf8)))
    #expect(await routes.router.response(to: request).status == status)
  }
}

@Test func `an export has every sample of a range, family after family, and an end`() async throws {
  let now = WallClock.now.milliseconds / 1000 * 1000
  let routes = try historyRoutes(now: now)
  let all = try await text(routes, "/api/cache/export")
  #expect(all.hasSuffix("# EOF\n"))
  #expect(all.split(separator: "\n").count { !$0.hasPrefix("#") } == 4 * 57)
  let part = try await text(routes, "/api/cache/export?match%5B%5D=cache_hits_total&start=\(now / 1000 - 1)")
  let begin = "# HELP cache_hits Lookups that found their key"
  #expect(part.hasPrefix(begin))
  #expect(
    part.hasSuffix(
      """
      # TYPE cache_hits counter
      cache_hits_total{target="shop"} 177 \(now / 1000 - 1)
      cache_hits_total{target="shop"} 180 \(now / 1000)
      # EOF

      """))
  #expect(try await text(routes, "/api/cache/export?match%5B%5D=none") == "# EOF\n")
  #expect(
    try await text(routes, "/api/cache/export?match=x", status: 400).contains("there is no parameter 'match'"))
}

@Test func `an export is made in small pieces, whatever its length`() throws {
  let ring = TimeSeriesStore().ring(named: "shop", period: 1000)
  let id = try #require(ring.register("x", kind: .gauge))
  for second in Int64(1)...10_000 where second < 3000 || second > 6000 {
    var row = Row()
    row.set(id, second)
    try ring.append(at: second * 1000, epoch: 0, row: row)
    if second % 600 == 0 { ring.sealPending() }
  }
  let series = LabelIndex().series(of: [SeriesSource(ring)], matching: [Selector([])])
  var export = HistoryExport(series, families: [], start: 2_000_000, end: 9_999_000)
  var text = ""
  while let piece = export.next() {
    #expect(piece.count < 600 * 20)
    text += String(decoding: piece, as: UTF8.self)
  }
  #expect(export.next() == nil)
  let lines = text.split(separator: "\n")
  #expect(lines[1] == "# TYPE x unknown")
  #expect(lines.last == "# EOF")
  let expected = (2000...9999).filter { $0 < 3000 || $0 > 6000 }.map { "x \($0) \($0)" }
  #expect(lines.dropFirst(2).dropLast().map(String.init) == expected)
}

@Test(arguments: ["/", "/page/page.js", "/page/page.css", "/page/icon.svg", "/docs/warnings"])
func `what a browser has already is not sent again, in either encoding`(path: String) async throws {
  let (routes, _, _) = routes(polled: true)
  var tags: Set<String> = []
  for encoding in ["identity", "gzip"] {
    let accepted = [(name: "Accept-Encoding", value: encoding)]
    let first = try await answer(routes, path, accepted)
    let tag = try #require(first.header("ETag"))
    tags.insert(tag)
    #expect(first.status == 200)
    #expect(first.contentLength < 40_000)
    #expect(first.header("Content-Security-Policy")?.hasPrefix("default-src 'none'; script-src 'self'; ") == true)
    for known in [tag, "\"other\", W/\(tag)"] {
      let second = try await answer(routes, path, accepted + [(name: "If-None-Match", value: known)])
      #expect(second.status == 304)
      #expect(second.contentLength == 0)
      #expect(second.header("ETag") == tag)
    }
    #expect(try await answer(routes, path, accepted + [(name: "If-None-Match", value: "\"other\"")]).status == 200)
  }
  #expect(tags.count == 2)
}
