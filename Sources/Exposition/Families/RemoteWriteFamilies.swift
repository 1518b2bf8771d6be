import CacheModel

extension OwnFamily {
  /// Sending to Prometheus' remote-write receivers; nothing where there are none.
  static let remoteWriteFamilies: [OwnFamily] = [
    OwnFamily(
      "cachegauge_remote_write_samples_total", .counter, by: ["receiver"], "Samples that the receiver took.",
      .receivers { receiver, out in out.integer(receiver.sent, receiver.receiver) }),
    OwnFamily(
      "cachegauge_remote_write_samples_dropped_total", .counter, by: ["receiver", "reason"],
      "Samples that are lost: the queue was full (queue_full), or the receiver would never take them (refused).",
      .receivers { receiver, out in
        for reason in RemoteWriteFigures.Dropped.allCases {
          out.integer(receiver.dropped[reason] ?? 0, receiver.receiver, reason.rawValue)
        }
      }),
    OwnFamily(
      "cachegauge_remote_write_retries_total", .counter, by: ["receiver"], "Requests that had to be sent again.",
      .receivers { receiver, out in out.integer(receiver.retries, receiver.receiver) }),
    OwnFamily(
      "cachegauge_remote_write_pending_samples", .gauge, by: ["receiver"], "Samples that wait to be sent.",
      .receivers { receiver, out in out.integer(receiver.pendingSamples, receiver.receiver) }),
    OwnFamily(
      "cachegauge_remote_write_pending_bytes", .gauge, by: ["receiver"],
      "Bytes that wait to be sent, compressed.",
      .receivers { receiver, out in out.integer(receiver.pendingBytes, receiver.receiver) }),
    OwnFamily(
      "cachegauge_remote_write_last_success_timestamp_seconds", .gauge, by: ["receiver"],
      "When the receiver last took samples, as Unix time.",
      .receivers { receiver, out in out.number(receiver.lastSuccess?.seconds, receiver.receiver) }),
  ]
}

extension OwnFamily.Subject {
  /// One figure of each receiver.
  fileprivate static func receivers(
    _ body: @escaping @Sendable (RemoteWriteFigures, inout SeriesWriter) -> Void
  ) -> Self {
    .exporter { exporter, out in
      for receiver in exporter.remoteWrite { body(receiver, &out) }
    }
  }
}
