import HTTPServer
import Testing

@Suite struct RouterTests {
  @Test func `routes are tested in memory as a server would answer`() async throws {
    let router = Router(standardRoutes())
    let page = await router.response(to: try #require(HTTPRequest("GET", "/page")))
    #expect(page.bytes == Array("hello\n".utf8))
    let slow = await router.response(to: try #require(HTTPRequest("GET", "/slow?n=1")))
    #expect(slow.bytes == Array("slow 1\n".utf8))
    let echo = await router.response(to: try #require(HTTPRequest("POST", "/echo", body: [1, 2])))
    #expect(echo.bytes == [1, 2])
    #expect(HTTPRequest("GET", "page") == nil)
  }

  @Test func `paths differ by case and by a trailing slash`() async throws {
    let router = Router(standardRoutes())
    for target in ["/Page", "/page/", "//page", "/page%20"] {
      #expect(await router.response(to: try #require(HTTPRequest("GET", target))).status == 404)
    }
  }

  @Test func `the fallback answers what has no route`() async throws {
    let router = Router(standardRoutes(), fallback: { .text(404, "nothing at \($0.path)") })
    let response = await router.response(to: try #require(HTTPRequest("GET", "/lost")))
    #expect(response.bytes == Array("nothing at /lost\n".utf8))
  }

  @Test func `two routes may share a path`() async throws {
    let router = Router([
      Route(path: "/a") { _ in .text(200, "got") },
      Route(path: "/a", methods: ["POST"], asyncHandler: { _ in .text(201, "made") }),
    ])
    #expect(await router.response(to: try #require(HTTPRequest("GET", "/a"))).status == 200)
    #expect(await router.response(to: try #require(HTTPRequest("POST", "/a"))).status == 201)
    let refused = await router.response(to: try #require(HTTPRequest("PUT", "/a")))
    #expect(refused.header("Allow") == "GET, HEAD, OPTIONS, POST")
  }
}

@Test(arguments: [
  ("/label/a/values", "value"), ("/label/a%20b/values", "value"), ("/label//values", "none"),
  ("/label/a/b/values", "none"), ("/label/values", "none"), ("/label/a", "none"), ("/label/all/values", "all"),
])
func `an asterisk between slashes stands for one part of a path`(path: String, answer: String) async throws {
  let router = Router(
    [
      Route(path: "/label/*/values") { _ in .text(200, "value") },
      Route(path: "/label/all/values") { _ in .text(200, "all") },
    ], fallback: { _ in .text(404, "none") })
  let request = try #require(HTTPRequest("GET", path))
  #expect(String(decoding: await router.response(to: request).bytes, as: UTF8.self) == "\(answer)\n")
}

@Test func `a form's items are read from a body of its type only`() throws {
  let body = Array("a=1+2&b=%26&a".utf8)
  let form = try #require(
    HTTPRequest(
      "POST", "/", headers: [("content-type", "Application/X-WWW-Form-Urlencoded;charset=utf-8")], body: body))
  #expect(form.form?.map(\.name) == ["a", "b", "a"])
  #expect(form.form?.map(\.value) == ["1 2", "&", ""])
  #expect(HTTPRequest("POST", "/", headers: [("Content-Type", "text/plain")], body: body)?.form?.isEmpty == true)
  let broken = HTTPRequest(
    "POST", "/", headers: [("Content-Type", "application/x-www-form-urlencoded")], body: Array("a=%zz".utf8))
  #expect(broken?.form == nil)
}
