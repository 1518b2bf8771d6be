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

@Test func `who does not answer in time, or not as a web server does, is told of in a sentence`() async throws {
  func problem(_ port: UInt16, within seconds: Int64 = 30) async throws -> String {
    let address = try ServerAddress(ServerAccess(url: "127.0.0.1:\(port)"))
    do throws(ServerUnreachable) {
      _ = try await address.get("/", accept: "*/*", within: seconds)
      return "answered"
    } catch {
      return error.description
    }
  }
  let hole = try LoopbackListener()
  let silent = try await problem(hole.port, within: 1)
  #expect(silent.hasPrefix("no cachegauge answers at http://127.0.0.1:\(hole.port)/: no whole answer within 1 s; "))
  let closing = try ScriptedServer([.close])
  #expect(try await problem(closing.port).contains("see that --url names cachegauge's own port"))
  let other = try ScriptedServer([.reply(Array("-ERR unknown command\r\n".utf8))])
  #expect(try await problem(other.port).contains("does not speak HTTP"))
  #expect(try await problem(freePort()).contains("nobody listens there; start it with `cachegauge serve`"))
}
