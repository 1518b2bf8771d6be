import CacheModel
import Testing

@testable import Daemon

@Suite struct `Remote write's configuration` {
  private static let target = "targets: [{ url: redis://a }]\n"

  @Test func `is read with credentials, labels and headers, and shown without what is secret`() throws {
    let text = """
      \(Self.target)remote_write:
        - url: https://user:word1@far:9090/api/v1/write?token=word3&word4
          name: far
          interval: 30s
          timeout: 5s
          queue: 8MiB
          external_labels: { zone: eu, cluster: a b }
          headers: { X-Scope-OrgID: word2 }
          tls: { ca_file: /ca.crt }
        - { url: "http://near:8428/api/v1/write", password_file: /run/token }
      """
    let loaded = try load(text)
    let remote = try #require(loaded.configuration.remoteWrite.first)
    #expect(remote.receiver.url == "https://far:9090/api/v1/write?token=word3&word4")
    #expect(remote.receiver.identity.name == "far")
    #expect(remote.receiver.username == "user" && remote.receiver.password == Secret("word1"))
    #expect(remote.interval == .seconds(30) && remote.timeout == .seconds(5) && remote.queue == 8 << 20)
    #expect(remote.externalLabels == [Label("cluster", "a b"), Label("zone", "eu")])
    #expect(remote.headers.map(\.name) == ["X-Scope-OrgID"])
    #expect(loaded.configuration.remoteWrite[1].receiver.identity.name == "near:8428/api/v1/write")
    let shown = loaded.show()
    for secret in ["word1", "word2", "word3", "word4"] { #expect(!shown.contains(secret)) }
    #expect(shown.contains("url: \"https://far:9090/api/v1/write?token=<redacted>&<redacted>\" # c.yml:3"))
    #expect(try load(shown).configuration.remoteWrite.map(\.externalLabels) == [remote.externalLabels, []])
  }

  @Test(arguments: [
    ("{ url: redis://a }", "url: \"redis\" is no scheme of a receiver; write http:// or https://"),
    ("{ url: ftp://a/w }", "url: \"ftp\" is no scheme of a receiver; write http:// or https://"),
    ("{ url: a:9090/api/v1/write }", "url: has no scheme; write http:// or https:// in front of it"),
    ("{ url: \"user:word@a://b\" }", "url: what stands in front of :// is no scheme of a receiver"),
    (
      "{ url: \"http://a:9090\" }", "warning: remote_write[0].url: has no path: Prometheus and VictoriaMetrics take"
    ),
    ("{ interval: 1s }", "has no url"),
    ("{ url: http://a/w, interval: 1ms }", "lies outside 1s…1h"),
    ("{ url: http://a/w, queue: 1k }", "lies outside 1MiB…16GiB"),
    ("{ url: http://a/w, external_labels: { 9x: a } }", "is no name of a label"),
    ("{ url: http://a/w, external_labels: { __name__: a } }", "is no name of a label"),
    ("{ url: http://a/w, headers: { Content-Type: a } }", "is no header that may be given here"),
    ("{ url: http://a/w, headers: { \"X: y\": a } }", "is no header that may be given here"),
    ("{ url: http://a/w, tls: { ca_file: /a } }", "which has no TLS"),
    ("{ url: http://a/w, write_relabel_configs: [] }", "let the receiver relabel"),
    ("{ url: http://a/w }, { url: http://a/w }", "has the name of another"),
  ])
  func `that can't be meant is refused with a sentence`(receivers: String, message: String) {
    let found = problems("\(Self.target)remote_write: [ \(receivers) ]")
    #expect(found.contains { $0.contains(message) }, "\(found)")
    #expect(!found.contains { $0.contains("word") })
  }

  @Test(arguments: ["http://a/", "http://a/w", "https://a:1/api/v1/push?x=1"])
  func `is not doubted where the URL says a path`(url: String) {
    #expect(problems("\(Self.target)remote_write: [ { url: \"\(url)\" } ]").isEmpty)
  }
}

@Suite struct `What is sent of targets` {
  private static func target(_ name: String, polls: Int64, isUp: Bool = true) -> TargetSnapshot {
    var target = TargetSnapshot(
      target: Target(name: name, isNamed: true, kind: .redis, address: "a"), time: UnixTime(seconds: polls),
      interval: 1, namespaces: [])
    (target.polls, target.isUp) = (polls, isUp)
    return target
  }

  @Test func `is each poll once, and what has ended where something may have`() {
    var sent = SentTargets()
    let first = sent.news(of: [Self.target("a", polls: 1), Self.target("b", polls: 0)])
    #expect(first.map(\.now.target.name) == ["a"])
    #expect(first[0].before == nil)
    #expect(sent.news(of: [Self.target("a", polls: 1)]).isEmpty)
    let third = sent.news(of: [Self.target("a", polls: 2), Self.target("b", polls: 1)])
    #expect(third.map(\.now.target.name) == ["a", "b"])
    #expect(third[0].before == nil)
    let down = sent.news(of: [Self.target("a", polls: 3, isUp: false), Self.target("b", polls: 2)])
    #expect(down[0].before?.polls == 2 && down[1].before == nil)
    #expect(sent.gone.isEmpty)
    #expect(sent.news(of: [Self.target("a", polls: 3, isUp: false)]).isEmpty)
    #expect(sent.gone.map(\.target.name) == ["b"])
  }

  @Test func `has ended where a server is another process, in another role or has other namespaces`() {
    func target(_ polls: Int64, _ change: (inout TargetSnapshot) -> Void = { _ in }) -> TargetSnapshot {
      var target = Self.target("a", polls: polls)
      target.sample = Sample(catalog: SeriesCatalog(), time: UnixTime(seconds: polls), epoch: 7)
      target.facts.role = "master"
      change(&target)
      return target
    }
    var sent = SentTargets()
    #expect(sent.news(of: [target(1)])[0].before == nil)
    #expect(sent.news(of: [target(2)])[0].before == nil)
    let other = target(3) { $0.sample = Sample(catalog: SeriesCatalog(), time: UnixTime(seconds: 3), epoch: 8) }
    #expect(sent.news(of: [other])[0].before?.polls == 2)
    #expect(sent.news(of: [target(4)])[0].before?.polls == 3)
    #expect(sent.news(of: [target(5) { $0.facts.role = "slave" }])[0].before?.polls == 4)
    let counts = NamespaceCounts(
      definition: NamespaceDefinition(name: "n"), hits: nil, misses: nil, origin: .sampled)
    #expect(sent.news(of: [target(6) { $0.facts.role = "slave" }])[0].before == nil)
    #expect(
      sent.news(of: [target(7) { ($0.facts.role, $0.namespaces) = ("slave", [counts]) }])[0].before?.polls == 6)
  }
}
