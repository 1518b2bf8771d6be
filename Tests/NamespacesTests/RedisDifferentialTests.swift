import Randomness
import Testing

@testable import Namespaces

@Suite(.enabled(if: RedisServer.isWanted)) struct RedisDifferentialTests {
  /// Numbers instead of the keys themselves, which may hold line feeds.
  private static let numbersOfKeys =
    "local n = '' for _, k in ipairs(redis.call('keys', ARGV[1])) do n = n .. redis.call('get', k) .. ',' end return n"

  @Test func `a pattern takes the keys that Redis' KEYS finds`() throws {
    var generator = SeededRandom(seed: 42)
    // Not the empty key: there Redis itself tells ** from *.
    let random = (0..<400).map { _ in randomKey(using: &generator) }.filter { !$0.isEmpty }
    let keys = Array(Set(random + [[0xFF, 0x00], [0x0A], [0xC3]]))
    let patterns = (0..<3_000).map { _ in randomPattern(using: &generator) }.filter {
      !$0.contains("{tenant}") && (try? KeyPattern($0)) != nil
    }
    let sets = keys.enumerated().map { "SET \(RedisServer.quoted($1)) \($0)" }
    let asks = patterns.map { "EVAL \"\(Self.numbersOfKeys)\" 0 \(RedisServer.quoted(Array($0.utf8)))" }
    let lines = try RedisServer.answers(to: sets + asks).dropFirst(sets.count)
    try #require(lines.count == patterns.count && patterns.count > 1000)
    for (text, line) in zip(patterns, lines) {
      let pattern = try KeyPattern(text)
      let expected = Set(line.split(separator: ",").compactMap { Int($0) })
      #expect(Set(keys.indices.filter { pattern.takes(keys[$0]) }) == expected, "\(text)")
    }
  }

  /// One line for each command and subcommand: name, first key, whether keys are movable.
  private static let commandTable = """
    local t = ''
    local function add(c)
      local movable = false
      for _, f in ipairs(c[3]) do
        if type(f) == 'table' then f = f.ok end
        if f == 'movablekeys' then movable = true end
      end
      t = t .. c[1] .. ',' .. c[4] .. ',' .. tostring(movable) .. '\\n'
      for _, s in ipairs(c[10] or {}) do add(s) end
    end
    for _, c in ipairs(redis.call('command')) do add(c) end
    return t
    """

  @Test func `the first key is where Redis says, for every command that it has`() throws {
    let arguments = (0..<10).map { "argument\($0)" }
    let answer = try RedisServer.answers(to: ["EVAL \(RedisServer.quoted(Array(Self.commandTable.utf8))) 0"])
    let commands = answer.map { $0.split(separator: ",").map(String.init) }.filter { $0.count == 3 }
    try #require(commands.count > 200)
    for fields in commands where fields[2] == "false" && !Self.channels.contains(fields[0]) {
      let position = try #require(Int(fields[1]))
      let found = CommandKeys.first(of: fields[0], in: arguments)
      // `object|help` has no argument where the key would be, and `object` alone is no command.
      let isContainer = fields[0].contains("|") || Self.containers.contains(fields[0])
      if isContainer && position == 0 && found == 2 { continue }
      #expect(found == (position == 0 ? nil : position), "\(fields[0])")
    }
  }

  @Test func `movable keys are found as COMMAND GETKEYS finds them`() throws {
    let answers = try RedisServer.answers(
      to: Self.movable.flatMap { ["COMMAND GETKEYS " + $0, "ECHO end"] }
    ).split(separator: "end")
    try #require(answers.count == Self.movable.count)
    for (command, keys) in zip(Self.movable, answers) {
      let arguments = command.split(separator: " ").map { $0 == "\"\"" ? "" : String($0) }
      let found = CommandKeys.first(of: arguments[0].lowercased(), in: arguments)
      #expect(found.map { arguments[$0] } == "k1", "\(command)")
      #expect(keys.contains("k1"), "\(command)")
    }
  }

  private static let movable = [
    "EVAL s 2 k1 k2", "EVALSHA s 1 k1", "FCALL f 1 k1", "FCALL_RO f 1 k1", "EVAL_RO s 1 k1", "ZUNION 2 k1 k2",
    "ZINTER 2 k1 k2", "ZDIFF 2 k1 k2", "ZINTERCARD 2 k1 k2", "SINTERCARD 2 k1 k2", "LMPOP 1 k1 LEFT",
    "ZMPOP 1 k1 MIN",
    "BLMPOP 0 1 k1 LEFT", "BZMPOP 0 1 k1 MIN", "XREAD COUNT 1 STREAMS k1 0", "SORT k1 BY x STORE y",
    "XREADGROUP GROUP g c STREAMS k1 >", "MIGRATE h 1 k1 0 10", "MIGRATE h 1 \"\" 0 10 KEYS k1 k2",
    "GEORADIUS k1 1 1 1 m", "SORT_RO k1", "GEORADIUSBYMEMBER k1 m 1 m", "ZUNIONSTORE k1 1 k2",
  ]

  private static let containers: Set<String> = ["object", "xinfo", "xgroup"]
  /// Shard channels have a key's place in COMMAND, and are none.
  private static let channels: Set<String> = ["spublish", "ssubscribe", "sunsubscribe"]
}
