import CacheModel
import RemoteWrite

/// Samples on their way into a queue, in requests of a bounded length.
struct SampleBatch {
  /// Samples of a request: some 200 kB before they are compressed.
  private static let samplesOfRequest = 5000

  private var builder: WriteRequestBuilder
  private let put: (WriteRequest) -> Void

  /// Every series has `externalLabels`; `put` takes each request.
  init(externalLabels: [Label], put: @escaping (WriteRequest) -> Void) {
    builder = WriteRequestBuilder(externalLabels: externalLabels)
    self.put = put
  }

  /// Adds what series were at a time, or that they are over since then.
  mutating func add(_ points: [SeriesPoint], at time: UnixTime, areOver: Bool = false) {
    for point in points {
      builder.add(point, areOver ? WriteRequest.stale : point.value, at: time.milliseconds)
      if builder.samples >= Self.samplesOfRequest { flush() }
    }
  }

  /// Puts what is left.
  mutating func flush() {
    if let request = builder.take() { put(request) }
  }
}
