import Randomness
import Testing

@testable import Namespaces

@Suite struct LuaPatternTests {
  private static func group(_ pattern: String, _ key: String) throws -> String? {
    try LuaPattern(pattern).group(of: Array(key.utf8)).map { String(decoding: $0, as: UTF8.self) }
  }

  static let cases: [(String, String, String?)] = [
    ("^(.*)_[^_]+$", "key_ringo_1", "key_ringo"), ("^(%a+):", "user:12:roles", "user"),
    ("^(%a+):", "12:roles", nil),
    ("^(%a+):(%d+)", "user:12:roles", "user12"), ("cart", "my:cart:1", "cart"), ("^cart", "my:cart:1", nil),
    ("^(.-):", "a:b:c", "a"), ("^(.*):", "a:b:c", "a:b"), ("%d+$", "order:77", "77"),
    ("^([%w_]+)%.", "a_b.c", "a_b"),
    ("^%b{}", "{tag}x", "{tag}"), ("(%a)%1", "abba", "b"), ("^x?y", "y1", "y"), ("^()a", "abc", "1"),
    ("[%]]", "a]b", "]"), ("[]]", "a]b", "]"), ("[^%s]+", "  ab ", "ab"), ("%f[%w]%w+", "--word--", "word"),
    ("", "abc", ""), ("^$", "", ""), ("^(a*(.)%w(%s*))", "aab  x", "aab  a  "), ("[a-c]+$", "xxabc", "abc"),
  ]

  @Test(arguments: cases) func `a key's group is what string.find captures`(
    _ pattern: String, _ key: String, _ group: String?
  ) throws {
    #expect(try Self.group(pattern, key) == group)
  }

  @Test(arguments: ["(a", "a)", "[a", "%", "%b", "%bx", "[%"]) func `what Lua would refuse is refused`(
    _ pattern: String
  ) {
    #expect(throws: LuaPattern.SyntaxError.self) { try LuaPattern(pattern) }
  }

  @Test func `a pattern made to take for ever gives up`() throws {
    let key = String(repeating: "a", count: 3000)
    #expect(try Self.group("^.*.*.*.*.*.*b$", key) == nil)
  }
}

/// Against the Lua of a real server.
@Suite(.enabled(if: RedisServer.isWanted)) struct LuaPatternLiveTests {
  private static let pieces = [
    "a", "b", ":", "%a", "%d", "%w", ".", "[ab]", "[^:]", "[a-c]", "a*", "[^:]*", ".-", "%d+", "b?", "(", ")", "%1",
    "$",
    "^", "%f[%a]", "%b::",
  ]

  private static let find = """
    local ok, r = pcall(function() return {string.find(ARGV[1], ARGV[2])} end)
    if not ok then return 'error' end
    if #r == 0 then return 'none' end
    if #r == 2 then return '=' .. string.sub(ARGV[1], r[1], r[2]) end
    return '=' .. table.concat(r, '', 3)
    """

  @Test func `random patterns group random keys as the server's Lua does`() throws {
    var random = SeededRandom(seed: 5)
    func text(of pieces: [String], atMost count: UInt64) -> String {
      (0...random.next() % count).map { _ in pieces[Int(random.next() % UInt64(pieces.count))] }.joined()
    }
    let cases = (0..<2000).map { _ in
      (pattern: text(of: Self.pieces, atMost: 6), key: text(of: ["a", "b", "c", ":", "1", "2", "_"], atMost: 12))
    }
    let script = Self.find.split(separator: "\n").joined(separator: " ")
    let lines = try RedisServer.answers(
      to: cases.map {
        "EVAL \"\(script)\" 0 \(RedisServer.quoted(Array($0.key.utf8))) \(RedisServer.quoted(Array($0.pattern.utf8)))"
      })
    try #require(lines.count == cases.count)
    var compared = 0
    for ((text, key), line) in zip(cases, lines) where line != "error" {
      guard let pattern = try? LuaPattern(text) else { continue }
      let group = pattern.group(of: Array(key.utf8)).map { "=" + String(decoding: $0, as: UTF8.self) }
      #expect(group ?? "none" == line, "\(text) on \(key)")
      compared += 1
    }
    #expect(compared > 500)
  }
}
