import Foundation
import TestSupport
import Testing

private let isPossible = isInstalled("redis-server") && isInstalled("chromium")

extension Cachegauge {
  fileprivate var address: String { "http://127.0.0.1:\(port)/" }
}

/// An expression: whether the page's status reads so.
private func status(_ word: String) -> String { "document.getElementById('status-text').textContent === '\(word)'" }

/// An expression: whether the script has shown a report.
private let isLive = "document.querySelector('#namespaces tbody tr') !== null"

@Suite(.serialized, .inBrowser, .enabled(if: isPossible)) struct `The live page` {
  @Test func `shows the demo's namespace under target, complains of nothing and asks nobody else`() async throws {
    let gauge = try await Cachegauge([])
    let page = try BrowserPage(gauge.address)
    #expect(await page.shows(isLive))
    let search =
      "[...document.querySelectorAll('#namespaces tbody tr')].find((row) => row.textContent.startsWith('search'))"
    #expect(await page.shows("\(search).dataset.status === 'degraded'", within: 90))
    let text = try page.value("\(search).innerText").string ?? ""
    #expect(text.contains("degraded"))
    #expect(text.contains("target 60.0 %"))
    #expect(try page.value("document.querySelector('#namespaces tbody tr') === \(search)") == .bool(true))
    #expect(
      await page.shows("document.querySelector('.warnings').innerText.includes('hit rate below target: search')"))
    #expect(await page.shows("document.querySelectorAll('svg.spark').length === 6", within: 30))
    #expect(await page.shows(status("degraded")))
    // The demo's notifications tell why lookups missed.
    #expect(await page.shows("\(search).querySelectorAll('.causes i').length > 0", within: 30))
    #expect(await page.shows("document.querySelectorAll('.commands tbody tr').length > 3", within: 30))
    // News is pushed, not asked for.
    #expect(page.requests.filter { $0.hasSuffix("/api/cache/events") }.count == 1)
    #expect(page.requests.filter { $0.hasSuffix("/api/cache/report") } == [])

    // A link from a warning leads to what it means.
    #expect(
      try page.value("document.querySelector('.warning a').getAttribute('href').startsWith('/docs/warnings#')")
        == .bool(true))
    let anchor = try gauge.get("/docs/warnings")
    #expect(anchor.status == 200)
    #expect(anchor.body.contains("<h2 id=\"hit_rate_below_target\">"))

    try page.screenshot("wide")
    #expect(page.complaints == [])
    #expect(page.requests.count > 5)
    #expect(page.requests.filter { !$0.hasPrefix(gauge.address) } == [])
    for (name, width, dark) in [
      ("wide", 1280, false), ("dark", 1280, true), ("phone", 390, false), ("phone-dark", 390, true),
    ] {
      let page = try BrowserPage(gauge.address, width: width, dark: dark)
      #expect(await page.shows(isLive))
      #expect(await page.shows("document.querySelectorAll('svg.spark').length > 0"))
      try page.screenshot(name)
      #expect(try page.value(accessibilityAudit) == .array([]), "\(name)")
      #expect(try page.value(overflowAudit) == .array([]), "\(name)")
      #expect(page.complaints == [])
    }
  }

  @Test func `a chart opens, zooms by pointer and keyboard, and its address brings it back`() async throws {
    let server = try RedisServer()
    let redis = try server.connect()
    let gauge = try await Cachegauge(
      [],
      configuration: """
        targets:
          - url: \(server.url)
            namespaces: [ { name: menu, keys: ["menu:*"], target: { hit_rate: 0.6 }, counters: { hash: "stats:menu" } } ]
        """)
    let page = try BrowserPage(gauge.address)
    let open =
      "[...document.querySelectorAll('button.open')].find((b) => b.ariaLabel?.startsWith('History of menu:'))"
    let isDrawn = await eventually(within: 60) {
      _ = try? redis.pipeline([["HINCRBY", "stats:menu", "hits", "7"], ["HINCRBY", "stats:menu", "misses", "2"]])
      return (try? page.value("\(open)?.querySelector('svg') != null")) == .bool(true)
    }
    #expect(isDrawn)
    try page.value("\(open).click()")
    let charts = "document.querySelectorAll('#history figure svg.chart path').length"
    #expect(await page.shows("!document.getElementById('history').hidden && \(charts) >= 3", within: 30))
    #expect(try page.value("location.hash").string?.hasPrefix("#chart=menu&of=") == true)
    try page.value(
      "[...document.querySelectorAll('#history button')].find((b) => b.textContent === '5 min').click()")
    #expect(try page.value("location.hash").string?.hasSuffix("&last=5min") == true)
    #expect(
      await page.shows("document.querySelector('#history button[aria-pressed=true]').textContent === '5 min'"))
    #expect(await page.shows("document.querySelector('#history > p').textContent.includes('(5 min)')"))
    try page.screenshot("history")

    // A stretch drawn across a chart is what is shown then; half of it with a key.
    let box = try page.value(
      "(() => { const b = document.querySelector('#history .plot').getBoundingClientRect(); return [b.left, b.top, b.width]; })()"
    )
    let (left, top, width) = (box[0].number ?? 0, box[1].number ?? 0, box[2].number ?? 0)
    for (kind, part) in [("mousePressed", 0.2), ("mouseMoved", 0.5), ("mouseReleased", 0.8)] {
      try page.call(
        "Input.dispatchMouseEvent",
        [
          "type": .string(kind), "x": .number(left + width * part), "y": .number(top + 40),
          "button": .string("left"), "buttons": .number(1), "clickCount": .number(1),
        ])
    }
    #expect(await page.shows("location.hash.includes('&from=')"))
    #expect(
      await page.shows("document.querySelector('#history > p').textContent.match(/\\(3(\\.0)? min\\)/) !== null"))
    try page.value("document.getElementById('history-title').focus()")
    try page.press("+", code: 187, text: "+")
    #expect(await page.shows("document.querySelector('#history > p').textContent.includes('(1.5 min)')"))
    #expect(try page.value(accessibilityAudit) == .array([]))

    // Somebody else opens the same address.
    let address = try #require(try page.value("location.href").string)
    let other = try BrowserPage(address, width: 390)
    #expect(
      await other.shows(
        "document.querySelector('#history > p')?.textContent.includes('(1.5 min)') === true", within: 30))
    #expect(await other.shows("\(charts) >= 1"))
    #expect(try other.value(overflowAudit) == .array([]))
    try other.screenshot("history-phone")
    try page.press("Escape", code: 27)
    #expect(await page.shows("document.getElementById('history').hidden && location.hash === ''"))
    #expect(page.complaints + other.complaints == [])
  }

  @Test func `a stopped Redis turns the status within 3 s without a reload, and it comes back`() async throws {
    let server = try RedisServer("--maxmemory", "64mb", "--maxmemory-policy", "allkeys-lru")
    let gauge = try await Cachegauge([server.url])
    let page = try BrowserPage(gauge.address)
    #expect(await page.shows(status("healthy")))
    try page.value("globalThis.sameDocument = true")
    // The page notes by the machine's clock when its status turns. A busy machine may be late once, not always.
    try page.value(
      "new MutationObserver(() => { globalThis.turned = Date.now(); }).observe(document.getElementById('status'), { attributes: true })"
    )
    var late: [Double] = []
    for _ in 0..<3 where late.allSatisfy({ $0 > 3 }) {
      if !late.isEmpty {
        try server.restart()
        #expect(await page.shows(status("healthy"), within: 30))
      }
      let killed = Date().timeIntervalSince1970 * 1000
      server.kill()
      #expect(await page.shows(status("unhealthy"), within: 30))
      late.append(((try page.value("turned").number ?? .infinity) - killed) / 1000)
    }
    #expect(late.contains { $0 <= 3 }, "\(late)")
    #expect(await page.shows("document.getElementById('headline').textContent.includes('does not answer')"))
    #expect(await page.shows("document.querySelector('.warning[data-severity=critical]') !== null"))
    try page.screenshot("outage")
    #expect(try page.value(accessibilityAudit) == .array([]))
    try server.restart()
    #expect(await page.shows(status("healthy"), within: 30))
    #expect(try page.value("sameDocument") == .bool(true))
    #expect(page.complaints == [])
  }

  @Test func `says when cachegauge itself can't be reached, keeps what it knew, and recovers`() async throws {
    let server = try RedisServer()
    let gauge = try await Cachegauge([server.url])
    let page = try BrowserPage(gauge.address)
    #expect(await page.shows(isLive))
    #expect(await page.shows("document.getElementById('lost').hidden"))
    gauge.process.signal(19)  // SIGSTOP: it is there and answers nothing.
    #expect(await page.shows("!document.getElementById('lost').hidden && \(status("unknown"))", within: 30))
    #expect(
      try page.value("document.getElementById('lost').textContent").string?.contains("can't be reached") == true)
    #expect(try page.value(isLive) == .bool(true))
    try page.screenshot("lost")
    #expect(try page.value(accessibilityAudit) == .array([]))
    gauge.process.signal(18)  // SIGCONT
    #expect(await page.shows("document.getElementById('lost').hidden", within: 30))

    // It ends, and another takes its place.
    gauge.process.end()
    #expect(await page.shows("!document.getElementById('lost').hidden", within: 30))
    let next = try await Cachegauge([server.url], port: gauge.port)
    #expect(await page.shows("document.getElementById('lost').hidden", within: 30))
    #expect(next.process.isRunning)
  }

  @Test(.enabled(if: isInstalled("curl")))
  func `asks each second where too many listen already`() async throws {
    let server = try RedisServer()
    let gauge = try await Cachegauge([server.url])
    let directory = try TemporaryDirectory()
    let crowd = try ServerProcess(
      ["curl", "-sN", "--parallel", "--parallel-immediate", "--parallel-max", "64"]
        + Array(repeating: "\(gauge.address)api/cache/events", count: 64), log: "\(directory.path)/curl.log")
    let answered = "cachegauge_http_requests_total{route=\"/api/cache/events\",code=\"2xx\"}"
    #expect(await eventually(within: 30) { gauge.metric(answered) == 64 })
    let page = try BrowserPage(gauge.address)
    #expect(await page.shows(isLive, within: 30))
    let asked =
      "performance.getEntriesByType('resource').filter((e) => e.name.endsWith('/api/cache/report')).length"
    #expect(await page.shows("\(asked) > 2", within: 30))
    #expect(try page.value("document.getElementById('lost').hidden") == .bool(true))
    crowd.end()
  }

  @Test func `names that look like markup stay text, and long ones break`() async throws {
    let server = try RedisServer()
    let name =
      "<img src=x onerror=alert(1)>&amp;'\\\"</td><script>alert(2)</script>" + String(repeating: "w", count: 25)
    let configuration = """
      targets:
        - name: "\(name)"
          url: \(server.url)
          namespaces:
            - { name: "\(name)", keys: ["a:*"], target: { hit_rate: 0.9, critical: 0.5 }, counters: { hash: h, hits: a, misses: b } }
      """
    let gauge = try await Cachegauge([], configuration: configuration)
    for scripts in [true, false] {
      let page = try BrowserPage(gauge.address, width: 390, scripts: scripts)
      if scripts { #expect(await page.shows(isLive)) }
      #expect(await page.shows("document.body?.innerText.includes('<img src=x') === true"))
      #expect(try page.value("document.querySelectorAll('img, td script, th script').length") == .number(0))
      #expect(try page.value(overflowAudit) == .array([]))
      #expect(page.complaints == [])
    }
  }

  @Test func `without scripts the same is there to read`() async throws {
    let server = try RedisServer()
    let gauge = try await Cachegauge([server.url])
    let page = try BrowserPage(gauge.address, scripts: false)
    #expect(await page.shows("document.querySelectorAll('main table tbody tr').length === 1"))
    #expect(
      try page.value("document.querySelector('main').innerText").string?.contains("127.0.0.1:\(server.port)")
        == true)
    #expect(try page.value("document.getElementById('pause').hidden") == .bool(true))
    try page.screenshot("plain")
  }

  @Test func `the keyboard reaches what can be pressed, and pausing stops the requests`() async throws {
    let server = try RedisServer()
    let gauge = try await Cachegauge([server.url])
    let page = try BrowserPage(gauge.address)
    #expect(await page.shows(isLive))
    var reached: [String] = []
    for _ in 0..<3 {
      try page.press("Tab", code: 9)
      reached.append(try page.value("document.activeElement.textContent").string ?? "")
    }
    #expect(reached == ["Skip to the caches", "cachegauge", "Pause"])
    try page.press(" ", code: 32, text: " ")
    #expect(try page.value("document.activeElement.getAttribute('aria-pressed')") == .string("true"))
    let polls = gauge.metric("cache_polls_total") ?? 0
    let count = page.requests.count
    #expect(await eventually { (gauge.metric("cache_polls_total") ?? 0) >= polls + 2 })
    #expect(page.requests.count - count <= 1)
  }

  @Test func `200 caches are shown, the worst first, and can be found by name`() async throws {
    let server = try RedisServer()
    let targets = (0..<200).map {
      "  - { name: cache-\($0), url: \"\($0 == 177 ? "redis://127.0.0.1:1" : server.url)\" }"
    }
    let interval = Int(5 * slowness)
    let poll = "poll: { interval: \(interval)s, slow_interval: \(12 * interval)s, timeout: \(interval - 1)s }\n"
    let gauge = try await Cachegauge([], configuration: poll + "targets:\n" + targets.joined(separator: "\n"))
    let page = try BrowserPage(gauge.address, width: 390)
    #expect(await page.shows(isLive, within: 20))
    #expect(await page.shows("document.querySelector('.target h3').textContent === 'cache-177'"))
    #expect(await page.shows("document.querySelector('#namespaces tbody tr').textContent.includes('cache-177')"))
    #expect(try page.value("document.querySelectorAll('.target').length") == .number(60))
    #expect(try page.value(overflowAudit) == .array([]))
    try page.value("document.querySelector('input').focus()")
    for letter in "cache-42" { try page.press(String(letter), code: 0, text: String(letter)) }
    #expect(await page.shows("document.querySelectorAll('#namespaces tbody tr').length === 1"))
    try page.value("document.querySelector('.targets + button').click()")
    #expect(await page.shows("document.querySelectorAll('.target').length === 200"))
    #expect(page.complaints == [])
    try page.screenshot("many")
  }
}
