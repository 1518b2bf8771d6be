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
