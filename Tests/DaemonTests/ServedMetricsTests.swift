import Collectors
import Exposition
import Foundation
import Monitoring
import Testing

/// Every name of a family in a text of PromQL; recorded series have colons and are not among them.
private func families(in text: String) -> Set<String> {
  let words = text.split { !($0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_" || $0 == ":")) }
  return Set(
    words.map(String.init).filter { word in
      !word.contains(":") && !word.hasSuffix("_")
        && ["cache_", "cachegauge_", "redis_", "process_"].contains { word.hasPrefix($0) }
    })
}

/// Names of families that are served without legacy names.
private let served = Set(
  metricsDocument(families: RedisFamilyList.always).split(separator: "\n").filter { $0.hasPrefix("| `") }.compactMap
  {
    $0.split(separator: "`").dropFirst().first.map(String.init)
  })

@Test func `rules ask only for families that are served`() {
  let expressions = prometheusRules(for: []).split(separator: "\n").filter { line in
    !line.contains("record:") && !line.contains("#") && !line.contains("warns of")
  }
  let asked = families(in: expressions.joined(separator: "\n"))
  #expect(asked.count > 25)
  #expect(asked.subtracting(served) == [])
}

@Test func `panels ask only for families that are served`() throws {
  for dashboard in grafanaDashboards() {
    let asked = families(in: String(decoding: dashboard.json, as: UTF8.self))
    #expect(asked.count > 5, "\(dashboard.fileName)")
    #expect(asked.subtracting(served) == [], "\(dashboard.fileName)")
  }
}
