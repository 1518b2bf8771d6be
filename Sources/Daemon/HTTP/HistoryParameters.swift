import CacheModel
import HTTPServer
import SeriesQuery

/// The parameters of a request for history: every one is known, and given once, unless it may be repeated.
struct HistoryParameters {
  private let values: [String: String]

  /// Throws 400 for a parameter that is not among `known`, with those, and for one that is given twice.
  init(_ request: HTTPRequest, known: [String], repeatable: Set<String> = []) throws(HistoryRefusal) {
    var values: [String: String] = [:]
    for (name, value) in request.query {
      guard known.contains(name) else {
        let hint = "labels are written as metric=NAME{\(Self.isLabel(name) ? name : "label")=\"…\"}"
        throw HistoryRefusal(
          400, "there is no parameter '\(name)'; known are \(known.joined(separator: ", ")); \(hint)")
      }
      guard values.updateValue(value, forKey: name) == nil || repeatable.contains(name) else {
        throw HistoryRefusal(400, "'\(name)' is given twice")
      }
    }
    self.values = values
  }

  private static func isLabel(_ name: String) -> Bool {
    name.utf8.allSatisfy { $0 == UInt8(ascii: "_") || (97...122).contains($0 | 0x20) }
  }

  subscript(_ name: String) -> String? { values[name] }

  /// A duration in milliseconds, from 1 to 400 days; nil if it isn't given.
  func duration(_ name: String) throws(HistoryRefusal) -> Int64? {
    guard let text = values[name] else { return nil }
    let duration = try? parseDuration(text)
    guard let duration, duration >= .milliseconds(100), duration <= .seconds(400 * 86_400) else {
      throw HistoryRefusal(400, "'\(name)' is '\(text)': write a duration from 100ms to 400d, such as 5m")
    }
    return duration.wholeMilliseconds
  }

  /// A time in Unix milliseconds; nil if it isn't given.
  func time(_ name: String) throws(HistoryRefusal) -> Int64? {
    guard let text = values[name] else { return nil }
    guard let time = parseQueryTime(text) else {
      throw HistoryRefusal(
        400, "'\(name)' is '\(text)': write RFC 3339, such as 2025-10-09T12:00:00Z, or Unix seconds")
    }
    return time
  }

  /// What `last`, or `start` and `end`, say: Unix milliseconds, the first before the second.
  func range(now: Int64, defaultLast: Int64?) throws(HistoryRefusal) -> (start: Int64, end: Int64)? {
    let end = try time("end") ?? now
    let last = try duration("last")
    if let start = try time("start") {
      if last != nil { throw HistoryRefusal(400, "'last' and 'start' both say where the range begins: give one") }
      guard start < end else { throw HistoryRefusal(400, "'start' is not before 'end', which is now unless given") }
      return (start, end)
    }
    return (last ?? defaultLast).map { (end - $0, end) }
  }
}
