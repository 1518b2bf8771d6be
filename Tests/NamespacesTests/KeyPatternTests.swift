import Namespaces
import Randomness
import Testing

private struct Case: CustomTestStringConvertible {
  var pattern: String
  var key: String
  var matches: Bool
  var testDescription: String { "\(pattern) \(matches ? "takes" : "leaves") \(key)" }

  init(_ pattern: String, takes key: String) { (self.pattern, self.key, matches) = (pattern, key, true) }
  init(_ pattern: String, leaves key: String) { (self.pattern, self.key, matches) = (pattern, key, false) }
}

@Suite struct KeyPatternTests {
  @Test(arguments: [
    Case("menu:*", takes: "menu:1"), Case("menu:*", takes: "menu:"), Case("menu:*", leaves: "menu"),
    Case("menu:1", takes: "menu:1"), Case("menu:1", leaves: "menu:12"), Case("menu:1", leaves: "menu:"),
    Case("*", takes: ""), Case("**", takes: "a"), Case("?", takes: "a"), Case("?", leaves: ""),
    Case("?", leaves: "ab"),
    Case("user:*:profile", takes: "user:7:profile"), Case("user:*:profile", takes: "user:a:b:profile"),
    Case("user:*:profile", takes: "user::profile"), Case("user:*:profile", leaves: "user:profile"),
    Case("user:*:profile", leaves: "user:7:profiles"), Case("*ab*ab", leaves: "xab"), Case("*ab*ab", takes: "abab"),
    Case("h[a-c]llo", takes: "hbllo"), Case("h[a-c]llo", leaves: "hdllo"), Case("h[c-a]llo", takes: "hbllo"),
    Case("h[^e]llo", takes: "hallo"), Case("h[^e]llo", leaves: "hello"), Case("h[^e]llo", leaves: "hllo"),
    Case("[a-]]", takes: "^"), Case("[a-]]", leaves: "b"), Case("[\\]]", takes: "]"), Case("[\\^x]", takes: "^"),
    Case("[x^]", takes: "^"),
    Case("[^]", takes: "q"), Case("[a\\-z]", takes: "-"), Case("[a\\-z]", leaves: "b"), Case("[-ab]", takes: "-"),
    Case("a\\*b", takes: "a*b"), Case("a\\*b", leaves: "axb"), Case("\\a", takes: "a"), Case("a]b", takes: "a]b"),
    Case("{user1}:*", takes: "{user1}:cart"), Case("{tenants}", takes: "{tenants}"),
    Case("\\{tenant}", takes: "{tenant}"),
    Case("{tenant}", takes: "acme"), Case("{tenant}", leaves: "acme:1"), Case("{tenant}", leaves: ""),
    Case("a:{tenant}:z", leaves: "a::z"), Case("a:{tenant}*", takes: "a:b:c"), Case("*:{tenant}", takes: "a:b:c"),
    Case("*a*b*c*", takes: "xxaxxbxxcxx"), Case("*a*b*c*", leaves: "xxaxxcxxbxx"), Case("a*?", leaves: "a"),
  ])
  private func `a pattern takes what Redis takes`(_ example: Case) throws {
    let pattern = try KeyPattern(example.pattern)
    #expect(pattern.takes(Array(example.key.utf8)) == example.matches)
  }

  @Test(arguments: [
    ("menu:{tenant}:*", "menu:acme:item:7", "acme"), ("{tenant}:*", "acme:7", "acme"), ("*:{tenant}", "a:b:c", "c"),
    ("doc-{tenant}-v2", "doc-a-b-v2", "a-b"), ("doc-{tenant}-*", "doc-a-b-v2", "a"), ("x{tenant}*", "xab:c", "ab"),
    ("*/{tenant}.json", "a:b/c:d/e.json", "e"), ("{tenant}--x", "a-b--x", "a-b"), ("{tenant}-x", "-x-x", "-x"),
    ("[ab]{tenant}\\*", "acme*", "cme"), ("t:{tenant}", "t:\u{e9}", "\u{e9}"),
  ])
  func `the capture is one segment`(pattern: String, key: String, tenant: String) throws {
    let bytes = Array(key.utf8)
    let range = try #require(try KeyPattern(pattern).tenantRange(in: bytes))
    #expect(String(decoding: bytes[range], as: UTF8.self) == tenant)
  }

  @Test func `a pattern without a capture has no tenant`() throws {
    let pattern = try KeyPattern("a:*")
    #expect(pattern.tenantRange(in: Array("a:b".utf8)) == nil)
    #expect(!pattern.capturesTenant)
    #expect(try KeyPattern("a:{tenant}").capturesTenant)
  }

  @Test func `keys are arbitrary bytes`() throws {
    let pattern = try KeyPattern(bytes: [0xFF, UInt8(ascii: "*"), 0x00])
    #expect(pattern.takes([0xFF, 0xC3, 0x28, 0x00]))
    #expect(!pattern.takes([0xFF, 0xC3, 0x28]))
  }

