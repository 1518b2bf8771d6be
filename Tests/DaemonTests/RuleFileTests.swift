import Foundation
import Monitoring
import Testing

@testable import Daemon

private let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
  .deletingLastPathComponent()

@Test func `the committed rules of the full example are what its configuration gives`() throws {
  let example = try String(contentsOf: root.appending(path: "examples/cachegauge.yml"), encoding: .utf8)
  let rules = try prometheusRules(for: load(example).configuration.ruleTargets)
  let golden = root.appending(path: "alerts/example.rules.yml")
  if ProcessInfo.processInfo.environment["UPDATE_GOLDEN"] == "1" {
    try rules.write(to: golden, atomically: true, encoding: .utf8)
  }
  #expect(try rules == String(contentsOf: golden, encoding: .utf8))
}
