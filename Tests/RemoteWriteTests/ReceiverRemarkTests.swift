import RemoteWrite
import Testing

@Suite struct `What a receiver says` {
  @Test(arguments: [
    ("out of order sample\n", "\"out of order sample\""), ("", ""), (" \r\n\n", ""),
    ("\r\n duplicate\r\nsecond", "\" duplicate\""), ("a\u{1B}[31mb\tc\u{9B}d", #""a\x1b[31mb\tc\x9bd""#),
    (String(repeating: "é", count: 300), "\"" + String(repeating: "é", count: 200) + "…\""),
    (String(repeating: "\n", count: 5000) + "late", ""),
  ]) func `is its first line, cut, without control characters`(_ content: String, _ shown: String) {
    #expect(ReceiverRemark(Array(content.utf8)).description == shown)
  }

  @Test func `is shown without what is secret`() {
    let content = "no tenant s3cret-long for s3cret, id 1"
    let remark = ReceiverRemark(Array(content.utf8), hiding: ["s3cret", "", "1", "s3cret-long"])
    #expect(remark.description == "\"no tenant *** for ***, id 1\"")
  }

  @Test(arguments: [
    ("bad header: s3cr3t-to", "\"bad header: ***\""), ("bad s", "\"bad ***\""), ("bad: pä", "\"bad: ***\""),
    ("s3cr3t-token, bad", "\"***, bad\""), ("bad sxxs", "\"bad ***\""), ("bad s3cr\nmore", "\"bad s3cr\""),
    ("bad", "\"bad\""),
  ]) func `is shown without the beginning of what is secret where it was cut`(_ content: String, _ shown: String) {
    let secrets = ["s3cr3t-token", "pässword", "sxxs", "", "d"]
    #expect(ReceiverRemark(Array(content.utf8), isWhole: false, hiding: secrets).description == shown)
    let within = Array((content + "pä").utf8.dropLast())
    #expect(!ReceiverRemark(within, isWhole: false, hiding: secrets).description.contains("p\u{FFFD}"))
  }

  @Test func `that is no text is still one line`() {
    #expect(ReceiverRemark([0xFF, 0x00, 0x41]).description == "\"\u{FFFD}\\x00A\"")
  }
}
