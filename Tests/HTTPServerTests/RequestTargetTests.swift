import Randomness
import Testing

@testable import HTTPServer

@Suite struct RequestTargetTests {
  private func parse(_ text: String) throws(RequestTargetError) -> RequestTarget {
    try RequestTarget(Array(text.utf8).span)
  }

  @Test(arguments: [
    ("/", "/"), ("/a/b", "/a/b"), ("/a%2Fb", "/a/b"), ("/a+b", "/a+b"), ("/%C3%A9", "/é"), ("/é", "/é"),
    ("*", "*"), ("http://h", "/"), ("HTTPS://h:1/x", "/x"), ("http://h?q", "/"), ("/?", "/"), ("//", "//"),
    ("/a/../b", "/a/../b"),
  ])
  func `the path is decoded and nothing else`(target: String, path: String) throws {
    #expect(try parse(target).path == path)
  }

  @Test(arguments: [
    ("", RequestTargetError(code: .empty, offset: 0)), ("a", RequestTargetError(code: .notAbsolute, offset: 0)),
    ("**", RequestTargetError(code: .notAbsolute, offset: 0)),
    ("http:///a", RequestTargetError(code: .notAbsolute, offset: 0)),
    ("/a b", RequestTargetError(code: .forbiddenByte, offset: 2)),
    ("/a\u{7f}", RequestTargetError(code: .forbiddenByte, offset: 2)),
    ("/%00", RequestTargetError(code: .forbiddenByte, offset: 1)),
    ("/%", RequestTargetError(code: .incompleteEscape, offset: 1)),
    ("/%1", RequestTargetError(code: .incompleteEscape, offset: 1)),
    ("/%g0", RequestTargetError(code: .incompleteEscape, offset: 1)),
    ("/%4?1", RequestTargetError(code: .incompleteEscape, offset: 1)),
    ("/?a=%", RequestTargetError(code: .incompleteEscape, offset: 4)),
    ("/%ff", RequestTargetError(code: .notUTF8, offset: 0)),
    ("/?a=%c3", RequestTargetError(code: .notUTF8, offset: 4)),
    ("/#f", RequestTargetError(code: .forbiddenByte, offset: 1)),
  ])
  func `a malformed target says what and where`(target: String, error: RequestTargetError) {
    #expect(throws: error) { try parse(target) }
  }

  @Test func `mutated targets only throw`() {
    var random = SeededRandom(seed: 11)
    let seed = Array("http://h/api/cache/series?metric=a%20b&namespace=%C3%A9&last=1h&step=15s".utf8)
    var accepted = 0
    for _ in 0..<20_000 {
      if (try? RequestTarget(random.mutate(seed).span)) != nil { accepted += 1 }
    }
    #expect((1..<20_000).contains(accepted))
  }
}
