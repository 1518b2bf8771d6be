import Glibc
import HTTPServer
import Testing

/// A client that others wrote, where it is installed.
@Suite(.enabled(if: unsafe system("curl --version > /dev/null 2>&1") == 0)) struct CurlTests {
  private func output(of command: String) async throws -> String {
    try await onThread {
      guard let pipe = unsafe popen(command, "r") else { throw ClientError.system("popen", errno) }
      var text = ""
      var chunk = [UInt8](repeating: 0, count: 4096)
      while true {
        let count = unsafe fread(&chunk, 1, chunk.count, pipe)
        if count == 0 { break }
        text += String(decoding: chunk[..<count], as: UTF8.self)
      }
      let status = unsafe pclose(pipe)
      return status == 0 ? text : "curl ended with \(status)"
    }
  }

  @Test func `curl keeps its connection and unpacks gzip`() async throws {
    let content = Array("zipped\n".utf8)
    let plain = HTTPResponse(bytes: content, headers: [HTTPResponse.vary])
    let packed = HTTPResponse(bytes: gzip(content), headers: [HTTPResponse.vary, ("Content-Encoding", "gzip")])
    let route = Route(path: "/metrics") { request in
      switch preferred(from: [.gzip, .identity], acceptEncoding: request.header("Accept-Encoding")) {
      case .gzip: packed
      default: plain
      }
    }
    try await withServer([route]) { _, port in
      let url = "http://127.0.0.1:\(port)/metrics"
      let text = try await output(
        of: "curl -sSf --compressed -w '%{num_connects} %{size_download}\\n' \(url) \(url)")
      let size = gzip(content).count
      #expect(text == "zipped\n1 \(size)\nzipped\n0 \(size)\n")
    }
  }

  @Test func `curl's upload with Expect is answered`() async throws {
    try await withServer(standardRoutes()) { _, port in
      let url = "http://127.0.0.1:\(port)/echo"
      let echoed = try await output(of: "curl -sSf -H 'Expect: 100-continue' -d 'abc' \(url)")
      let head = try await output(of: "curl -sSfI http://127.0.0.1:\(port)/page")
      #expect(echoed == "abc")
      #expect(head.contains("Content-Length: 6"))
    }
  }
}
