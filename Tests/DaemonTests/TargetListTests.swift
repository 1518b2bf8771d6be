import CacheModel
import Randomness
import Testing

@testable import Daemon

private func read(_ text: String, _ file: String = "t.yml") throws(TargetList.Problem) -> [TargetList.Item] {
  try TargetList(Array(text.utf8), file: file).items
}

private let json = """
  [
  \t{ "targets": ["10.0.0.1:6379", "rediss://b:6380/2"], "labels": { "env": "prod", "__meta_x": "y", "app": "shop" } },
  \t{ "targets": ["redis://u:p%40ss@c"], "labels": { "target": "sessions" } },
    { "targets": [] }
  ]
  """

@Test func `a list in JSON gives each target with its group's labels`() throws {
  let items = try read(json, "t.json")
  #expect(items.map(\.url.text) == ["redis://10.0.0.1:6379", "rediss://b:6380/2", "redis://c:6379"])
  #expect(items[0].labels == [Label("app", "shop"), Label("env", "prod")])
  #expect(items[2].name == "sessions")
  let template = TargetConfiguration(url: "")
  #expect(items.map { $0.target(template).identity.name } == ["10.0.0.1:6379", "b:6380/2", "sessions"])
}

@Test func `a list in YAML says the same, and one without groups nothing`() throws {
  #expect(try read("- targets: ['a:1']\n  labels: {env: prod}\n").map(\.url.address) == ["a:1"])
  #expect(try read("[]").isEmpty)
  #expect(try read("- targets: [a]\n  labels:\n").count == 1)
}

@Test func `a target's own credentials go before the template's, and to nobody else`() throws {
  var template = TargetConfiguration(url: "")
  (template.username, template.passwordFile) = ("monitor", "/run/secrets/redis")
  let targets = try read(json, "t.json").map { $0.target(template) }
  #expect(targets[0].passwordFile == "/run/secrets/redis")
  #expect(targets[0].password == nil)
  #expect(targets[2].password?.revealed == "p@ss")
  #expect(targets[2].passwordFile == nil)
  #expect(targets[2].username == "u")
}

@Test(arguments: [
  ("", "is empty"), (" \n", "is empty"), ("# soon\n", "is empty"), ("~", "is empty"),
  ("- targets: ['sentinel://a:1/m']", "under targets of the configuration"),
  ("- targets: [a]\n  labels: {le: x}", "choose another name"),
  ("targets: [a]", "list of groups"), ("- labels: {}", "has no targets"), ("- targets: a", "list of targets"),
  ("- targets: ['http://a']", "http:// is an endpoint of statistics"),
  ("- targets: [a]\n  labels: {'a-b': x}", "no name of a label"),
  ("- targets: [a, b]\n  labels: {target: x}", "several targets"),
  ("- targets: [a]\n  labels: [b]", "mapping of labels"), ("- {targets: [a], label: {}}", "did you mean labels?"),
  ("- targets: [a", "not YAML"), ("- targets: [a]\n  labels: {x: [1]}", "a text is wanted"),
])
func `a file that is no list says where and why`(text: String, part: String) {
  do throws(TargetList.Problem) {
    _ = try read(text)
    Issue.record("was taken")
  } catch {
    #expect(error.sentence.contains(part), "\(error.sentence)")
    #expect(error.sentence.hasPrefix("t.yml:"))
  }
}

@Test func `labels that series have themselves are taken, and named`() throws {
  let text = "- targets: [a]\n  labels: {namespace: x, cmd: y, role: z}\n"
  let list = try TargetList(Array(text.utf8), file: "t.yml")
  #expect(list.items[0].labels.map(\.name) == ["cmd", "namespace", "role"])
  #expect(list.hiding == ["namespace", "role"])
}

@Test func `a damaged file gives a problem, never a trap`() {
  var random = SeededRandom(seed: 20)
  for _ in 0..<400 {
    var bytes = Array(json.utf8)
    for _ in 0..<Int.random(in: 1...4, using: &random) {
      bytes[Int.random(in: bytes.indices, using: &random)] = UInt8.random(in: 0...255, using: &random)
    }
    bytes = Array(bytes.prefix(Int.random(in: 0...bytes.count, using: &random)))
    let items = (try? TargetList(bytes, file: "t.json"))?.items ?? []
    #expect(items.count <= 3)
  }
}
