import CacheModel
import Collectors
import SeriesQuery

@testable import Configuration
@testable import Exposition
@testable import HTTPServer
@testable import Namespaces
@testable import SeriesQuery

extension FuzzTarget {
  /// What people and HTTP clients write.
  static let texts: [FuzzTarget] = [
    FuzzTarget("configuration", tokens: yamlTokens + configurationTokens, longest: 8192) {
      { readConfiguration($0) }
    },
    FuzzTarget(
      "targets", tokens: yamlTokens + ["\"targets\"", "\"labels\"", "redis://", "__meta", "10.0.0.1:6379"]
    ) {
      { bytes in
        _ = try? TargetList(bytes, file: "a.json")
        _ = try? TargetList(bytes, file: "a.yml")
      }
    },
    FuzzTarget(
      "url",
      tokens: [
        "redis://", "rediss://", "unix://", "sentinel://", "memcached://", "memcached+unix://", "user:p%40ss@",
        "[::1]",
        ":6379", "/0", "?db=", "%", "%zz", ",", "@", "/mymaster",
      ]
    ) { { readURL(String(decoding: $0, as: UTF8.self)) } },
    FuzzTarget(
      "glob", tokens: ["*", "?", "[", "]", "[^", "a-z", "\\", "{tenant}", "{", "}", ":", "|"], longest: 256
    ) {
      { readGlob($0) }
    },
    FuzzTarget(
      "lua", tokens: ["^", "$", "(", ")", "%", "%w", "%b()", "%f[", "[", "]", "-", "*", "+", "?", ".", "%1"],
      longest: 128
    ) { { readLua($0) } },
    FuzzTarget("labels", tokens: ["\\", "\"", "\n", "\\n", "\r", "\u{0}", "{", "}", "é", "\u{2028}"]) {
      { checkEscapes(String(decoding: $0, as: UTF8.self)) }
    },
    FuzzTarget(
      "query", tokens: ["/", "?", "&", "=", "%", "%00", "%2F", "%zz", "+", "#", "http://", "https://a", "*", ".."]
    ) { { readTarget($0) } },
    FuzzTarget(
      "promql",
      tokens: [
        "rate(", "increase(", ")", "{", "}", "=~", "!~", "!=", "=\"", "\"", "[5m]", "'", "`", "\\", "sum", "by(",
        "offset",
        "#", "\\u00e9", "(?i)", ".*", "|", "[^a]", "{2,3}", "$",
      ], longest: 512
    ) { { readPromQL(String(decoding: $0, as: UTF8.self)) } },
    FuzzTarget(
      "accept",
      tokens: [
        "text/plain", "application/openmetrics-text", ";q=0.5", ";version=", "*/*", "text/*", ",", "\"", "\\",
        "gzip",
        "identity;q=0", "charset=utf-8",
      ], longest: 512
    ) { { negotiate(String(decoding: $0, as: UTF8.self)) } },
    FuzzTarget("values", tokens: ["ms", "s", "h", "MiB", "GB", "%", ".", "e", "-", "1h30m", " "], longest: 64) {
      { readValues(String(decoding: $0, as: UTF8.self)) }
    },
  ]

  private static let yamlTokens = [
    "\n", "  ", "- ", ": ", "{", "}", "[", "]", ", ", "&a ", "*a", "<<: *a", "!!str ", "|\n", ">\n", "'", "\"", "#",
    "? ",
    "---\n", "~", "\\u0000", "\u{feff}", "%YAML 1.2\n",
  ]

  private static let configurationTokens = [
    "listen: ", "poll: ", "interval: ", "targets:", "url: ", "namespaces:", "keys: ", "target: ", "hit_rate: ",
    "counters: ", "password_file: ", "observe: ", "scrape:", "allow: ", "target_files:", "history: ", "1h", "85%",
    "64MiB",
  ]

  private static func readConfiguration(_ bytes: [UInt8]) {
    var overrides = ConfigurationOverrides()
    overrides.configFile = "c.yml"
    do throws(ConfigurationErrors) {
      let loaded = try LoadedConfiguration.load(overrides: overrides) { _ throws(ConfigurationFileError) in bytes }
      let shown = Array(loaded.show().utf8)
      let again: LoadedConfiguration
      do throws(ConfigurationErrors) {
        again = try LoadedConfiguration.load(overrides: overrides) { _ throws(ConfigurationFileError) in shown }
      } catch {
        preconditionFailure("what is shown of a configuration can be read again: \(error)")
      }
      require(
        again.configuration.targets.map(withoutSecrets) == loaded.configuration.targets.map(withoutSecrets),
        "what is shown of a configuration means the same")
    } catch {
      require(error.problems.contains { $0.severity == .error && !$0.message.isEmpty }, "a refusal has a reason")
    }
  }

