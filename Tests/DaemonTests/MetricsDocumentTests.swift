import Collectors
import Exposition
import Foundation
import Testing

private let file = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
  .deletingLastPathComponent().appending(path: "docs/metrics.md")

@Test func `the committed document of metrics has every family of every table`() throws {
  let text = metricsDocument(
    families: RedisFamilyList.always, legacy: RedisFamilyList.legacy, memcached: MemcachedFamilyList.all)
  if ProcessInfo.processInfo.environment["UPDATE_GOLDEN"] == "1" {
    try text.write(to: file, atomically: true, encoding: .utf8)
  }
  #expect(try text == String(contentsOf: file, encoding: .utf8), "UPDATE_GOLDEN=1 rewrites docs/metrics.md")
}
