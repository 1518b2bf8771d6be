import HTTPServer
import Randomness
import Testing

@Suite struct NegotiationTests {
  static let text = "text/plain;version=0.0.4;charset=utf-8"
  static let open = "application/openmetrics-text;version=1.0.0;charset=utf-8"
  static let prometheus2 = """
    application/openmetrics-text;version=1.0.0;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,\
    text/plain;version=0.0.4;q=0.3,*/*;q=0.2
    """
  static let prometheus3 = """
    application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,\
    application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,\
    text/plain;version=0.0.4;q=0.2,*/*;q=0.1
    """
  static let protobufFirst = """
    application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0.6,\
    application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,\
    application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,\
    text/plain;version=0.0.4;q=0.2,*/*;q=0.1
    """

  @Test(
    arguments: [
      (nil, text), ("", text), ("*/*", text), ("garbage", text), (prometheus2, open), (prometheus3, open),
      (protobufFirst, open), ("text/*", text), ("application/*", open), ("application/*;q=0.1, text/*;q=0.2", text),
      ("text/plain", text), ("TEXT/Plain;Version=0.0.4", text), ("text/plain;charset=UTF-8", text),
      ("text/plain;version=\"0.0.4\"", text), ("text/plain;version=1.0.0", nil), ("text/html", nil),
      ("text/html, */*;q=0.8", text), ("*/*;q=0", nil), ("text/plain;q=0, */*", open), ("text/plain;q=0", nil),
      ("*/*, text/plain;q=0.1, application/openmetrics-text;q=0.2", open), ("text/plain;q=2, text/html", nil),
      ("application/openmetrics-text;version=0.0.1", nil),
      ("application/openmetrics-text;q=0.001,text/*;q=0.000", open),
      ("text/plain;version=0.0.4;q=0.1, text/plain;q=0.9, application/openmetrics-text;q=0.5", open),
      ("text/plain;q=.5, text/plain;q=0.1234, text/plain;q=, text/plain;q=05, text/plain;q=1.001", text),
      ("text/plain;q=.5, application/openmetrics-text;q=0.", nil), ("text/plain;q=1.000", text),
      ("text/html;x=\",\", application/openmetrics-text", open), ("*/plain", text),
      (" , ,text/plain ;q=1 , ", text),
    ] as [(String?, String?)])
  func `Accept chooses among Prometheus text and OpenMetrics`(accept: String?, expected: String?) throws {
    let offered = try [Self.text, Self.open].map { try #require(MediaType($0)) }
    #expect(preferred(from: offered, accept: accept) == expected.flatMap { MediaType($0) })
  }

  @Test(
    arguments: [
      (nil, .identity), ("", .identity), ("gzip", .gzip), ("GZIP", .gzip), ("x-gzip", .gzip), ("*", .gzip),
      ("gzip;q=0", .identity), ("gzip;q=0.000, *", .identity), ("identity", .identity), ("br", .identity),
      ("gzip, deflate, br, zstd", .gzip), ("gzip;q=0.1", .gzip), ("gzip;q=0.5, identity;q=0.8", .identity),
      ("gzip;q=0.5, identity;q=0.5", .gzip), ("identity;q=0", nil), ("*;q=0", nil), ("gzip, *;q=0", .gzip),
      ("gzip;q=0, *;q=0.5", .identity), ("gzip;q=1.5", .identity), ("gzip ; q=0.3", .gzip),
      ("gzip;level=1", .identity),
    ] as [(String?, ContentEncoding?)])
  func `Accept-Encoding chooses gzip or identity`(header: String?, expected: ContentEncoding?) {
    #expect(preferred(from: [.gzip, .identity], acceptEncoding: header) == expected)
  }

  @Test func `Prometheus' own Accept-Encoding is gzip`() {
    #expect(preferred(from: [.gzip, .identity], acceptEncoding: "gzip") == .gzip)
    #expect(preferred(from: [.gzip], acceptEncoding: nil) == .gzip)
    #expect(preferred(from: [], accept: "*/*") == nil)
  }

  @Test(
    arguments: [
      ("text/plain", "text/plain"), ("Text/PLAIN ; Charset=UTF-8", "text/plain; charset=UTF-8"),
      ("a/b;x=\"c d\"", "a/b; x=\"c d\""), ("a/b;x=\"\\\"\"", "a/b; x=\"\\\"\""), ("a/b;q=0.5;y=1", "a/b; y=1"),
      ("a/b;", "a/b"), ("text", nil), ("a/b/c", nil), ("/b", nil), ("a/", nil), ("a b/c", nil), ("a/b;x", nil),
      ("a/b;=1", nil), ("a/b;x=\"", nil), ("a/b;x=\"y", nil), ("", nil),
    ] as [(String, String?)])
  func `a media type is read and written`(text: String, description: String?) {
    #expect(MediaType(text)?.description == description)
  }

  @Test func `mutated Accept headers never trap and only offered types are chosen`() throws {
    var random = SeededRandom(seed: 7)
    let offered = try [Self.text, Self.open].map { try #require(MediaType($0)) }
    let seeds = [Self.prometheus2, Self.prometheus3, Self.protobufFirst, "a/b;x=\"c\\\"d\",*/*;q=0.1"].map {
      Array($0.utf8)
    }
    for _ in 0..<5000 {
      let text = String(decoding: random.mutate(seeds[random.below(seeds.count)]), as: UTF8.self)
      if let chosen = preferred(from: offered, accept: text) { #expect(offered.contains(chosen)) }
      let encoding = preferred(from: [.gzip], acceptEncoding: text)
      #expect(encoding == nil || encoding == .gzip)
    }
  }

  @Test func `a 406 names what there is`() async throws {
    let type = try #require(MediaType(Self.text))
    let response = HTTPResponse.notAcceptable(offered: [type])
    #expect(response.status == 406)
    #expect(String(decoding: response.bytes, as: UTF8.self).contains("text/plain; version=0.0.4; charset=utf-8"))
    #expect(response.header("vary") == "Accept, Accept-Encoding")
  }
}
