import CacheModel

/// Hits and misses together, with the rates that follow from them.
struct Counts {
  var hits: Int64?
  var misses: Int64?

  /// Hits over lookups, in 0…1; nil without a lookup, or where a count is below zero and so no count.
  var hitRate: Double? {
    guard let hits, let misses, hits >= 0, misses >= 0, hits > 0 || misses > 0 else { return nil }
    return Double(hits) / (Double(hits) + Double(misses))
  }

  /// The rest of ``hitRate``.
  var missRate: Double? {
    Counts(misses, hits).hitRate
  }

  /// The sum over several; nil where none is known.
  init(sumOf all: [Counts]) {
    hits = sum(all.map(\.hits))
    misses = sum(all.map(\.misses))
  }

  init(_ hits: Int64?, _ misses: Int64?) {
    self.hits = hits
    self.misses = misses
  }

  /// Members of a JSON object.
  var members: [(String, JSONValue)] {
    [
      ("hits", .integer(hits)), ("misses", .integer(misses)), ("hit_rate", .number(hitRate)),
      ("miss_rate", .number(missRate)),
    ]
  }
}

/// The sum of those that are known; nil where none is. A sum beyond Int64 stops at its end.
func sum(_ values: [Int64?]) -> Int64? {
  let known = values.compactMap(\.self)
  return known.isEmpty ? nil : Int64(clamping: known.reduce(Int128(0)) { $0 + Int128($1) })
}

extension [HitRateWindow] {
  /// `{"5m": {…}, …}`, shortest first.
  var json: JSONValue { .object(map { ($0.name, $0.json) }) }

  /// The windows of several caches together; an interval only where one cache alone has the window.
  static func merged(_ all: [[HitRateWindow]]) -> [HitRateWindow] {
    let lengths = Set(all.joined().map(\.seconds)).sorted()
    return lengths.map { seconds in
      let same = all.joined().filter { $0.seconds == seconds }
      return HitRateWindow(
        seconds: seconds, hits: same.map(\.hits).reduce(0, +), misses: same.map(\.misses).reduce(0, +),
        coveredSeconds: same.map(\.coveredSeconds).max() ?? 0, interval: same.count == 1 ? same[0].interval : nil)
    }
  }
}

extension HitRateWindow {
  fileprivate var json: JSONValue {
    [
      "hits": .number(hits), "misses": .number(misses), "hit_rate": .number(ratio),
      "interval": .interval(interval),
      "covered_seconds": .number(coveredSeconds),
    ]
  }
}
