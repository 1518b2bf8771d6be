/// Reads and misses of each namespace within one burst of MONITOR. One more entry stands for keys of no namespace.
public struct BurstCounts: Sendable, Hashable {
  /// Lookups that the server counts, by namespace.
  public var reads: [Int32]
  /// Those of them that missed.
  public var misses: [Int32]
  /// For how long commands told the server to keep their keys, the first hundreds of them.
  public var lifetimes: [StoredKey] = []
  /// From the first command to the last, by the server's clock.
  public var milliseconds = 0.0

  /// A key that is to live for some time.
  public struct StoredKey: Sendable, Hashable {
    /// Its namespace's position.
    public var namespace: Int
    /// At least 1; nil for ever.
    public var milliseconds: Int64?
  }
}

/// Counts a burst as its lines come in: MONITOR's, and the notifications of misses, which the server sends right before the
/// line of their command on the same connection, so that both are of the same instants.
public struct BurstTally: Sendable {
  private let classifier: NamespaceClassifier
  private var line = MonitorLine()
  /// What was counted since the last ``finish()``.
  private var counts: BurstCounts
  /// When the first command ran, in microseconds.
  private var first: Int64?
  /// Keys that were stored for ever, as far as the burst has told yet: which of the lifetimes they are, and when that was.
  private var lasting: [(hash: UInt64, position: Int, time: Int64)] = []
  /// Whether such keys are given a time to live by another command, and how long after the store that may be, in milliseconds.
  private var areAdded = false
  /// When the latest command was run that says for how long a key is to live.
  private var latest: Int64 = 0
  private static let wait: Int64 = 2

  private static let mostLifetimes = 256

  /// A tally of nothing.
  public init(classifier: NamespaceClassifier) {
    self.classifier = classifier
    counts = Self.none(classifier)
  }

  /// Takes a line of MONITOR without its `+` and its end. Costs about half a microsecond.
  public mutating func receive(line bytes: Span<UInt8>) {
    guard let database = line.read(bytes) else { return }
    if let time = MonitorLine.microseconds(bytes) {
      first = first ?? time
      counts.milliseconds = max(0, Double(time - (first ?? time)) / 1000)
    }
    if counts.lifetimes.count < Self.mostLifetimes || !lasting.isEmpty,
      let lifetime = StoredLifetime.read(&line, bytes)
    {
      take(lifetime, database, bytes)
    }
    guard let keys = line.withWord(0, of: bytes, { LookupTable.keys(of: $0) }) else { return }
    switch keys {
    case .at(let position): count(position..<(position + 1), bytes)
    case .from(let position): count(position..<max(position, line.count), bytes)
    case .fromUntilLast(let position): count(position..<max(position, line.count - 1), bytes)
    case .both(let one, let other):
      count(one..<(one + 1), bytes)
      count(other..<(other + 1), bytes)
    case .numbered(let position):
      guard let number = number(position, bytes) else { return }
      count((position + 1)..<(position + 1 + number), bytes)
    case .streams:
      guard let start = position(of: "streams", from: 1, bytes) else { return }
      // XREAD looks each of its keys up twice.
      for _ in 0..<2 { count((start + 1)..<(start + 1 + (line.count - start - 1) / 2), bytes) }
    case .setGet:
      // What follows SET is its key and value, whatever they say.
      if position(of: "get", from: 3, bytes) != nil { count(1..<2, bytes) }
    case .bitfield:
      guard position(of: "set", from: 2, bytes) == nil else { return }
      if position(of: "incrby", from: 2, bytes) == nil { count(1..<2, bytes) }
    }
  }

  /// Takes the notification of a miss.
  public mutating func receive(miss key: Span<UInt8>) {
    counts.misses[classifier.classify(key) ?? counts.misses.count - 1] += 1
  }

  /// What was counted; begins anew.
  public mutating func finish() -> BurstCounts {
    var finished = counts
    first = nil
    if areAdded {
      // What gives the last ones a time to live came after the burst's end.
      for one in lasting.reversed() where one.time > latest - Self.wait {
        finished.lifetimes.remove(at: one.position)
      }
    }
    counts = Self.none(classifier)
    lasting = []
    return finished
  }

  private mutating func take(_ lifetime: StoredLifetime, _ database: Int, _ bytes: Span<UInt8>) {
    latest = MonitorLine.microseconds(bytes).map { $0 / 1000 } ?? latest
    if lifetime.isAdded {
      let hash = hash(1, database, bytes)
      if let index = lasting.lastIndex(where: { $0.hash == hash }) {
        counts.lifetimes[lasting.remove(at: index).position].milliseconds = lifetime.milliseconds
        areAdded = true
        return
      }
      if lifetime.isConditional { return }
    }
    for position in stride(from: 1, to: lifetime.isOfMany ? line.count - 1 : 2, by: 2) {
      guard counts.lifetimes.count < Self.mostLifetimes else { return }
      let namespace = namespace(position, bytes)
      if lifetime.milliseconds == nil {
        lasting.append((hash(position, database, bytes), counts.lifetimes.count, latest))
      }
      counts.lifetimes.append(
        BurstCounts.StoredKey(namespace: namespace, milliseconds: lifetime.milliseconds))
    }
  }

  private mutating func hash(_ position: Int, _ database: Int, _ bytes: Span<UInt8>) -> UInt64 {
    line.withWord(position, of: bytes) { KeyHash.hash($0, database: database) }
  }

  private mutating func count(_ positions: Range<Int>, _ bytes: Span<UInt8>) {
    for position in positions.clamped(to: 0..<line.count) {
      let namespace = namespace(position, bytes)
      counts.reads[namespace] += 1
    }
  }

  /// Of the key at a position.
  private mutating func namespace(_ position: Int, _ bytes: Span<UInt8>) -> Int {
    line.withWord(position, of: bytes) { [classifier] in classifier.classify($0) } ?? counts.reads.count - 1
  }

  private mutating func number(_ position: Int, _ bytes: Span<UInt8>) -> Int? {
    guard position < line.count else { return nil }
    return line.withWord(position, of: bytes) { word in
      guard word.count <= 6 else { return nil }
      var value = 0
      for index in word.indices {
        guard word[index] >= 0x30, word[index] <= 0x39 else { return nil }
        value = value * 10 + Int(word[index] - 0x30)
      }
      return value
    }
  }

  /// Where an option stands, in whatever case; nil when it does not.
  private mutating func position(of text: String, from first: Int, _ bytes: Span<UInt8>) -> Int? {
    let wanted = Array(text.utf8)
    for index in first..<max(first, line.count) {
      let isWanted = line.withWord(index, of: bytes) { word in
        word.count == wanted.count && word.indices.allSatisfy { word[$0] | 0x20 == wanted[$0] }
      }
      if isWanted { return index }
    }
    return nil
  }

  private static func none(_ classifier: NamespaceClassifier) -> BurstCounts {
    let zeros = [Int32](repeating: 0, count: classifier.names.count + 1)
    return BurstCounts(reads: zeros, misses: zeros)
  }
}
