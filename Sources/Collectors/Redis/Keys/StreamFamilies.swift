import CacheModel
import RESP
import TimeSeries

/// Families of streams, as redis_exporter names them, out of the replies to XINFO.
enum StreamFamilies {
  private typealias Row = (field: String, family: MetricFamily)

  /// Numbers of XINFO STREAM.
  private static let numbers: [Row] = [
    ("length", gauge("length", "Entries of a stream")),
    ("radix-tree-keys", gauge("radix_tree_keys", "Keys of a stream's radix tree")),
    ("radix-tree-nodes", gauge("radix_tree_nodes", "Nodes of a stream's radix tree")),
    ("groups", gauge("groups", "Groups of consumers of a stream")),
    (
      "entries-added",
      MetricFamily("redis_stream_entries_added_total", .counter, "Entries ever added to a stream")
    ),
  ]

  /// Entry numbers, of which the milliseconds are shown; the first of an array is the entry's.
  private static let ids: [Row] = [
    ("last-generated-id", gauge("last_generated_id", "Milliseconds of the last number that a stream gave")),
    ("max-deleted-entry-id", gauge("max_deleted_entry_id", "Milliseconds of the largest number that was deleted")),
    ("first-entry", gauge("first_entry_id", "Milliseconds of a stream's first entry")),
    ("last-entry", gauge("last_entry_id", "Milliseconds of a stream's last entry")),
  ]

  private static let groupNumbers: [Row] = [
    ("consumers", gauge("group_consumers", "Consumers of a group")),
    ("pending", gauge("group_messages_pending", "Entries that a group has read and not acknowledged")),
    ("entries-read", gauge("group_entries_read", "Entries that a group has read")),
  ]
  private static let lag = gauge("group_lag", "Entries that a group has not read; 0 where the server can't tell")
  private static let delivered = gauge(
    "group_last_delivered_id", "Milliseconds of the last entry that a group was given")
  private static let consumerPending = gauge(
    "group_consumer_messages_pending", "Entries that a consumer has read and not acknowledged")
  private static let consumerIdle = gauge(
    "group_consumer_idle_seconds", "Seconds since a consumer last asked for entries")

  static let all =
    (numbers + ids + groupNumbers).map(\.family) + [lag, delivered, consumerPending, consumerIdle]

  private static func gauge(_ name: String, _ help: String) -> MetricFamily {
    MetricFamily("redis_stream_\(name)", .gauge, help)
  }

  static func stream(_ reply: RESPValue, _ labels: [Label]) -> [(SeriesDefinition, FixedPoint)] {
    numbers.compactMap { row in series(row.family, labels, value(row.field, of: reply)?.integer) }
      + ids.compactMap { row in series(row.family, labels, milliseconds(value(row.field, of: reply))) }
  }

  static func group(_ reply: RESPValue, _ labels: [Label]) -> [(SeriesDefinition, FixedPoint)] {
    let hasLag = value("lag", of: reply).map { series(lag, labels, $0.integer ?? 0) } ?? nil
    return groupNumbers.compactMap { row in series(row.family, labels, value(row.field, of: reply)?.integer) }
      + [hasLag, series(delivered, labels, milliseconds(value("last-delivered-id", of: reply)))].compactMap(\.self)
  }

  static func consumer(_ reply: RESPValue, _ labels: [Label]) -> [(SeriesDefinition, FixedPoint)] {
    let idle = value("idle", of: reply)?.integer
    return [
      series(consumerPending, labels, value("pending", of: reply)?.integer),
      idle.map { (SeriesDefinition(consumerIdle, labels: labels), FixedPoint($0, digits: 3)) },
    ].compactMap(\.self)
  }

  /// The name of a group or a consumer.
  static func name(of reply: RESPValue) -> [UInt8]? {
    switch value("name", of: reply) {
    case .bulk(let bytes): bytes
    case let other: other?.string.map { Array($0.utf8) }
    }
  }

  private static func value(_ field: String, of reply: RESPValue) -> RESPValue? {
    reply.pairs?.first { $0.name == field }?.value
  }

  private static func milliseconds(_ value: RESPValue?) -> Int64? {
    let id = value?.array?.first ?? value
    return id?.string?.split(separator: "-").first.flatMap { Int64($0) }
  }

  private static func series(
    _ family: MetricFamily, _ labels: [Label], _ value: Int64?
  ) -> (SeriesDefinition, FixedPoint)? {
    value.map { (SeriesDefinition(family, labels: labels), FixedPoint($0)) }
  }
}
