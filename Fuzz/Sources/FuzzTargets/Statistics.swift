import CacheModel

@testable import Collectors
@testable import MemcachedProtocol

extension FuzzTarget {
  /// What applications tell of themselves, and the other tongues of a Memcached.
  static let statistics: [FuzzTarget] = [
    FuzzTarget(
      "json",
      tokens: [
        "/a", "/*", "/{name}", "~0", "~1", "\n", "\n\n", "{\"a\":", "}", "[", "]", "\"88.9%\"", "\"1.5M\"",
        "\"1,234\"",
        "null", "true", "1e308", "9223372036854775807", "-1", "\\u0000", "\\ud800",
      ]
    ) {
      { bytes in checkPaths(bytes) }
    },
    FuzzTarget(
      "log",
      tokens: [
        "ts=1.5 ", "gid=7 ", "type=item_get ", "type=item_store ", "type=eviction ", "key=a%3A1 ", "%",
        "status=found ",
        "status=stored ", "ttl=60 ", "cfd=3 ", "skipped=9", "=", " ",
      ]
    ) {
      var consequences = Consequences(readsLog: true)
      var second: Int64 = 0
      return { bytes in
        var keys = Array("kept".utf8)
        let line = MemcachedLogLine.parse(bytes.span, keys: &keys)
        require(keys.starts(with: "kept".utf8), "earlier keys stay as they are")
        require(keys.count - 4 <= bytes.count, "a key is no longer than its line")
        guard let line else { return require(keys.count == 4, "what is no line leaves no bytes behind") }
        if case .skipped(let lines) = line.kind {
          second += 1
          return consequences.skip(lines, at: second)
        }
        require(line.key == 4..<keys.count && !line.key.isEmpty, "the key is what was appended")
      }
    },
    FuzzTarget("binary", tokens: ["\u{10}\u{0}\u{3}", "pid", "detailed", "PREFIX ", "END\r\n"], longest: 2048) {
      { bytes in checkSplits(bytes, binaryOutcome) }
    },
  ]

  /// The first lines are paths, and what follows the first empty one is the document.
  private static func checkPaths(_ bytes: [UInt8]) {
    let lines = bytes.split(separator: UInt8(ascii: "\n"), maxSplits: 8, omittingEmptySubsequences: false)
    let head = lines.prefix { !$0.isEmpty }
    let document = Array(lines.dropFirst(head.count + 1).joined(separator: [UInt8(ascii: "\n")]))
    var paths: [JSONPath] = []
    for line in head {
      let text = String(decoding: line, as: UTF8.self)
      guard let path = try? JSONPath(parsing: text) else { continue }
      require(path.text == text, "a path is kept as it was written")
      require(!path.of("x").namesNamespace || path.of("{name}").namesNamespace, "a name takes its place")
      paths.append(path)
    }
    checkPicking(paths, document)
    checkPoll(paths, document)
  }

  /// Each path leads where it leads alone.
  private static func checkPicking(_ paths: [JSONPath], _ document: [UInt8]) {
    guard let together = try? JSONPicker(paths).pick(from: document) else { return }
    require(together.count == paths.count, "each path has its values")
    for (path, values) in zip(paths, together) {
      require(values.count <= JSONPicker.maximumValues, "values are bounded")
      guard let alone = try? JSONPicker([path]).pick(from: document) else {
        preconditionFailure("what can be read by several paths can be read by one")
      }
      require(Set(alone[0]) == Set(values), "a path leads where it leads alone")
    }
  }

  /// Whatever the document says, figures are from 0, and there are some or there is a cause.
  private static func checkPoll(_ paths: [JSONPath], _ document: [UInt8]) {
    var options = JSONStatsOptions()
    var namespace: JSONStatistics = [:]
    for (statistic, path) in zip(JSONStatistic.allCases, paths) {
      options.whole[statistic] = JSONField(path, unit: statistic.quantity.baseUnit)
      if JSONStatistic.ofNamespaces.contains(statistic) {
        namespace[statistic] = JSONField(path.of("a"), unit: statistic.quantity.baseUnit)
      }
    }
    options.namespaces = [namespace]
    var collection = JSONStatsCollection(options: options)
    for second in 1...2 {
      let poll = collection.receive(document, at: UnixTime(seconds: Int64(second)))
      let facts = [
        poll.facts.hits, poll.facts.misses, poll.facts.keys, poll.facts.usedMemory, poll.facts.evictedKeys,
      ]
      require(facts.allSatisfy { ($0 ?? 0) >= 0 }, "no figure is below 0")
      require((0...1).contains(poll.facts.reportedHitRatio ?? 0), "a ratio lies in 0…1")
      for reading in poll.namespaces {
        require(reading.hits == nil || reading.failure == nil, "there are figures, or there is a cause")
      }
    }
  }

  private static func binaryOutcome(_ pieces: [[UInt8]]) -> Outcome<MemcachedReply> {
    var decoder = MemcachedBinaryDecoder(maximumReplyBytes: 1024)
    return outcome(of: pieces) {
      decoder.feed($0.span)
    } next: {
      try decoder.next()
    }
  }
}
