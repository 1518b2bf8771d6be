import CacheModel
import RESP
import Testing

@testable import Collectors

/// CLUSTER SLOT-STATS as the servers' documentation and sources write its replies, byte for byte.
@Suite struct SlotStatsTests {
  /// Both replies, by keys and by time, out of a file that has them as they are on the wire, but for its ends of lines.
  private static func replies(_ text: String) throws -> [RESPValue] {
    let decoder = RESPDecoder()
    let bytes = text.split(separator: "\n").flatMap { Array("\($0)\r\n".utf8) }
    decoder.feed(bytes.span)
    let (first, second) = (try decoder.next(), try decoder.next())
    return try [#require(first), #require(second)]
  }

  private static func series(_ replies: [RESPValue]) throws -> [String] {
    var collector = SlotStatsCollector()
    var poll = RedisPoll(time: UnixTime(seconds: 1), catalog: SeriesCatalog())
    try collector.receive(replies, into: &poll)
    return poll.takePassing().map { "\($0.0.key) \($0.1)" }.sorted()
  }

  @Test(arguments: ["valkey-8.0", "valkey-8.0-keys", "redis-8"])
  func `the documented replies of each server become series`(_ name: String) throws {
    let text = try #require(Golden.read("\(name).slotstats"))
    let series = try Self.series(Self.replies(text))
    try Golden.compare(series.map { "\($0)\n" }.joined(), with: "\(name).slotstats.expected")
  }

  @Test func `what a later server tells beside the known figures, in whatever form, is passed over`() throws {
    let text = """
      *1
      *2
      :0
      *6
      $10
      data-bytes
      *4
      $6
      string
      :1024
      $4
      hash
      :256
      $9
      key-count
      :5
      $8
      hot-keys
      $1
      a
      *0

      """
    #expect(try Self.series(Self.replies(text)) == ["redis_cluster_slot_keys{slot=\"0\"} 5"])
  }
}
