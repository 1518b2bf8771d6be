import CacheModel
import MemcachedProtocol
import Randomness
import Testing
import TimeSeries

@testable import Collectors

private func lines(_ text: String) -> MemcachedReply { .lines(Array(text.utf8)) }

/// What a server says, with some of its statistics changed.
private func stats(_ changes: [String: String] = [:]) -> MemcachedReply {
  var values = [
    "pid": "7", "uptime": "10", "time": "1700000010", "version": "1.6.18", "rusage_user": "1.250000",
    "get_hits": "80", "get_misses": "20", "cmd_get": "100", "cmd_set": "50", "cas_hits": "3", "cas_misses": "2",
    "cas_badval": "1", "bytes": "1000", "limit_maxbytes": "67108864", "curr_items": "10", "total_items": "50",
    "evictions": "4", "reclaimed": "5", "crawler_reclaimed": "6", "curr_connections": "2",
    "max_connections": "1024",
    "total_connections": "9", "rejected_connections": "0", "bytes_read": "1000",
    "time_in_listen_disabled_us": "1500",
    "some_new_statistic": "42", "cmd_meta": "0",
  ]
  values.merge(changes) { $1 }
  return lines(values.sorted { $0.key < $1.key }.map { "STAT \($0.key) \($0.value)\r\n" }.joined())
}

private let settings = lines(
  "STAT maxconns 1024\r\nSTAT evictions on\r\nSTAT detail_enabled yes\r\nSTAT stat_key_prefix :\r\n"
    + "STAT lru_crawler no\r\nSTAT lru_crawler_sleep 100\r\nSTAT tcpport 1\r\n")

private let prefixes = lines("PREFIX menu get 10 hit 7 set 3 del 1\r\nPREFIX user get 2 hit 0 set 0 del 0\r\n")

/// Answers each command by its text; refusals by default.
private struct Server {
  var replies: [String: MemcachedReply] = [
    "stats": stats(), "stats settings": settings, "stats slabs": lines("STAT active_slabs 0\r\n"),
    "stats items": lines(""), "stats detail dump": prefixes,
  ]
  var asked: [String] = []

  mutating func poll(_ collection: inout MemcachedCollection, at seconds: Int64) -> CollectedPoll {
    asked = collection.begin(at: UnixTime(seconds: seconds)).map {
      String(decoding: $0.encoded.dropLast(2), as: UTF8.self)
    }
    return collection.receive(asked.map { replies[$0] ?? .error(MemcachedErrorReply(.unknown, "")) })
  }
}

private func collection(_ change: (inout MemcachedCollectionOptions) -> Void = { _ in }) -> MemcachedCollection {
  var options = MemcachedCollectionOptions()
  options.readsPrefixes = true
  change(&options)
  return MemcachedCollection(options: options)
}

@Suite struct `Statistics of Memcached` {
  @Test func `become series and facts`() {
    var server = Server()
    var collection = collection()
    let collected = server.poll(&collection, at: 100)
    #expect(collected["memcached_commands_total{command=\"get\",status=\"hit\"}"] == FixedPoint(80))
    #expect(collected["memcached_commands_total{command=\"set\",status=\"hit\"}"] == FixedPoint(44))
    #expect(collected["memcached_process_user_cpu_seconds_total"]?.double == 1.25)
    #expect(collected["memcached_listen_disabled_seconds_total"]?.double == 0.0015)
    #expect(collected["memcached_version{version=\"1.6.18\"}"] == FixedPoint(1))
    #expect(collected["memcached_stats_field{field=\"some_new_statistic\"}"] == FixedPoint(42))
    #expect(collected["memcached_stats_field{field=\"pid\"}"] == nil)
    #expect(collected["memcached_max_connections"] == FixedPoint(1024))
    #expect(collected["memcached_lru_crawler_enabled"] == FixedPoint(0))
    #expect(collected["memcached_lru_crawler_sleep"] == nil)
    let facts = collected.facts
    #expect((facts.hits, facts.misses) == (80, 20))
    #expect((facts.software, facts.version, facts.evictionPolicy) == ("memcached", "1.6.18", "lru"))
    #expect((facts.expiredKeys, facts.evictedKeys, facts.keys) == (11, 4, 10))
    #expect(collected.serverFailure == nil)
    #expect(collected.prefixes?.prefixes.map(\.misses) == [3, 2])
    #expect(collected.prefixes?.isOn == true)
  }

