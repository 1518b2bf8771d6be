import CacheModel
import Testing

@testable import Daemon

@Suite struct `Shards` {
  @Test(arguments: [1, 2, 3, 7]) func `take each target exactly once, and share them evenly`(count: Int) throws {
    let shards = try (1...count).map { try Shard(parsing: "\($0)/\(count)") }
    let names = (0..<3000).map { "redis-\($0).cache.internal:6379" }
    for name in names { #expect(shards.count { $0.takes(name) } == 1) }
    for shard in shards {
      let share = Double(names.count { shard.takes($0) }) * Double(count) / 3000
      #expect((0.85...1.15).contains(share))
    }
  }

  @Test func `stay as they are: another would have targets watched twice while processes are replaced`() throws {
    let third = try Shard(parsing: "3/3")
    let names = (0..<12).map { "cache-\($0)" }
    #expect(names.filter { third.takes($0) } == ["cache-2", "cache-10", "cache-11"])
  }

  @Test func `of another count move no target that need not move`() throws {
    let before = try (1...4).map { try Shard(parsing: "\($0)/4") }
    let after = try (1...5).map { try Shard(parsing: "\($0)/5") }
    for number in 0..<1000 {
      let name = "t\(number)"
      let (old, new) = (before.first { $0.takes(name) }?.index, after.first { $0.takes(name) }?.index)
      #expect(new == old || new == 5)
    }
  }

  @Test(arguments: ["", "1", "0/3", "4/3", "1/0", "1/1001", "a/b", "1/2/3", "-1/2"])
  func `that are none are refused`(text: String) {
    #expect(throws: ValueError.self) { try Shard(parsing: text) }
  }

  @Test func `divide a configuration's targets, and are shown`() throws {
    let text =
      "shard: 1/2\ntargets: [\((0..<20).map { "{ name: t\($0), url: \"redis://h\($0)\" }" }.joined(separator: ", "))]"
    let loaded = try load(text)
    var other = loaded.configuration
    other.shard = try Shard(parsing: "2/2")
    let (one, two) = (loaded.configuration.ownTargets.map(\.identity.name), other.ownTargets.map(\.identity.name))
    #expect(!one.isEmpty && !two.isEmpty)
    #expect((one + two).sorted() == loaded.configuration.targets.map(\.identity.name).sorted())
    #expect(loaded.show().contains("shard: 1/2"))
  }
}
