import Foundation
import TestSupport
import Testing

@Suite(.enabled(if: isInstalled("prometheus") && isInstalled("redis-server") && isInstalled("jq")))
struct `Dashboards of a real Prometheus` {
  private static let repository = #filePath.split(separator: "/").dropLast(3).reduce("") { "\($0)/\($1)" }

  @Test func `every query of every panel returns data about the demo`() async throws {
    let directory = try TemporaryDirectory()
    let port = try freePort()
    let demo = try ServerProcess(
      [Cachegauge.executable, "demo", "--listen", "127.0.0.1:\(port)"], log: "\(directory.path)/log")
    let prometheus = try await Prometheus(
      configuration: """
        global: { scrape_interval: 1s }
        scrape_configs: [ { job_name: cachegauge, static_configs: [ { targets: ["127.0.0.1:\(port)"] } ] } ]
        """, directory: directory)
    let command = ["\(Self.repository)/dashboards/check.sh", "http://127.0.0.1:\(prometheus.port)"]
    var last = CommandResult?.none
    let isComplete = try await eventually(within: 90) {
      last = try run(command)
      return last?.exitCode == 0
    }
    #expect(isComplete, "\(last?.output ?? "")")
    demo.signal(SIGTERM)
    #expect(await eventually { !demo.isRunning })
  }

  @Test func `the command writes the committed files, and says which`() throws {
    let directory = try TemporaryDirectory()
    let result = try run([Cachegauge.executable, "dashboards", "--output", "\(directory.path)/new/deep"])
    #expect(result.exitCode == 0)
    let files = result.output.split(separator: "\n").compactMap { $0.split(separator: "/").last.map(String.init) }
    #expect(files.count == 5)
    for file in files {
      #expect(
        try readFile("\(directory.path)/new/deep/\(file)") == readFile("\(Self.repository)/dashboards/\(file)"))
    }
  }
}