  @Test func `of the largest counts sum to the largest, and counts below 0 are none`() {
    let names = [
      "get_hits", "get_misses", "cmd_get", "cmd_set", "cmd_touch", "cmd_meta", "cas_hits", "cas_misses",
      "reclaimed",
      "crawler_reclaimed", "evictions", "delete_hits", "incr_misses", "log_worker_dropped",
    ]
    func read(_ number: Int64) -> (CollectedPoll, LogBaseline) {
      let said = stats(Dictionary(uniqueKeysWithValues: names.map { ($0, "\(number)") }))
      var server = Server()
      server.replies["stats"] = said
      var collection = collection()
      return (server.poll(&collection, at: 100), LogBaseline(said))
    }
    let (most, baseline) = read(.max)
    for fact in [most.facts.hits, most.facts.expiredKeys, most.facts.commandsProcessed] { #expect(fact == .max) }
    #expect(most.prefixes?.lookups == .max)
    #expect(most.logTotals == LogTotals(dropped: .max, lookups: .max, others: .max))
    #expect(baseline.totals == most.logTotals)
    #expect(most["memcached_commands_total{command=\"set\",status=\"hit\"}"] == FixedPoint(0))
    let (least, first) = read(.min)
    for fact in [least.facts.hits, least.facts.evictedKeys, least.facts.commandsProcessed] { #expect(fact == nil) }
    #expect(least["memcached_commands_total{command=\"get\",status=\"hit\"}"] == FixedPoint(.min))
    #expect(least.prefixes?.lookups == 0)
    #expect(least.logTotals == LogTotals() && first.totals == LogTotals())
  }

  @Test func `say the version without control characters, whatever the server says`() {
    var server = Server()
    var collection = collection()
    server.replies["stats"] = stats(["version": "1.6\u{1B}]0;x\u{7}"])
    let collected = server.poll(&collection, at: 100)
    #expect(collected[#"memcached_version{version="1.6\\x1b]0;x\\x07"}"#] == FixedPoint(1))
  }

  @Test func `cost the server little: settings and slabs are asked for rarely, and carried on`() {
    var server = Server()
    var collection = collection()
    _ = server.poll(&collection, at: 100)
    #expect(server.asked == ["stats", "stats settings", "stats slabs", "stats items", "stats detail dump"])
    let second = server.poll(&collection, at: 101)
    #expect(server.asked == ["stats", "stats detail dump"])
    #expect(second["memcached_max_connections"] == FixedPoint(1024))
    #expect(second.facts.evictionPolicy == "lru")
    _ = server.poll(&collection, at: 115)
    #expect(server.asked.contains("stats settings"))
  }

  @Test func `of a thousand prefixes and more are asked for rarely`() {
    var server = Server()
    server.replies["stats detail dump"] = lines(
      (0...1000).map { "PREFIX p\($0) get 1 hit 1 set 0 del 0\r\n" }.joined())
    var collection = collection()
    #expect(server.poll(&collection, at: 100).prefixes?.prefixes.count == 1001)
    #expect(server.poll(&collection, at: 101).prefixes == nil)
    #expect(server.poll(&collection, at: 115).prefixes?.prefixes.count == 1001)
  }

  @Test func `begin again with another process, and with stats reset`() {
    var server = Server()
    var collection = collection()
    let first = server.poll(&collection, at: 100)
    server.replies["stats"] = stats(["uptime": "11", "time": "1700000011"])
    let second = server.poll(&collection, at: 101)
    #expect(first.sample.epoch == second.sample.epoch)
    #expect(second.serverChanged == false && second.statsReset == false)
    server.replies["stats"] = stats(["uptime": "12", "time": "1700000012", "get_hits": "1", "bytes_read": "2"])
    let third = server.poll(&collection, at: 102)
    #expect(third.statsReset && third.sample.epoch == second.sample.epoch)
    server.replies["stats"] = stats(["uptime": "1", "time": "1700000020"])
    let fourth = server.poll(&collection, at: 103)
    #expect(fourth.serverChanged && fourth.sample.epoch != second.sample.epoch)
  }

  @Test(arguments: [MemcachedErrorReply.Kind.unknown, .client, .server])
  func `that are refused cost only themselves, and stats the poll`(_ kind: MemcachedErrorReply.Kind) {
    var server = Server()
    var collection = collection()
    let refusal = MemcachedReply.error(MemcachedErrorReply(kind, "no"))
    server.replies["stats settings"] = refusal
    server.replies["stats detail dump"] = refusal
    let collected = server.poll(&collection, at: 100)
    #expect(collected.serverFailure == nil && collected.facts.hits == 80)
    #expect(collected.status("prefixes")?.failure == collected.status("settings")?.failure)
    #expect(collected.notices.isEmpty == (kind == .server))
    server.replies["stats"] = refusal
    #expect(
      server.poll(&collection, at: 101).serverFailure
        == (kind == .server ? .serverError : collected.status("settings")?.failure))
  }

  @Test(arguments: [
    "PREFIX menu get 10 hit 7 set 3\r\n", "PREFIX menu get 1 hit 2 set 0 del 0\r\n",
    "PREFIX menu get -1 hit 0 set 0 del 0\r\n",
    "STAT menu 1\r\n", "PREFIX a b get 1 hit 0 set 0 del 0\r\n",
    "PREFIX m get 99999999999999999999 hit 0 set 0 del 0\r\n",
  ]) func `of prefixes in another shape are malformed`(_ line: String) {
    var server = Server()
    var collection = collection()
    server.replies["stats detail dump"] = lines(line)
    let collected = server.poll(&collection, at: 100)
    #expect(collected.prefixes == nil)
    #expect(collected.status("prefixes")?.failure == .malformedReply)
  }

  @Test func `of slab classes are bounded, and the classes that are shown stay`() {
    var server = Server()
    var collection = collection { $0.slabClasses = 2 }
    func slabs(_ pages: [Int]) -> MemcachedReply {
      lines(
        pages.enumerated().map {
          "STAT \($0.offset + 1):total_pages \($0.element)\r\nSTAT \($0.offset + 1):cmd_set 9\r\n"
        }.joined())
    }
    func shown(_ collected: CollectedPoll) -> [String] {
      collected.series.keys.filter { $0.hasPrefix("memcached_slab_current_pages") }.sorted()
    }
    server.replies["stats slabs"] = slabs([1, 5, 3])
    let first = shown(server.poll(&collection, at: 100))
    #expect(first == ["memcached_slab_current_pages{slab=\"2\"}", "memcached_slab_current_pages{slab=\"3\"}"])
    server.replies["stats slabs"] = slabs([100, 5, 3])
    #expect(shown(server.poll(&collection, at: 200)) == first)
  }

  @Test(arguments: 0..<8) func `in mutated replies give a sample or a failure`(_ seed: UInt64) {
    var random = SeededRandom(seed: seed)
    for _ in 0..<200 {
      var server = Server()
      for (command, reply) in server.replies {
        guard case .lines(var bytes) = reply, !bytes.isEmpty else { continue }
        for _ in 0..<4 {
          bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
        }
        server.replies[command] = .lines(bytes)
      }
      var collection = collection()
      let collected = server.poll(&collection, at: 100)
      #expect(collected.collectors.count == 5)
    }
  }
}
