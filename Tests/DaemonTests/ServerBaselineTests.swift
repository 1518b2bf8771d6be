import RESP
import Testing

@testable import Daemon

@Suite struct `What INFO says when a subscription begins` {
  @Test func `the process, how long it runs, and what it counted are read`() {
    let lines = [
      "# Server", "redis_version:7.0.15", "run_id:abc", "uptime_in_seconds:12", "# Stats", "expired_keys:0",
      "evicted_keys:0", "keyspace_misses:34",
    ]
    let baseline = ServerBaseline(.bulk(Array(lines.joined(separator: "\r\n").utf8)))
    #expect(baseline.runID == "abc")
    #expect(baseline.majorVersion == 7)
    #expect(baseline.uptime == 12)
    #expect(baseline.misses == 34)
    #expect(baseline.nothingRemoved)
    #expect(ServerBaseline(.null) == ServerBaseline(.bulk(Array("uptime_in_seconds:soon".utf8))))
  }
}
