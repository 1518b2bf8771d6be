import HTTPServer
import Locked

/// Bounds how many exports are answered at a time: each occupies a thread of the server for as long as its client reads.
final class ExportPlaces: Sendable {
  private let limit: Int
  private let taken = Locked(0)

  init(limit: Int = 2) { self.limit = limit }

  /// A place, given back when it is released; nil while all are taken.
  func take() -> Place? {
    let isFree = taken.withLock { taken in
      if taken >= limit { return false }
      taken += 1
      return true
    }
    return isFree ? Place(self) : nil
  }

  /// Held by an answer for as long as it is being read.
  final class Place: Sendable {
    private let places: ExportPlaces

    fileprivate init(_ places: ExportPlaces) { self.places = places }

    deinit { places.taken.withLock { $0 -= 1 } }
  }

  /// The answer while all places are taken.
  var refusal: HTTPResponse {
    .text(
      503, "\(limit) exports are being read already, which is as many as are answered at a time: try again later",
      headers: [("Retry-After", "10")])
  }
}