  /// As it is shown.
  private static func withoutSecrets(_ target: TargetConfiguration) -> TargetConfiguration {
    var target = target
    target.password = nil
    target.url = TargetURL.parse(target.url)?.shown ?? target.url
    return target
  }

  private static func readURL(_ text: String) {
    guard let url = TargetURL.parse(text) else { return }
    guard let again = TargetURL.parse(url.text) else { preconditionFailure("a URL without credentials is a URL") }
    require(again.isSamePlace(as: url), "a URL without credentials names the same place")
    require(again.password == nil && again.username == nil, "credentials are not shown")
    require(again.text == url.text, "what is kept stays the same")
    require(TargetURL.parse(url.shown)?.shown == url.shown, "what is shown is a URL, and stays the same")
  }

  private static func readGlob(_ bytes: [UInt8]) {
    let middle = bytes.count / 2
    let key = Array(bytes[middle...])
    guard let pattern = try? KeyPattern(bytes: Array(bytes[..<middle])) else { return }
    if let tenant = pattern.tenant(in: key.span) {
      require(pattern.matches(key.span), "a key with a tenant matches")
      require(tenant.upperBound <= key.count, "a tenant is a part of its key")
    }
  }

  private static func readLua(_ bytes: [UInt8]) {
    let middle = bytes.count / 2
    guard let pattern = try? LuaPattern(String(decoding: bytes[..<middle], as: UTF8.self)) else { return }
    _ = pattern.group(of: Array(bytes[middle...]))
  }

  /// A label's value and a JSON string read back as what was written.
  private static func checkEscapes(_ value: String) {
    var text = ByteText()
    text.append(label: "a", value)
    let inner = text.bytes.dropFirst(3).dropLast()
    var read: [UInt8] = []
    var iterator = inner.makeIterator()
    while let byte = iterator.next() {
      require(byte != UInt8(ascii: "\n") && byte != UInt8(ascii: "\""), "what ends a label is escaped")
      guard byte == UInt8(ascii: "\\") else {
        read.append(byte)
        continue
      }
      switch iterator.next() {
      case UInt8(ascii: "n"): read.append(UInt8(ascii: "\n"))
      case let escaped? where escaped == UInt8(ascii: "\\") || escaped == UInt8(ascii: "\""): read.append(escaped)
      default: preconditionFailure("a label has no other escapes")
      }
    }
    let expected = Label.value(value)
    require(read == Array(expected.utf8), "a label reads back as what it was, but for control characters")
    require(
      expected.unicodeScalars.allSatisfy {
        $0.properties.generalCategory != .control || $0 == "\n" || $0 == "\t"
      }, "a label has no control characters")
  }

  private static func readTarget(_ bytes: [UInt8]) {
    do throws(RequestTargetError) {
      let target = try RequestTarget(bytes.span)
      require(target.path.utf8.first == 0x2F || target.path == "*", "a path begins with a slash")
      require(!target.path.utf8.contains(0), "a path has no zero byte")
    } catch {
      require(error.offset >= 0 && error.offset <= bytes.count, "an error lies within its bytes")
    }
    _ = try? queryItems(bytes.span, from: 0)
  }

  private static func readPromQL(_ text: String) {
    _ = try? Expression(parsing: text)
    _ = try? Selector(parsing: text)
    _ = parseQueryTime(text)
    let half = text.index(text.startIndex, offsetBy: text.count / 2)
    if let pattern = try? RegularExpression(String(text[..<half])) { _ = pattern.matches(String(text[half...])) }
  }

  private static func negotiate(_ text: String) {
    guard let plain = MediaType("text/plain;version=0.0.4"), let open = MediaType("application/openmetrics-text")
    else {
      preconditionFailure("both are media types")
    }
    if let chosen = preferred(from: [plain, open], accept: text) {
      require(chosen == plain || chosen == open, "only what is offered is chosen")
    }
    _ = preferred(from: [.gzip, .identity], acceptEncoding: text)
    if let media = MediaType(text) { require(MediaType(media.description) == media, "a media type reads back") }
  }

  private static func readValues(_ text: String) {
    if let duration = try? parseDuration(text) {
      require((try? parseDuration(formatDuration(duration))) == duration, "a duration reads back")
    }
    if let size = try? parseSize(text) { require((try? parseSize(formatSize(size))) == size, "a size reads back") }
    _ = try? parseRatio(text)
    _ = try? ListenAddress(parsing: text)
    _ = try? TargetPattern(parsing: text)
  }
}
