import Exposition
import FoundationEssentials
import Testing

@testable import Monitoring

struct DashboardTests {
  @Test(arguments: Dashboard.all.map(\.name))
  func `the committed dashboard is what the generator writes`(_ name: String) throws {
    let dashboard = try #require(grafanaDashboards().first { $0.fileName == name + ".json" })
    try expectCommitted(dashboard.json, at: "dashboards/" + dashboard.fileName)
  }

  @Test func `no other dashboard is committed`() throws {
    let files = try FileManager.default.contentsOfDirectory(atPath: root.appending(path: "dashboards").path)
    #expect(Set(files.filter { $0.hasSuffix(".json") }) == Set(grafanaDashboards().map(\.fileName)))
  }

  @Test func `identifiers and titles are unique`() {
    #expect(Set(Dashboard.all.map(\.uid)).count == Dashboard.all.count)
    #expect(Set(Dashboard.all.map(\.title)).count == Dashboard.all.count)
    for dashboard in Dashboard.all {
      let titles = dashboard.rows.flatMap(\.panels).map(\.title)
      #expect(Set(titles).count == titles.count, "\(dashboard.name)")
    }
  }

  @Test(arguments: Dashboard.all.map(\.name))
  func `every panel says what it shows, in a unit, within the grid, and follows the variables`(_ name: String)
    throws
  {
    let dashboard = try #require(Dashboard.all.first { $0.name == name })
    let variables = dashboard.variables.map(\.name)
    for panel in dashboard.rows.flatMap(\.panels) {
      #expect(panel.description.hasSuffix(".") && panel.description.count > 20, "\(panel.title)")
      #expect((1...24).contains(panel.width) && panel.height > 0)
      #expect(!panel.queries.isEmpty)
      for query in panel.queries {
        #expect(query.expression.contains("job=~\"$job\",instance=~\"$instance\""), "\(panel.title)")
        #expect(query.legend.isEmpty == (panel.kind == .table), "\(panel.title)")
        for used in ["target", "namespace"] where query.expression.contains("$\(used)") {
          #expect(variables.contains(used), "\(panel.title)")
        }
      }
    }
  }

  @Test func `panels of a row stand side by side without overlap`() throws {
    for dashboard in Dashboard.all {
      var taken: Set<[Int]> = []
      for panel in try JSONDecoder().decode(Written.self, from: Data(dashboard.json.bytes)).panels {
        for x in panel.gridPos.x..<(panel.gridPos.x + panel.gridPos.w) {
          for y in panel.gridPos.y..<(panel.gridPos.y + panel.gridPos.h) {
            #expect(x < 24 && taken.insert([x, y]).inserted, "\(dashboard.name)")
          }
        }
      }
    }
  }

  private struct Written: Decodable {
    struct Panel: Decodable {
      struct Place: Decodable { var x, y, w, h: Int }
      var gridPos: Place
    }
    var panels: [Panel]
  }
}
