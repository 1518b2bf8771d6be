import Testing

@testable import Daemon

@Test(arguments: [
  ("800ms", Duration.milliseconds(800)), ("15s", .seconds(15)), ("1h", .seconds(3600)), ("1h30m", .seconds(5400)),
  ("1h 30m", .seconds(5400)), ("7d", .seconds(604_800)), ("1.5h", .seconds(5400)), ("0s", .zero),
  ("250us", .microseconds(250)), (" 2 m ", .seconds(120)), ("0.25s", .milliseconds(250)),
  ("36500d", .seconds(3_153_600_000)),
])
func `a duration is read as people write it`(text: String, duration: Duration) throws {
  #expect(try parseDuration(text) == duration)
  #expect(try parseDuration(formatDuration(duration)) == duration)
}

@Test(arguments: [
  ("", "an empty text is no duration; write 15s or 1h30m"),
  ("15", "\"15\" has no unit; write 15s for seconds or 15ms for milliseconds"),
  ("1h30", "\"1h30\" is no duration; write 800ms, 15s or 1h30m"),
  ("soon", "\"soon\" is no duration; write 800ms, 15s or 1h30m"),
  ("-5s", "\"-5s\" is no duration; write 800ms, 15s or 1h30m"),
  ("3sec", "\"3sec\" is no duration: the unit is s; write 3s"),
  ("5 minutes", "\"5 minutes\" is no duration: the unit is m; write 5m"),
  ("10MS", "\"10MS\" is no duration: the unit is ms; write 10ms"),
  ("2w", "\"2w\" is no duration: \"w\" is no unit of time; write d, h, m, s, ms or us"),
  ("30m1h", "\"30m1h\" is no duration: units go from large to small, as in 1h30m"),
  ("1e3s", "\"1e3s\" is no duration: \"e\" is no unit of time; write d, h, m, s, ms or us"),
  ("99999999999999999999s", "\"99999999999999999999s\" is no duration; write 800ms, 15s or 1h30m"),
  ("9999999d", "\"9999999d\" is too long; at most 100 years"),
  ("0.0000000001s", "\"0.0000000001s\" is finer than a microsecond"),
  ("0.5us", "\"0.5us\" is finer than a microsecond"),
])
func `what is no duration says what was meant`(text: String, message: String) {
  #expect(throws: ValueError(message)) { try parseDuration(text) }
}

@Test(arguments: [
  ("64MiB", Int64(64 << 20)), ("64MB", 64_000_000), ("1g", 1 << 30), ("1.5GiB", 3 << 29), ("64m", 64 << 20),
  ("4096", 4096), ("10kb", 10_000), ("10 KiB", 10_240), ("0", 0), ("7b", 7),
])
func `a size is read as people write it`(text: String, bytes: Int64) throws {
  #expect(try parseSize(text) == bytes)
  #expect(try parseSize(formatSize(bytes)) == bytes)
}

@Test(arguments: [
  ("lots", "\"lots\" is no size; write 64MiB, 64MB or a number of bytes"),
  ("-1", "\"-1\" is no size; write 64MiB, 64MB or a number of bytes"),
  ("64XB", "\"64XB\" is no size: \"XB\" is no unit; write KiB, MiB, GiB, kB, MB or GB"),
  ("9999999999999GiB", "\"9999999999999GiB\" is too large"),
])
func `what is no size says what was meant`(text: String, message: String) {
  #expect(throws: ValueError(message)) { try parseSize(text) }
}

@Test(arguments: [
  ("0.85", 0.85), ("85%", 0.85), ("99.9%", 0.999), ("0", 0), ("1", 1), ("100 %", 1), ("0.5%", 0.005), ("1.0", 1),
])
func `a ratio is read exactly, as a number or in percent`(text: String, ratio: Double) throws {
  #expect(try parseRatio(text) == ratio)
  #expect(try parseRatio(formatRatio(ratio)) == ratio)
}

@Test(arguments: [
  ("85", "\"85\" is more than 1; write 85% if you mean percent"),
  ("101", "\"101\" lies outside 0…1 (0%…100%)"), ("101%", "\"101%\" lies outside 0…1 (0%…100%)"),
  ("-0.1", "\"-0.1\" lies outside 0…1 (0%…100%)"), ("high", "\"high\" is no ratio; write 0.85 or 85%"),
  ("1e-1", "\"1e-1\" is no ratio; write 0.85 or 85%"), ("%", "\"%\" is no ratio; write 0.85 or 85%"),
])
func `what is no ratio says what was meant`(text: String, message: String) {
  #expect(throws: ValueError(message)) { try parseRatio(text) }
}

@Test(arguments: [
  (0.00001, "0.00001"), (1e-7, "0.0000001"), (1.5e-5, "0.000015"), (1e20, "100000000000000000000"), (0.6, "0.6"),
  (3, "3"),
])
func `a number is written without an exponent`(number: Double, text: String) {
  #expect(formatRatio(number) == text)
}

@Test(arguments: [
  ("127.0.0.1:9121", "127.0.0.1", 9121), (":9121", "::", 9121), ("[::1]:9121", "::1", 9121),
  ("0.0.0.0:80", "0.0.0.0", 80), ("localhost:0", "localhost", 0), ("*:9121", "::", 9121),
])
func `an address to listen on is read as people write it`(text: String, host: String, port: UInt16) throws {
  let address = try ListenAddress(parsing: text)
  #expect(address == ListenAddress(host: host, port: port))
  #expect(try ListenAddress(parsing: address.description) == address)
}

