import CacheModel
import Randomness
import Testing

@Suite struct `Bytes as text for labels` {
  @Test(
    arguments: [
      ("", ""), ("menu:1", "menu:1"), ("café:☕:🍵", "café:☕:🍵"), ("a\\b", "a\\b"), ("a\\xzz\\x4", "a\\xzz\\x4"),
      ("\\xff", "\\x5cxff"), ("\\\\xff", "\\\\x5cxff"), ("\\xFF", "\\xFF"),
    ] as [(String, String)])
  func `what is UTF-8 stays as it is, but for control characters and what looks like a number`(
    _ text: String, _ shown: String
  ) {
    #expect(String(shown: text.utf8) == shown)
    #expect(String(shown: Array(text.utf8)) == shown)
  }

  @Test(
    arguments: [
      ([0xFF], "\\xff"), ([0x61, 0xFE, 0x62], "a\\xfeb"), ([0x5C, 0x78, 0x66, 0xFF], "\\xf\\xff"),
      // Cut in the middle of a character; an overlong one; a surrogate; beyond the last.
      ([0xE2, 0x98], "\\xe2\\x98"), ([0xE2, 0x98, 0x61], "\\xe2\\x98a"), ([0xC0, 0x80], "\\xc0\\x80"),
      ([0xED, 0xA0, 0x80], "\\xed\\xa0\\x80"), ([0xF4, 0x90, 0x80, 0x80], "\\xf4\\x90\\x80\\x80"),
      ([0xC3, 0xA9, 0xC3], "é\\xc3"),
    ] as [([UInt8], String)])
  func `other bytes are shown as numbers`(_ bytes: [UInt8], _ shown: String) {
    #expect(String(shown: bytes) == shown)
  }

  @Test func `control characters are shown as numbers`() {
    #expect(String(shown: "a\nb\u{0}\u{1B}[1m\u{7F}".utf8) == "a\\x0ab\\x00\\x1b[1m\\x7f")
    // As a label has them, too: each of its own.
    #expect(Label("key", String(shown: "°\u{80}\u{9F}".utf8)).value == "°\\xc2\\x80\\xc2\\x9f")
    #expect(Label("key", String(shown: [0x80])).value == "\\x80")
  }

  @Test func `texts that Swift takes for the same are labels of their own`() {
    var catalog = SeriesCatalog()
    let family = MetricFamily("a", .gauge, "A")
    let texts = ["caf\u{E9}", "cafe\u{301}", "\u{C5}", "A\u{30A}", "\u{212B}"]
    let places = texts.map {
      catalog.register(SeriesDefinition(family, labels: [Label("key", String(shown: $0.utf8))]))
    }
    #expect(Set(places).count == texts.count)
    #expect(catalog.register(SeriesDefinition(family, labels: [Label("key", texts[1])])) == places[1])
  }

  /// The bytes that a text shows.
  private static func bytes(shownBy text: String) -> [UInt8] {
    var (bytes, rest) = ([UInt8](), Array(text.utf8)[...])
    while let byte = rest.first {
      let digits = rest.dropFirst(2).prefix(2)
      if rest.starts(with: "\\x".utf8), digits.count == 2,
        digits.allSatisfy({ (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }),
        let value = UInt8(String(decoding: digits, as: UTF8.self), radix: 16)
      {
        bytes.append(value)
        rest = rest.dropFirst(4)
      } else {
        bytes.append(byte)
        rest = rest.dropFirst()
      }
    }
    return bytes
  }

  @Test(arguments: [1, 2, 3, 4] as [UInt64])
  func `different bytes are different texts, which show them all`(_ seed: UInt64) {
    var random = SeededRandom(seed: seed)
    let letters = Array("\\\\\\xxx0af\n".utf8) + Array("é☕".utf8) + [0xFF, 0x80, 0xC3, 0xE2]
    let wrong = (0..<5000).lazy.map { _ in
      (0..<Int.random(in: 0...12, using: &random)).map { _ in letters.randomElement(using: &random) ?? 0 }
    }.first { Self.bytes(shownBy: String(shown: $0)) != $0 }
    #expect(wrong == nil)
  }
}
