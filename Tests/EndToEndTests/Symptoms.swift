import TestSupport
import Testing

/// What people and programs see of a target that does not answer, in each of the places where they look.
struct Symptoms {
  let gauge: Cachegauge
  /// The target's name; nil where it is the only one and has none.
  var target: String?

  private var label: String { target.map { "target=\"\($0)\"" } ?? "" }

  private func series(_ name: String, _ more: String = "") -> String {
    let labels = [label, more].filter { !$0.isEmpty }.joined(separator: ",")
    return labels.isEmpty ? name : "\(name){\(labels)}"
  }

  /// Polls so far.
  var polls: Double { gauge.metric(series("cache_polls_total")) ?? 0 }

  /// Whether the last poll succeeded.
  var isUp: Bool { gauge.metric(series("cache_up")) == 1 }

  /// Waits until it is down for this cause.
  func goesDown(_ cause: String) async -> Bool {
    await eventually { gauge.metric(series("cache_failure_info", "cause=\"\(cause)\"")) == 1 && !isUp }
  }

  /// Waits until it is up again, in metrics and in JSON.
  func recovers() async -> Bool {
    let query = target.map { "?target=\($0)" } ?? ""
    return await eventually { isUp && (try? gauge.get("/api/cache/health\(query)").status) == 200 }
  }

  /// Expects the cause in metrics, JSON, the page and the log.
  func expectTold(_ cause: String, sourceLocation: SourceLocation = #_sourceLocation) async throws {
    #expect(await goesDown(cause), "\(gauge.log)", sourceLocation: sourceLocation)
    let query = target.map { "?target=\($0)" } ?? ""
    let health = try gauge.get("/api/cache/health\(query)")
    #expect(health.status == 503, sourceLocation: sourceLocation)
    let warnings = try JSON(parsing: health.body)["warnings"].items
    #expect(warnings.contains { $0["code"] == .string("target_down") }, sourceLocation: sourceLocation)
    let page = try gauge.get("/", headers: ["Accept": "text/html"]).body
    #expect(page.contains("down: \(cause)"), sourceLocation: sourceLocation)
    #expect(
      await eventually { gauge.log.contains("target does not answer (\(cause))") }, sourceLocation: sourceLocation)
  }
}
