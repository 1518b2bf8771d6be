import Foundation
import Randomness
import Testing

@testable import SeriesQuery

@Suite struct `Regular expressions` {
  @Test(arguments: [
    ("", "", true), ("", "a", false), ("a|b", "b", true), ("a|b", "ab", false), ("a|", "", true),
    ("a.c", "abc", true),
    ("a.c", "a\nc", true), (".*", "", true), (".+", "", false), ("a*b+c?", "aabb", true), ("a*b+c?", "aac", false),
    ("(ab)+", "abab", true), ("(?:ab|c)*d", "abcabd", true), ("[a-c]x", "bx", true), ("[^a-c]x", "bx", false),
    ("[]a]", "]", true), ("[a-]", "-", true), ("[\\d_]+", "1_2", true), ("[^\\d]", "1", false),
    ("[\\D]", "é", true),
    ("\\.", "x", false), ("\\.", ".", true), ("\\w\\s\\S", "a b", true), ("a{2}", "aa", true),
    ("a{2}", "aaa", false),
    ("a{1,2}", "aa", true), ("a{2,}", "aaaa", true), ("a{2,}", "a", false), ("a{0}", "", true),
    ("a{,2}", "a{,2}", true),
    ("^a$", "a", true), ("(^a|b$)", "b", true), ("a^", "a", false), ("(?i)GeT", "gEt", true),
    ("(?i)[a-c]", "B", true),
    ("(?i)é", "É", true), ("(?P<x>a)b", "ab", true), ("a*?b", "aab", true), ("é+", "éé", true),
    ("(a*)*", "aaaa", true),
    ("(a|aa)+$", "aaaaa", true), ("()*", "", true), ("db[0-9]+", "db12", true), ("{", "{", true),
    ("x{a}", "x{a}", true),
  ])
  func `a pattern matches whole texts`(pattern: String, text: String, isMatch: Bool) throws {
    #expect(try RegularExpression(pattern).matches(text) == isMatch)
  }

  @Test(arguments: [
    ("(?=a)", "look-ahead"), ("(?!a)", "look-ahead"), ("(?<=a)", "look-behind"), ("(?<!a)", "look-behind"),
    ("a(?i)b", "flags"), ("(?s:a)", "flags"), ("(a)\\1", "back-references"), ("\\bx", "word boundaries"),
    ("\\pL", "Unicode classes"), ("[[:alpha:]]", "POSIX classes"), ("\\Qa\\E", "escape '\\Q'"), ("a**", "repeats"),
    ("*a", "nothing to repeat"), ("(a", "'(' without ')'"), ("a)", "')' without '('"), ("[a", "'[' without ']'"),
    ("[b-a]", "range of characters"), ("a\\", "backslash"), ("a{3,2}", "count"), ("a{1001}", "count"),
    ("(a{100}){100}", "too large"), (String(repeating: "(", count: 60), "nested"), ("(?P<x", "name"),
  ])
  func `what is not supported is refused by its name`(pattern: String, name: String) {
    let error = #expect(throws: QueryError.self) { try RegularExpression(pattern) }
    #expect(error?.message.contains(name) == true, "\(error?.message ?? "")")
  }

  @Test func `no pattern is slow`() throws {
    let text = String(repeating: "a", count: 2000) + "b"
    for pattern in ["(a+)+", "(a|a)*c", "(a*)*c", "(.*)(.*)(.*)(.*)c"] {
      #expect(try !RegularExpression(pattern).matches(text))
    }
    // Nothing, a thousand times a thousand times, costs nothing to compile.
    let nothing = String(repeating: "(", count: 40) + String(repeating: "){1000}", count: 40)
    #expect(try RegularExpression(nothing).matches(""))
  }

  @Test func `random patterns agree with another engine`() throws {
    var random = SeededRandom(seed: 7)
    var compared = 0
    for _ in 0..<3000 {
      let pattern = String((0..<random.below(8)).map { _ in random.element(of: Array("ab.*+?()|[]^b-")) })
      guard let mine = try? RegularExpression(pattern),
        let other = try? NSRegularExpression(pattern: "^(?:\(pattern))$", options: .dotMatchesLineSeparators)
      else { continue }
      // Possessive repetitions and nested classes are the other engine's own.
      if pattern.contains("++") || pattern.contains("*+") || pattern.contains("?+") || pattern.contains("[") {
        continue
      }
      for _ in 0..<8 {
        let text = String((0..<random.below(5)).map { _ in random.element(of: Array("ab-")) })
        let range = NSRange(location: 0, length: text.utf16.count)
        let expected = other.firstMatch(in: text, range: range).map { $0.range == range } ?? false
        #expect(mine.matches(text) == expected, "/\(pattern)/ on '\(text)'")
        compared += 1
      }
    }
    #expect(compared > 5000)
  }

  @Test func `mutated patterns throw or compile`() {
    var random = SeededRandom(seed: 8)
    let seed = Array("^(?i)a.*[^b-d\\w]{2,3}(x|y)+?\\d$".unicodeScalars)
    let alphabet = Array("()[]{}|*+?^$\\.-:<>=!iP1aé".unicodeScalars)
    var compiled = 0
    for _ in 0..<5000 {
      var scalars = seed
      for _ in 0...random.below(4) { scalars[random.below(scalars.count)] = random.element(of: alphabet) }
      let pattern = String(String.UnicodeScalarView(scalars.prefix(random.below(seed.count + 1))))
      if let expression = try? RegularExpression(pattern) {
        compiled += 1
        _ = expression.matches("axd1")
      }
    }
    #expect(compiled > 100)
  }
}
