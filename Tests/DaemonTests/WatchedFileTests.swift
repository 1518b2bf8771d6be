import TestSupport
import Testing

@testable import Daemon

@Suite struct `A file that is watched` {
  private static func item(_ text: String) throws -> TargetList.Item {
    TargetList.Item(url: try TargetURL(parsing: text), labels: [])
  }

  @Test func `that is written in place is read when two looks have seen it the same`() throws {
    let directory = try TemporaryDirectory()
    let path = try directory.write("[]", to: "t.json")
    var file = WatchedFile(try #require(WatchedFile.Mark(path)), items: [], after: nil)
    var steps = [file.look(try #require(WatchedFile.Mark(path)))]
    for text in ["[ ", "[ ]", "[ ]"] {
      if try readFile(path) != text { try run(["sh", "-c", "printf '\(text)' > \(path)"]) }
      steps.append(file.look(try #require(WatchedFile.Mark(path))))
    }
    #expect(steps == [.keep, .keep, .keep, .read])
  }

  @Test func `that was put in the other's place is read at once`() throws {
    let directory = try TemporaryDirectory()
    let path = try directory.write("[]", to: "t.json")
    var file = WatchedFile(try #require(WatchedFile.Mark(path)), items: [], after: nil)
    try run(["mv", try directory.write("[ ]", to: "new"), path])
    let step = file.look(try #require(WatchedFile.Mark(path)))
    #expect(step == .read)
  }

  @Test func `that can't be read says what it said before, and one that is gone stays for one look`() throws {
    let directory = try TemporaryDirectory()
    let mark = try #require(WatchedFile.Mark(directory.write("[]", to: "t.json")))
    let good = WatchedFile(mark, items: [try Self.item("a")], after: nil)
    var bad = WatchedFile(mark, items: nil, after: good)
    #expect(good.isRead && !bad.isRead)
    #expect(bad.items == good.items)
    #expect(WatchedFile(mark, items: nil, after: nil).items.isEmpty)
    let missed = [bad.isMissed(), bad.isMissed()]
    #expect(missed == [true, false])
    #expect(WatchedFile.Mark("\(directory.path)/none") == nil)
  }
}

@Suite struct `Places of servers` {
  private static func url(_ text: String) throws -> TargetURL { try TargetURL(parsing: text) }

  @Test(arguments: [
    ("[::1]:1", "[0:0:0:0:0:0:0:1]:1"), ("redis://[2001:DB8::0:1]", "redis://[2001:db8:0:0::1]:6379"),
    ("localhost:1", "127.0.0.1:1"), ("LOCALHOST:1", "[::1]:1"), ("redis://a", "rediss://A:6379/0"),
    ("memcached://a:1", "redis://a:1"),
  ])
  func `are the same however they are spelled`(_ one: String, _ other: String) throws {
    let (one, other) = (try Self.url(one), try Self.url(other))
    #expect(one.isSameServer(as: other) && other.isSameServer(as: one))
    var index = ServerIndex()
    index.insert("first", one)
    index.insert("second", other)
    #expect(index.name(at: other) == "first")
  }

  @Test(arguments: [
    ("[::1]:1", "127.0.0.1:1"), ("localhost:1", "127.0.0.1:2"), ("localhost:1", "127.0.0.2:1"),
    ("redis://a/1", "redis://a/2"), ("redis://[::1]:1", "redis://[::2]:1"),
  ])
  func `are not the same where the text does not say so`(_ one: String, _ other: String) throws {
    let (one, other) = (try Self.url(one), try Self.url(other))
    #expect(!one.isSameServer(as: other))
    var index = ServerIndex()
    index.insert("first", one)
    #expect(index.name(at: other) == nil)
  }

  @Test func `are spoken to in the same way only where kind and encryption agree`() throws {
    let schemes = ["redis", "valkey", "rediss", "memcached", "memcached+tls"]
    let plain = try Self.url("redis://a:1")
    let same = try schemes.filter { plain.isSameProtocol(as: try Self.url("\($0)://a:1")) }
    #expect(same == ["redis", "valkey"])
    let pattern = try TargetPattern(parsing: "[0:0::1]:1")
    #expect(pattern.matches(try Self.url("[::1]:1"), hasScheme: false))
    #expect(!pattern.matches(try Self.url("memcached://[::1]:1"), hasScheme: true))
  }
}

@Suite struct `The memory for removed keys` {
  private static func configuration(_ text: String) throws -> Configuration {
    try load(text).configuration
  }

  @Test func `is shared evenly by the targets of the configuration`() throws {
    let target = "{ name: NAME, url: redis://NAME, observe: { events: true } }"
    let list = ["a", "b", "c"].map { target.replacing("NAME", with: $0) }.joined(separator: ", ")
    let budget = KeyMemoryBudget(try Self.configuration("targets: [\(list)]"))
    #expect(budget.share(isListed: true).bytes == KeyMemoryBudget.total / 3)
    #expect(budget.share(isListed: false).bytes == KeyMemoryBudget.least)
  }

  @Test func `is one budget however many targets come, and goes back when they end`() throws {
    let budget = KeyMemoryBudget(
      try Self.configuration("target_files: [{ paths: [a.json], observe: { events: true } }]"))
    var shares = (0..<1000).map { _ in budget.share(isListed: false) }
    let taken = shares.reduce(0) { $0 + $1.bytes }
    #expect(taken <= KeyMemoryBudget.total + 1000 * KeyMemoryBudget.least)
    #expect(shares.allSatisfy { $0.bytes >= KeyMemoryBudget.least })
    let first = shares[0].bytes
    shares = []
    #expect(budget.share(isListed: false).bytes == first)
  }
}