  @Test(
    arguments: [
      ("", .empty, 0), ("a[bc", .unclosedClass, 1), ("a[^", .unclosedClass, 1), ("[a\\", .unclosedClass, 0),
      ("[a-]", .unclosedClass, 0), ("[ab-]", .unclosedClass, 0), ("ab[]c", .emptyClass, 2),
      ("ab\\", .trailingBackslash, 2),
      ("a:{tenant", .unclosedCapture, 2), ("a:{tenant:*", .unclosedCapture, 2),
      ("{Tenant}:*", .misspelledCapture, 0),
      ("{tenant}:{tenant}", .repeatedCapture, 9), ("{tenant}?", .unboundedCapture, 8),
      ("{tenant}[ab]", .unboundedCapture, 8), (String(repeating: "a", count: 1025), .tooLong, 1024),
    ] as [(String, KeyPatternError.Code, Int)])
  func `a slip is found where it is`(text: String, code: KeyPatternError.Code, offset: Int) {
    let error = #expect(throws: KeyPatternError.self) { try KeyPattern(text) }
    #expect(error?.code == code)
    #expect(error?.offset == offset)
  }

  @Test func `every error says what to write instead`() {
    for text in ["", "[", "[]", "\\", "{tenant", "{TENANT}", "{tenant}{tenant}", "{tenant}?"] {
      let error = #expect(throws: KeyPatternError.self) { try KeyPattern(text) }
      #expect(error?.message.contains(": ") == true)
      #expect(error?.description.hasPrefix("at byte ") == true)
    }
  }
}

@Suite struct HostilePatternTests {
  @Test(.timeLimit(.minutes(1)), arguments: ["a", "[ab]", "?", "aa"])
  func `many stars over a long key end soon`(piece: String) throws {
    let pattern = try KeyPattern(String(repeating: piece + "*", count: 100) + "b*c")
    let key = [UInt8](repeating: UInt8(ascii: "a"), count: 20_000)
    #expect(!pattern.takes(key))
  }

  @Test(.timeLimit(.minutes(1)))
  func `a star before a capture reads the key once`() throws {
    let pattern = try KeyPattern("*{tenant}-x*y")
    let key = [UInt8](repeating: UInt8(ascii: "a"), count: 500_000)
    #expect(!pattern.takes(key))
  }

  @Test(.timeLimit(.minutes(1)))
  func `a star before a capture reads each segment once`() throws {
    let pattern = try KeyPattern("*{tenant}-x:?")
    let key =
      Array(String(repeating: "a", count: 20_000).utf8) + Array(String(repeating: ":-x-x", count: 20_000).utf8)
    #expect(!pattern.takes(key))
  }

  @Test func `mutated patterns only throw`() throws {
    var generator = SeededRandom(seed: 7)
    let alphabet = Array("*?[]^-\\{}tenant:ab".utf8) + [0, 0xFF]
    let key = Array("tenant:ab-{}".utf8)
    var accepted = 0
    for _ in 0..<20_000 {
      var bytes = Array("user:{tenant}:[a-c]*\\*?".utf8)
      for _ in 0..<Int.random(in: 1...6, using: &generator) {
        let index = Int.random(in: bytes.indices, using: &generator)
        switch Int.random(in: 0..<3, using: &generator) {
        case 0: bytes[index] = generator.pick(alphabet)
        case 1: bytes.insert(generator.pick(alphabet), at: index)
        default: bytes.remove(at: index)
        }
      }
      do {
        let pattern = try KeyPattern(bytes: bytes)
        _ = pattern.takes(key)
        accepted += 1
      } catch {
        #expect((0...bytes.count).contains(error.offset))
      }
    }
    #expect(accepted > 1000 && accepted < 20_000)
  }
}

@Suite struct PatternDifferentialTests {
  @Test(arguments: 0..<4) func `the matcher agrees with the plain definition`(seed: UInt64) throws {
    var generator = SeededRandom(seed: seed)
    var matched = 0
    for _ in 0..<3_000 {
      let text = randomPattern(using: &generator)
      guard let pattern = try? KeyPattern(text) else { continue }
      for _ in 0..<8 {
        let key = randomKey(using: &generator)
        let expected = NaiveMatcher.match(text, key)
        #expect(pattern.takes(key) == expected.matches, "\(text) \(String(decoding: key, as: UTF8.self))")
        #expect(pattern.tenantRange(in: key) == expected.tenant, "\(text) \(String(decoding: key, as: UTF8.self))")
        if expected.matches { matched += 1 }
      }
    }
    #expect(matched > 500)
  }
}

/// A pattern over few characters, so that it often matches; not always a valid one.
func randomPattern(using generator: inout SeededRandom) -> String {
  let pieces = [
    "a", "b", ":", "-", "a:", "ab", "*", "*", "*", "?", "[ab]", "[^a]", "[a-b:]", "[b-a]", "\\*", "\\a", "{tenant}",
    "{a}",
  ]
  return (0..<Int.random(in: 1...7, using: &generator)).map { _ in generator.pick(pieces) }.joined()
}

/// A key over the same characters.
func randomKey(using generator: inout SeededRandom) -> [UInt8] {
  let alphabet = Array("aaabb::-*{}".utf8)
  return (0..<Int.random(in: 0...9, using: &generator)).map { _ in generator.pick(alphabet) }
}
