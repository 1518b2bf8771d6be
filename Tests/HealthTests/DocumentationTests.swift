import CacheModel
import FoundationEssentials
import Health
import Testing

struct DocumentationTests {
  private func text() throws -> String {
    let root = URL(filePath: #filePath).resolvingSymlinksInPath().deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent()
    let path = root.appending(path: "docs/warnings.md").path
    return String(decoding: try Data(contentsOf: URL(filePath: path)), as: UTF8.self)
  }

  @Test(arguments: WarningCode.allCases)
  func `every warning has its section with meaning, computation and what to do`(_ code: WarningCode) throws {
    let sections = try text().split(separator: "\n## ")
    let section = try #require(sections.first { $0.hasPrefix("\(code.rawValue)\n") })
    for part in ["**Means.**", "**Computed.**", "**Do.**"] { #expect(section.contains(part)) }
  }

  @Test(arguments: HealthSetting.all.map(\.name))
  func `every setting is documented`(_ name: String) throws {
    #expect(try text().contains("`\(name)`"))
  }

  @Test func `the documentation names no code that does not exist`() throws {
    let headings = try text().split(separator: "\n").filter { $0.hasPrefix("## ") }.map { $0.dropFirst(3) }
    let codes = headings.filter { $0.contains("_") }.map(String.init)
    #expect(Set(codes) == Set(WarningCode.allCases.map(\.rawValue)))
  }
}
