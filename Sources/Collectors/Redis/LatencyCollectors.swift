import CacheModel
import RESP
import TimeSeries

/// LATENCY LATEST: the latest spike of each event that the server's latency monitor watches.
struct LatencyCollector: RedisCollector {
  let name = "latency"
  let tier = CollectorTier.slow

  mutating func commands(_ context: CollectorContext) -> [RESPCommand] { [RESPCommand("LATENCY", "LATEST")] }

  mutating func receive(_ replies: [RESPValue], into poll: inout RedisPoll) throws(CollectorFailure) {
    guard let reply = replies.first else { throw CollectorFailure(.malformedReply, "LATENCY LATEST: no reply") }
    for element in try reply.elements(of: "LATENCY LATEST") {
      guard let parts = element.array, parts.count >= 3, let event = parts[0].string, let time = parts[1].integer,
        let milliseconds = parts[2].integer
      else { throw CollectorFailure(.malformedReply, "LATENCY LATEST: an event has another shape") }
      let labels = [Label("event_name", event)]
      poll.set(RedisFamilies.latencySpikeLast, labels, FixedPoint(time))
      poll.set(RedisFamilies.latencySpikeDuration, labels, FixedPoint(milliseconds, digits: 3))
    }
  }
}

/// LATENCY HISTOGRAM: calls of each command by powers of two of microseconds, from 7.0 on.
struct LatencyHistogramCollector: RedisCollector {
  let name = "latency_histogram"
  let tier = CollectorTier.slow

  mutating func commands(_ context: CollectorContext) -> [RESPCommand] {
    context.isAtLeast(7) ? [RESPCommand("LATENCY", "HISTOGRAM")] : []
  }

  mutating func receive(_ replies: [RESPValue], into poll: inout RedisPoll) throws(CollectorFailure) {
    guard let reply = replies.first else { throw CollectorFailure(.malformedReply, "LATENCY HISTOGRAM: no reply") }
    let elements = try reply.elements(of: "LATENCY HISTOGRAM")
    for pair in stride(from: 0, to: elements.count - 1, by: 2) {
      guard let command = elements[pair].string, let histogram = elements[pair + 1].array else {
        throw CollectorFailure(.malformedReply, "LATENCY HISTOGRAM: no histogram")
      }
      try add(command, histogram, to: &poll)
    }
  }

  /// `["calls", n, "histogram_usec", [bound, cumulative, …]]`.
  private func add(_ command: String, _ histogram: [RESPValue], to poll: inout RedisPoll) throws(CollectorFailure) {
    let parts = Dictionary(RESPValue.array(histogram).pairs ?? [], uniquingKeysWith: { $1 })
    guard let calls = parts["calls"]?.integer, let buckets = parts["histogram_usec"]?.array else {
      throw CollectorFailure(.malformedReply, "LATENCY HISTOGRAM: a histogram has another shape")
    }
    let family = RedisFamilies.latencyHistogram
    let label = Label("cmd", command)
    for bucket in stride(from: 0, to: buckets.count - 1, by: 2) {
      guard let bound = buckets[bucket].integer, let count = buckets[bucket + 1].integer else {
        throw CollectorFailure(.malformedReply, "LATENCY HISTOGRAM: a bucket has another shape")
      }
      poll.set(family, suffix: "_bucket", [label, Label("le", "\(bound)")], FixedPoint(count))
    }
    poll.set(family, suffix: "_bucket", [label, Label("le", "+Inf")], FixedPoint(calls))
    // The histogram has no sum of its own; commandstats of the same poll has it.
    if let totals = poll.commands[command] {
      poll.set(family, suffix: "_sum", [label], FixedPoint(totals.microseconds))
    }
    poll.set(family, suffix: "_count", [label], FixedPoint(calls))
  }
}
