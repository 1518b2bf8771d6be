public import CacheModel
import RESP
public import TimeSeries

/// A key of a database.
public struct KeyPlace: Sendable, Hashable {
  /// The database's number.
  public let database: Int
  /// Its name.
  public let key: [UInt8]

  /// A key.
  public init(database: Int, key: [UInt8]) {
    self.database = database
    self.key = key
  }

  /// Its database and its name.
  public var labels: [Label] { [Label("db", "db\(database)"), Label("key", String(shown: key))] }
  var streamLabels: [Label] { [Label("db", "db\(database)"), Label("stream", String(shown: key))] }
}

/// Asks about single keys what can't be asked without the server counting it: sizes, streams, times to live. A few at a
/// time, in rounds. A value without a connection: ``lookups(atMost:)`` go into a poll, ``answered(_:)`` takes what came.
public struct KeyInspector: Sendable {
  private enum Question: Sendable {
    case kind(KeyPlace)
    case size(KeyPlace, command: String)
    case value(KeyPlace)
    case isStream(KeyPlace)
    case stream(KeyPlace)
    case groups(KeyPlace)
    case consumers(KeyPlace, group: [UInt8])
    case timeToLive(KeyPlace, namespace: Int)
  }

  /// What a round has brought.
  public private(set) var series: [(SeriesDefinition, FixedPoint)] = []
  private let tellsConsumers: Bool
  private var round: [Question] = []
  private var ttlQuestions: [Question] = []
  /// Keys that may be streams; asked between the rounds.
  private var candidates: [Question] = []
  private var streams: [KeyPlace] = []
  /// Asked, and not answered yet; asked again when no answer comes.
  private var underWay: [Question] = []
  private var found: [(SeriesDefinition, FixedPoint)] = []
  private var ttls: [(namespace: Int, seconds: Double?)] = []
  private var isInRound = false

  /// The most questions about times to live that wait.
  private static let maximumWaiting = 500

  /// An inspector that has nothing to ask; `tellsConsumers` asks for each consumer of a stream's group.
  public init(tellsConsumers: Bool = true) {
    self.tellsConsumers = tellsConsumers
  }

  /// Begins a round over these keys and streams, unless one is under way.
  public mutating func begin(keys: [KeyPlace], streams: [KeyPlace]) {
    guard !isInRound, !(keys.isEmpty && streams.isEmpty) else { return }
    isInRound = true
    found = []
    round = keys.map { .kind($0) } + streams.flatMap { [.stream($0), .groups($0)] }
  }

  /// Asks of each of these keys once whether it is a stream, in place of those that were to be asked before.
  public mutating func ask(whetherStreams keys: [KeyPlace]) { candidates = keys.map { .isStream($0) } }

  /// Those that were found to be streams since the last call.
  public mutating func takeStreams() -> [KeyPlace] {
    defer { streams = [] }
    return streams
  }

  /// Offers a key whose time to live would be worth knowing.
  public mutating func offer(_ place: KeyPlace, namespace: Int) {
    if ttlQuestions.count < Self.maximumWaiting { ttlQuestions.append(.timeToLive(place, namespace: namespace)) }
  }

  /// What to ask in the next poll.
  public mutating func lookups(atMost limit: Int, ttls: Int) -> [OwnLookup] {
    if underWay.isEmpty {
      let free = limit - min(limit, round.count)
      underWay = Array(round.prefix(limit)) + candidates.prefix(free) + ttlQuestions.prefix(ttls)
      round.removeFirst(min(limit, round.count))
      candidates.removeFirst(min(free, candidates.count))
      ttlQuestions.removeFirst(min(ttls, ttlQuestions.count))
    }
    return underWay.map(Self.lookup)
  }

  private static func lookup(_ question: Question) -> OwnLookup {
    func command(_ place: KeyPlace, _ before: String..., after: [[UInt8]] = []) -> OwnLookup {
      let words = before.map { Array($0.utf8) } + [place.key] + after
      return OwnLookup(database: place.database, RESPCommand(words))
    }
    switch question {
    case .kind(let place), .isStream(let place): return command(place, "TYPE")
    case .size(let place, let name): return command(place, name)
    case .value(let place): return command(place, "GET")
    case .stream(let place): return command(place, "XINFO", "STREAM")
    case .groups(let place): return command(place, "XINFO", "GROUPS")
    case .consumers(let place, let group): return command(place, "XINFO", "CONSUMERS", after: [group])
    case .timeToLive(let place, _): return command(place, "PTTL")
    }
  }

  /// Takes the answers of a poll; answers whether a round is done. Those of another poll are passed over.
  public mutating func answered(_ answers: [OwnAnswer]) -> Bool {
    guard !answers.isEmpty, answers.map(\.lookup) == underWay.map(Self.lookup) else { return false }
    let asked = underWay
    underWay = []
    for (question, answer) in zip(asked, answers) { take(answer.reply, to: question) }
    guard isInRound, round.isEmpty else { return false }
    isInRound = false
    series = found
    return true
  }

  /// Times to live that were learned since the last call, in seconds; nil for keys that live for ever.
  public mutating func takeTTLs() -> [(namespace: Int, seconds: Double?)] {
    defer { ttls = [] }
    return ttls
  }

  private mutating func take(_ reply: RESPValue, to question: Question) {
    switch question {
    case .kind(let place):
      if let kind = reply.string, let command = Self.sizes[kind] { round.append(.size(place, command: command)) }
    case .size(let place, let command):
      guard let size = reply.integer else { return }
      found.append((SeriesDefinition(KeyFamilies.size, labels: place.labels), FixedPoint(size)))
      if command == "STRLEN", (1...32).contains(size) { round.append(.value(place)) }
    case .value(let place):
      if case .bulk(let bytes) = reply, let number = FixedPoint.parse(bytes) {
        found.append((SeriesDefinition(KeyFamilies.value, labels: place.labels), number))
      }
    case .isStream(let place): if reply.string == "stream" { streams.append(place) }
    case .stream(let place): found += StreamFamilies.stream(reply, place.streamLabels)
    case .groups(let place):
      for group in reply.array ?? [] {
        guard let name = StreamFamilies.name(of: group) else { continue }
        found += StreamFamilies.group(group, place.streamLabels + [Label("group", String(shown: name))])
        if tellsConsumers { round.append(.consumers(place, group: name)) }
      }
    case .consumers(let place, let group):
      for consumer in reply.array ?? [] {
        guard let name = StreamFamilies.name(of: consumer) else { continue }
        let labels =
          place.streamLabels + [Label("group", String(shown: group)), Label("consumer", String(shown: name))]
        found += StreamFamilies.consumer(consumer, labels)
      }
    case .timeToLive(_, let namespace):
      guard let milliseconds = reply.integer, milliseconds >= -1 else { return }
      ttls.append((namespace, milliseconds < 0 ? nil : Double(milliseconds) / 1000))
    }
  }

  private static let sizes = [
    "string": "STRLEN", "list": "LLEN", "set": "SCARD", "zset": "ZCARD", "hash": "HLEN", "stream": "XLEN",
  ]
}
