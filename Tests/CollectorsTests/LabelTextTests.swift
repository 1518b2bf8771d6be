import CacheModel
import Testing

@Suite struct `Text of a label` {
  @Test(arguments: [
    ("7.0.15", "7.0.15"), ("1.6\u{1B}[31m", #"1.6\x1b[31m"#), ("a\u{0}\r\u{7F}", #"a\x00\r\x7f"#),
    ("\u{9B}2J", #"\x9b2J"#),
    ("tab\tand\nline", "tab\tand\nline"), ("é\u{A0}日本", "é\u{A0}日本"), (#"C:\x1b"#, #"C:\x1b"#), ("", ""),
  ]) func `has no control characters but tab and line feed`(_ text: String, _ shown: String) {
    #expect(Label("version", text).value == shown)
  }

  @Test func `is on one line where all are escaped`() {
    #expect("a\tb\nc\u{85}".escapingControls() == #"a\tb\nc\x85"#)
  }
}
