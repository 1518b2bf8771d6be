import Foundation
import TimeSeries

/// A recorded trace: gzipped JSON lines, one poll a line. The format: `docs/ring.md`, "Traces".
struct Trace {
  struct Poll {
    var time: Int64
    /// Cells by series, in the order of `names`.
    var cells: [(series: Int, value: FixedPoint)]
    /// Which of the server's runs answered, from 1 on. A trace has no run id: where the uptime falls, another run began.
    var epoch: UInt64 = 1
  }

  var names: [String] = []
  var polls: [Poll] = []
  /// Cells really present.
  var samples = 0
  private var epoch: UInt64 = 1
  private var lastUptime: Int64 = 0

  /// The server's runs.
  var runs: UInt64 { epoch }

  struct Failure: Error, CustomStringConvertible {
    var description: String
  }

  init(path: String) throws {
    let gzip = Process()
    gzip.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    gzip.arguments = ["gzip", "-dc", path]
    let pipe = Pipe()
    gzip.standardOutput = pipe
    try gzip.run()
    let data = try pipe.fileHandleForReading.readToEnd() ?? Data()
    gzip.waitUntilExit()
    guard gzip.terminationStatus == 0 else { throw Failure(description: "gzip cannot read \(path)") }
    var index: [String: Int] = [:]
    for line in data.split(separator: UInt8(ascii: "\n")) { try take(line, &index) }
    guard !polls.isEmpty else { throw Failure(description: "no polls in \(path)") }
  }

  private mutating func take(_ line: Data, _ index: inout [String: Int]) throws {
    guard let object = try JSONSerialization.jsonObject(with: line) as? [String: Any],
      let time = object["t"] as? NSNumber, let fields = object["d"] as? [String: String]
    else { throw Failure(description: "line \(polls.count + 1) is not a poll") }
    var cells: [(Int, FixedPoint)] = []
    for (name, text) in fields.sorted(by: { $0.key < $1.key }) {
      guard let value = FixedPoint.parse(text.utf8) else { continue }
      let series = index[name] ?? names.count
      if series == names.count {
        index[name] = series
        names.append(name)
      }
      cells.append((series, value))
    }
    cells.sort { $0.0 < $1.0 }
    samples += cells.count
    let uptime = fields["uptime_in_seconds"].flatMap { Int64($0) } ?? lastUptime
    if uptime < lastUptime { epoch += 1 }
    lastUptime = uptime
    polls.append(Poll(time: time.int64Value, cells: cells, epoch: epoch))
  }
}

extension Trace {
  /// The usual distance of two polls in milliseconds: the median.
  var period: Int64 {
    let distances = zip(polls, polls.dropFirst()).map { $1.time - $0.time }.sorted()
    return distances.isEmpty ? 1000 : distances[distances.count / 2]
  }

  /// Whether a field of INFO counts up for as long as the server runs.
  static func kind(_ name: String) -> SeriesKind {
    let counters = [
      "total_", "cmdstat_", "errorstat_", "ns_", "used_cpu_", "keyspace_", "expired_keys", "expired_time_cap",
      "expire_cycle_cpu", "evicted_", "rejected_connections", "sync_", "io_threaded_", "unexpected_error",
      "dump_payload", "lazyfreed_", "reply_buffer_", "uptime_in_seconds", "server_time_usec", "acl_access",
      "active_defrag_hits", "active_defrag_misses", "active_defrag_key",
    ]
    let gauges = ["total_system_memory", "usec_per_call"]
    if gauges.contains(where: name.hasSuffix) { return .gauge }
    return counters.contains(where: name.hasPrefix) ? .counter : .gauge
  }

  /// What Redis prints beside its terms.
  static let rules: [DerivationRule] = [
    DerivationRule(
      "cmdstat_*.usec_per_call", .ratio([.init("cmdstat_*.usec")], over: [.init("cmdstat_*.calls")])),
    DerivationRule(
      "allocator_frag_ratio", .ratio([.init("allocator_active")], over: [.init("allocator_allocated")])),
    DerivationRule(
      "allocator_rss_ratio", .ratio([.init("allocator_resident")], over: [.init("allocator_active")])),
    DerivationRule(
      "rss_overhead_ratio", .ratio([.init("used_memory_rss")], over: [.init("allocator_resident")])),
    DerivationRule(
      "mem_fragmentation_ratio", .ratio([.init("used_memory_rss")], over: [.init("used_memory")])),
    DerivationRule(
      "used_memory_peak_perc", .ratio([.init("used_memory")], over: [.init("used_memory_peak")], factor: 100)),
    DerivationRule(
      "used_memory_dataset_perc",
      .ratio(
        [.init("used_memory"), .init("used_memory_overhead", times: -1)],
        over: [.init("used_memory"), .init("used_memory_startup", times: -1)], factor: 100)),
    DerivationRule("total_commands_processed", .sum(of: "cmdstat_*.calls")),
    DerivationRule("total_error_replies", .sum(of: "errorstat_*.count")),
  ]
}
