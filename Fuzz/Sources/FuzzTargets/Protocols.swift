import CacheModel
import MemcachedProtocol
import Namespaces
import RESP

@testable import Collectors
@testable import KeyEvents
@testable import Namespaces

extension FuzzTarget {
  /// What caches send.
  static let protocols: [FuzzTarget] = [
    FuzzTarget("resp", tokens: respTokens) { { bytes in checkSplits(bytes, respOutcome) } },
    FuzzTarget("info", tokens: infoTokens, longest: 16_384) {
      var options = RedisCollectionOptions()
      options.legacyNames = true
      var collection = RedisCollection(options: options)
      var consequences = Consequences()
      var second: Int64 = 0
      return { bytes in
        second += 1
        consequences.take(poll(&collection, bytes, at: second), at: second)
      }
    },
    FuzzTarget("slowlog", tokens: respTokens + ["*6\r\n", "*4\r\n", "$3\r\nget\r\n"]) {
      { bytes in
        for value in respOutcome([bytes]).values {
          _ = try? SlowLogEntry(value)
          for entry in value.array ?? [] { _ = try? SlowLogEntry(entry) }
        }
      }
    },
    FuzzTarget(
      "keyevents", tokens: respTokens + ["message\r\n", "__keyevent@0__:", "expired", "keymiss", "$7\r\n"]
    ) {
      { bytes in scanEvents(bytes) }
    },
    FuzzTarget("monitor", tokens: [" [0 ", "] \"", "\" \"", "\\x", "\\\"", "\\\\", "GET", "MGET", "lua", "zinter"])
    {
      let definitions = [NamespaceDefinition(name: "a", keys: ["menu:*"])]
      guard let classifier = try? NamespaceClassifier(definitions) else {
        preconditionFailure("the pattern is right")
      }
      var tally = BurstTally(classifier: classifier)
      var line = MonitorLine()
      return { bytes in
        tally.receive(line: bytes.span)
        guard line.read(bytes.span) != nil else { return }
        for index in 0..<line.count {
          line.withWord(index, of: bytes.span) {
            require($0.count <= bytes.count, "a word is no longer than its line")
          }
        }
      }
    },
    FuzzTarget(
      "memcached", tokens: ["STAT ", "\r\n", "END\r\n", "ERROR\r\n", "PREFIX ", " get ", " hit ", "SERVER_ERROR "]
    ) {
      var options = MemcachedCollectionOptions()
      options.readsPrefixes = true
      var collection = MemcachedCollection(options: options)
      var consequences = Consequences(readsLog: true)
      var second: Int64 = 0
      return { bytes in
        checkSplits(bytes, memcachedOutcome)
        second += 1
        let count = collection.begin(at: UnixTime(seconds: second)).count
        let replies = memcachedOutcome([bytes]).values
        let given = (0..<count).compactMap { replies.isEmpty ? nil : replies[$0 % replies.count] }
        guard given.count == count else { return collection.abandon() }
        consequences.take(collection.receive(given), at: second)
        if let stats = given.first { consequences.watch(LogBaseline(stats), at: second) }
      }
    },
  ]

  private static let respTokens = [
    "+", "-", ":", "$", "*", "\r\n", "$-1\r\n", "*-1\r\n", "*1\r\n", "*2\r\n", "$1\r\na\r\n", ":1\r\n", "+OK\r\n",
    "-ERR x\r\n", "-NOAUTH ", "-LOADING ", "_\r\n", "%1\r\n", "~1\r\n", "#t\r\n", ",1.5\r\n", "(1\r\n", "=5\r\n",
  ]

  private static let infoTokens = [
    "# Server\r\n", "# Keyspace\r\n", "\r\n", ":", "=", ",", "db0:keys=1,expires=0,avg_ttl=0\r\n", "redis_version:",
    "run_id:", "keyspace_hits:", "keyspace_misses:", "slave0:ip=", "master_link_status:", "uptime_in_seconds:",
    "cmdstat_get:calls=1,usec=1,usec_per_call=1.0\r\n", "errorstat_ERR:count=1\r\n", "role:",
  ]

  /// The replies of a stream in pieces, and whether it ends with an error. Which error may depend on where it was cut: a length
  /// that is too large is refused before its last digit has come.
  struct Outcome<Value: Equatable>: Equatable {
    var values: [Value] = []
    var isBroken = false
  }

  /// A stream means the same whole and in two or three pieces.
  static func checkSplits<Value>(_ bytes: [UInt8], _ read: ([[UInt8]]) -> Outcome<Value>) {
    let whole = read([bytes])
    guard bytes.count > 2 else { return }
    let first = Int(bytes[0]) % bytes.count
    let second = first + Int(bytes[1]) % (bytes.count - first)
    let cut = [Array(bytes[..<first]), Array(bytes[first..<second]), Array(bytes[second...])]
    require(read(cut) == whole, "it does not matter where a stream is cut")
  }

  private static func respOutcome(_ pieces: [[UInt8]]) -> Outcome<RESPValue> {
    let decoder = RESPDecoder()
    return outcome(of: pieces) {
      decoder.feed($0.span)
    } next: {
      try decoder.next()
    }
  }

  private static func memcachedOutcome(_ pieces: [[UInt8]]) -> Outcome<MemcachedReply> {
    var decoder = MemcachedDecoder(maximumReplyBytes: 1024)
    return outcome(of: pieces) {
      decoder.feed($0.span)
    } next: {
      try decoder.next()
    }
  }

  static func outcome<Value>(
    of pieces: [[UInt8]], feed: ([UInt8]) -> Void, next: () throws -> Value?
  ) -> Outcome<Value> {
    var outcome = Outcome<Value>()
    for piece in pieces {
      feed(piece)
      do {
        while let value = try next() { outcome.values.append(value) }
      } catch {
        outcome.isBroken = true
        return outcome
      }
    }
    return outcome
  }

  /// A poll where every command is answered with these bytes.
  private static func poll(_ collection: inout RedisCollection, _ bytes: [UInt8], at second: Int64) -> CollectedPoll
  {
    let time = UnixTime(seconds: second)
    var commands = collection.begin(at: time)
    for _ in 0..<8 {
      switch collection.receive(commands.map { _ in .bulk(bytes) }, at: time) {
      case .more(let further): commands = further
      case .done(let collected):
        require(collected.sample.catalog.count < 20_000, "a catalog is bounded")
        return collected
      }
    }
    preconditionFailure("a poll ends")
  }

  private static func scanEvents(_ bytes: [UInt8]) {
    let scanner = ReplyScanner(maximumReplyBytes: 4096)
    let span = bytes.span
    var position = 0
    do {
      while position < span.count, let reply = try scanner.next(in: span, from: position) {
        let before = position
        switch reply {
        case .message(let channel, let payload, let end):
          _ = KeyEventChannel.parse(span, channel)
          require(payload.upperBound <= end && end <= span.count, "a message lies within its bytes")
          position = end
        case .other(let range): position = range.upperBound
        }
        require(position > before && position <= span.count, "a scan goes on and ends within its bytes")
      }
    } catch {
      require(error.offset >= 0, "an error has its place")
    }
  }
}
