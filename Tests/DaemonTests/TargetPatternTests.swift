import Testing

@testable import Daemon

@Test(arguments: [
  ("cache-1:6379", "cache-1:6379", true), ("cache-1", "cache-1", true), ("cache-1", "redis://cache-1:6379/3", true),
  ("cache-*:6379", "cache-17:6379", true), ("cache-*:6379", "cache-:6379", true),
  ("CACHE-*", "Cache-1", true), ("*.shop.internal:*", "redis-0.shop.internal:7001", true),
  ("10.0.0.*:6379", "10.0.0.17", true), ("a*b*c", "axxbyybzzc", true), ("[::1]:6379", "[::1]:6379", true),
  // No star reaches over a dot.
  ("cache-*", "cache-1.evil.example", false), ("*.shop.internal", "a.b.shop.internal", false),
  ("10.0.0.*", "10.0.0.1.evil.example", false), ("cache-*", "xcache-1", false), ("a*b", "ab.", false),
  ("cache-1:6379", "cache-1:6380", false), ("cache-1", "cache-1:6380", false), ("a*b*c", "axxbyybzz", false),
  // Protection is as it is written, in both directions.
  ("rediss://cache-1", "cache-1", true), ("rediss://cache-1", "rediss://cache-1", true),
  ("rediss://cache-1", "redis://cache-1", false), ("cache-1", "rediss://cache-1", false),
  ("memcached://mc-*", "memcached://mc-1", true), ("memcached://mc-*", "mc-1:11211", true),
  ("mc-*:11211", "memcached://mc-1:11211", false), ("memcached://mc-1", "redis://mc-1:11211", false),
  ("memcached+tls://mc-1", "memcached://mc-1", false), ("memcached://mc-1", "mc-1:11211/2", false),
  ("cache-1", "unix:///run/redis.sock", false), ("cache-1", "sentinel://cache-1:6379/m", false),
])
func `a pattern covers exactly the places that it describes`(pattern: String, asked: String, fits: Bool) throws {
  let url = try TargetURL(parsing: asked)
  #expect(try TargetPattern(parsing: pattern).matches(url, hasScheme: asked.contains("://")) == fits)
}

@Test(arguments: [
  ("*", "any name"), ("*:6379", "any name"), ("*.*.*.*:6379", "any name"), ("", "host:port"),
  ("unix:///run/*.sock", "can't be asked for"), ("http://a", "can't be asked for"),
  ("a:b@c:6379", "user information"),
  ("a:0", "no port"), ("a:65536", "no port"), ("a/0", "host:port"), ("a b", "host:port"),
])
func `a pattern that covers too much, or is none, is refused`(pattern: String, text: String) {
  #expect(throws: ValueError.self) { try TargetPattern(parsing: pattern) }
  do throws(ValueError) { _ = try TargetPattern(parsing: pattern) } catch { #expect(error.message.contains(text)) }
}

@Test func `a long text against many stars is decided quickly`() {
  let pattern = String(repeating: "a*", count: 50) + "b"
  #expect(!TargetPattern.fits(pattern.utf8[...], String(repeating: "a", count: 5000).utf8[...]))
}

@Test(arguments: [
  ("sentinel://a:1,b/shop", "a:1,b:26379/shop", "sentinel", 0),
  ("redis+sentinel://u:p@a/shop/3", "a:26379/shop", "sentinel", 3),
  ("sentinels://[::1]:5/m", "[::1]:5/m", "sentinels", 0),
])
func `a URL of Sentinels names them and their master`(
  text: String, address: String, scheme: String, database: UInt32
) throws {
  let url = try TargetURL(parsing: text)
  #expect(url.address == address)
  #expect(url.scheme == scheme)
  #expect((url.database ?? 0) == database)
  #expect(try TargetURL(parsing: url.text).isSamePlace(as: url))
}

@Test(arguments: [
  "sentinel://a:1", "sentinel://a/", "sentinel:///m", "sentinel://a/m/x", "sentinel://a,/m", "sentinel://a/m/0/1",
])
func `a URL of Sentinels without a master's name, or a host, is refused`(text: String) {
  #expect(TargetURL.parse(text) == nil)
}
