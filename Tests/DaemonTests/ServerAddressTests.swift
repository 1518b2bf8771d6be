import TestSupport
import Testing

@testable import Daemon

@Test(
  arguments: [
    ("http://127.0.0.1:9121", "http://127.0.0.1:9121", nil), ("host", "http://host:80", nil),
    ("https://[::1]/cache/gauge/", "https://[::1]:443/cache/gauge", nil),
    ("https://me:pa%40ss@host:1", "https://host:1", "Basic bWU6cGFAc3M="),
    ("http://me@host", "http://host:80", "Basic bWU6"),
  ] as [(String, String, String?)])
func `an address has a scheme, a port, a path and credentials, of which it shows none`(
  text: String, shown: String, authorization: String?
) throws {
  let address = try ServerAddress(ServerAccess(url: text))
  #expect(address.description == shown)
  #expect(address.authorization == authorization)
}

@Test func `a password comes from a file, without the end of its line`() throws {
  let directory = try TemporaryDirectory()
  let file = try directory.write("pa@ss\n", to: "password")
  let access = ServerAccess(url: "http://other:x@host", user: "me", passwordFile: file)
  #expect(try ServerAddress(access).authorization == "Basic bWU6cGFAc3M=")
  #expect(throws: UsageError.self) { try ServerAddress(ServerAccess(url: "host", passwordFile: "/nonexistent")) }
}

@Test(arguments: ["ftp://host", "http://", "http://host:0", "http://me:secret@:1", "http://me:%zz@host", "host:x"])
func `what is no address is refused without its password`(text: String) {
  #expect {
    try ServerAddress(ServerAccess(url: text))
  } throws: { error in
    error is UsageError && !"\(error)".contains("secret")
  }
}