@Test(arguments: [
  ("9121", "\"9121\" has no port; write :9121 or 127.0.0.1:9121"),
  ("localhost", "\"localhost\" has no port; write localhost:9121"),
  ("", "\"\" has no port; write host:9121"),
  ("host:http", "\"host:http\" has no port in 0…65535; write 127.0.0.1:9121, [::1]:9121 or :9121"),
  (":70000", "\":70000\" has no port in 0…65535; write 127.0.0.1:9121, [::1]:9121 or :9121"),
  ("::1:9121", "\"::1:9121\" needs brackets around its IPv6 address: [::1]:9121"),
  ("[x]:1", "\"[x]:1\" has no IPv6 address in its brackets; write 127.0.0.1:9121, [::1]:9121 or :9121"),
  ("http://h:1", "\"http://h:1\" needs brackets around its IPv6 address: [http://h]:1"),
])
func `what is no address to listen on says what was meant`(text: String, message: String) {
  #expect(throws: ValueError(message)) { try ListenAddress(parsing: text) }
}

@Test(arguments: [
  ("redis://127.0.0.1:6379/0", "redis://127.0.0.1:6379/0", "127.0.0.1:6379"),
  ("redis://h", "redis://h:6379", "h:6379"), ("cache:7000", "redis://cache:7000", "cache:7000"),
  ("REDISS://Cache.Internal:6380/", "rediss://cache.internal:6380", "cache.internal:6380"),
  ("valkeys://[fe80::1]:1/15", "valkeys://[fe80::1]:1/15", "[fe80::1]:1"),
  ("redis://user:p%40ss@h:1", "redis://h:1", "h:1"), ("redis://:secret@h", "redis://h:6379", "h:6379"),
  ("unix:///run/redis.sock", "unix:///run/redis.sock", "/run/redis.sock"),
  ("sentinel://a:1/m%20%2f%3f", "sentinel://a:1/m%20%2f%3f", "a:1/m /?"),
  ("memcached://h", "memcached://h:11211", "h:11211"), ("memcached+tls://h:1", "memcached+tls://h:1", "h:1"),
  ("memcached+unix:///run/m.sock", "memcached+unix:///run/m.sock", "/run/m.sock"),
  ("unix://user:pw@/run/redis.sock?db=1", "unix:///run/redis.sock?db=1", "/run/redis.sock"),
])
func `a target's URL is kept without credentials`(text: String, kept: String, address: String) throws {
  let url = try TargetURL(parsing: text)
  #expect(url.text == kept)
  #expect(url.address == address)
  #expect(try TargetURL(parsing: url.text).text == kept)
}

@Test(arguments: [
  ("http://h", "http://h:80/"), ("https://u:secret@h/stats", "https://h:443/stats"),
  ("http://h/stats?key=secret", "http://h:80/stats?key=<redacted>"),
  ("http://h?secret", "http://h:80/?<redacted>"),
  ("http://h/s?a=secret&b=&secret", "http://h:80/s?a=<redacted>&b=<redacted>&<redacted>"),
])
func `an endpoint's URL is shown without what its query may hide`(text: String, shown: String) throws {
  #expect(try TargetURL(parsing: text, allowsHTTP: true).shown == shown)
}

@Test func `user information is percent-decoded and split at its first colon`() throws {
  let url = try TargetURL(parsing: "redis://us%3Aer:p%40s:s%2F%25@h")
  #expect(url.username == "us:er")
  #expect(url.password == "p@s:s/%")
}

@Test(arguments: [
  ("", "the URL is empty"), ("redis://h h", "the URL contains a blank or a control character"),
  ("\u{34D}", "the URL contains a combining mark where a letter belongs"),
  ("redis://\u{34D}h", "the URL contains a combining mark where a letter belongs"),
  ("redis://", "the URL has no host"), ("redis://:pw@:1", "the URL has no host"),
  ("redis://h:0", "the URL's port is no number in 1…65535"),
  ("redis://h:x", "the URL's port is no number in 1…65535"),
  ("redis://::1", "the URL has more than one colon in its host; write an IPv6 address in brackets: [::1]:6379"),
  ("redis://[::1", "the URL's [ has no ]"), ("redis://[::1]6", "the URL's ] is not followed by a port"),
  ("redis://h/db", "the URL's path is no database number, such as /0"),
  ("unix://run/x", "a unix:// URL needs an absolute path: unix:///run/cache.sock"),
  ("6379", "the URL's host is a bare number; write a name or an address in front of the port: 127.0.0.1:6379"),
  (
    "https://h",
    "https:// is an endpoint of statistics: name it in a configuration file, where json says what is where"
  ),
  (
    "redi://h",
    "\"redi\" is no scheme that is known here: redis, rediss (TLS), valkey, valkeys (TLS), unix, sentinel, sentinels (TLS), memcached, memcached+tls or memcached+unix; did you mean redis://?"
  ),
  (
    "user:secret@h://x",
    "what stands in front of :// is no scheme that is known here: redis, rediss (TLS), valkey, valkeys (TLS), unix, sentinel, sentinels (TLS), memcached, memcached+tls or memcached+unix"
  ),
  (
    "redis://a%4:secret@h",
    "the URL's user information has a % without two hexadecimal digits; write % itself as %25"
  ),
  ("redis://%ff@h", "the URL's user information is not UTF-8"),
])
func `what is no target's URL says why and never repeats it`(text: String, message: String) {
  #expect(throws: ValueError(message)) { try TargetURL(parsing: text) }
}

@Test(arguments: [
  ("lisen", "listen"), ("passwordfile", "password_file"), ("password-file", "password_file"),
  ("Timeout", "timeout"),
  ("tiemout", "timeout"), ("intervall", "interval"), ("zzz", nil), ("", nil),
])
func `the nearest known key is found, or none`(word: String, meant: String?) {
  let known = ["listen", "password_file", "timeout", "interval", "password"]
  #expect(nearest(to: word, among: known) == meant)
}
