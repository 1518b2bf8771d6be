/// The workload's decisions: which commands to send next, and what their replies mean. No connection, no clock.
///
/// Cache-aside: each lookup that misses is written in the next batch, as an application does after it has computed the
/// value. The counters of a batch's lookups are added in the next batch too, in one command for each field. What a change
/// makes invalid is removed; keys that match a pattern are looked for with SCAN, a step a batch.
struct DemoPlan: Sendable {
  /// A lookup, so that the reply can be filed.
  private struct Lookup {
    var part: Int
    var key: String
  }

  private enum Step {
    case lookup(Lookup)
    /// An addition to a counter of the server: given back to `pending` when it is refused.
    case count(part: Int, hits: Int64, misses: Int64)
    case write(String)
    case removal(String)
    case scan(pattern: String)
    case other
  }

  let application: DemoApplication
  var parts: [DemoPart] { application.parts }
  /// By part: what the replies said so far.
  private(set) var seen: [DemoCounts]
  /// By part: what the server's counters were told and confirmed; hits and misses only.
  private(set) var written: [DemoCounts]
  /// Whether a removal is under way that a further batch finishes.
  var isRemoving: Bool { !scans.isEmpty || !invalid.isEmpty }

  private let lookupsPerBatch: Int
  private let distributions: [ZipfDistribution]
  private let values: [String]
  private var random: SeededGenerator
  private var steps: [Step] = []
  private var missed: [Lookup] = []
  private var batches = 0
  /// Batches a second.
  private let pace: Int
  /// How many seconds of the application's are one of a key's life.
  private let haste: Int
  /// Keys to remove in the next batch, in this order.
  private var invalid: [String] = []
  private var scans: [(pattern: String, cursor: String)] = []
  /// Keys that it stored once, and those of them that it removed and did not store since.
  private var stored: Set<String> = []
  private var removed: Set<String> = []

  /// - Parameter haste: times to live are this part of what the application gives, but at least a second, so that hours are over while
  ///   one watches.
  init(
    _ application: DemoApplication = .restaurant, seed: UInt64 = 1, lookupsPerSecond: Int = 800, pace: Int = 20,
    haste: Int = 1
  ) {
    self.application = application
    self.pace = pace
    self.haste = haste
    let parts = application.parts
    seen = parts.map { _ in DemoCounts() }
    written = seen
    lookupsPerBatch = max(1, lookupsPerSecond / pace)
    distributions = parts.map { ZipfDistribution(count: $0.keyCount, exponent: $0.skew) }
    values = parts.map { part in
      String(String(repeating: "\(part.name) ", count: part.valueBytes / 4 + 1).prefix(part.valueBytes))
    }
    random = SeededGenerator(seed: seed)
  }

  // MARK: Batches

  /// What warms the cache before the first lookup, in pipelines of moderate size. Their replies mean nothing.
  mutating func warmUp() -> [[[String]]] {
    // Counters exist from the first moment, so that reading one is never a miss.
    let counters = application.countsItself ? parts.map(\.counterKey) : []
    var commands = counters.flatMap { key in ["hits", "misses"].map { ["HINCRBY", key, $0, "0"] } }
    for index in parts.indices {
      // Written at once, they would all expire at once: their times to live are spread over the second half.
      let (ttl, warmed) = (parts[index].ttl, parts[index].warmed)
      for number in 0..<warmed {
        let key = parts[index].key(number)
        stored.insert(key)
        commands.append(write(index, key, ttl: ttl - number % 8 * ttl / 16))
      }
    }
    return stride(from: 0, to: commands.count, by: 100).map { Array(commands[$0..<min($0 + 100, commands.count)]) }
  }

  /// The next pipeline; its replies go to ``received(_:)``.
  mutating func next() -> [[String]] {
    var commands = closing()
    batches += 1
    if batches % pace == 1 { commands += invalidations() }
    for change in application.changes where batches % change.every == 0 {
      for removal in change.removals(Int.random(in: 0..<1 << 20, using: &random)) {
        switch removal {
        case .key(let key): commands.append(remove(key))
        case .pattern(let pattern): scans.append((pattern, "0"))
        }
      }
    }
    for _ in 0..<lookupsPerBatch { look(up: drawKey(), into: &commands) }
    if batches % (2 * pace) == pace, let key = application.slowKey {
      steps.append(.lookup(Lookup(part: parts.count - 1, key: key)))
      commands.append(["SORT", key, "ALPHA", "DESC"])
    }
    return commands
  }

  /// What ``next()`` would send but for lookups and changes: it leaves the server's counters equal to what was seen. Again and
  /// again while ``isRemoving``, it finishes what changes have begun.
  mutating func closing() -> [[String]] {
    steps = []
    var commands: [[String]] = []
    for lookup in missed {
      steps.append(.write(lookup.key))
      commands.append(lookup.key == application.slowKey ? popular(lookup.key) : write(lookup.part, lookup.key))
    }
    missed = []
    for key in invalid { commands.append(remove(key)) }
    invalid = []
    for (pattern, cursor) in scans {
      steps.append(.scan(pattern: pattern))
      commands.append(["SCAN", cursor, "MATCH", pattern, "COUNT", "500"])
    }
    scans = []
    if application.countsItself { count(into: &commands) }
    return commands
  }

  private mutating func count(into commands: inout [[String]]) {
    for index in parts.indices {
      let hits = seen[index].hits - written[index].hits
      let misses = seen[index].misses - written[index].misses
      if hits > 0 {
        steps.append(.count(part: index, hits: hits, misses: 0))
        commands.append(["HINCRBY", parts[index].counterKey, "hits", String(hits)])
      }
      if misses > 0 {
        steps.append(.count(part: index, hits: 0, misses: misses))
        commands.append(["HINCRBY", parts[index].counterKey, "misses", String(misses)])
      }
    }
  }

  // MARK: Replies

  /// The replies of the last pipeline, in its order.
  mutating func received(_ replies: [DemoReply]) {
    for (step, reply) in zip(steps, replies) {
      switch (step, reply) {
      case (.count(let index, let hits, let misses), .value), (.count(let index, let hits, let misses), .count):
        written[index].hits += hits
        written[index].misses += misses
      case (.lookup(let lookup), .null), (.lookup(let lookup), .list(0)): miss(lookup)
      case (.lookup(let lookup), .value), (.lookup(let lookup), .list): seen[lookup.part].hits += 1
      case (.write(let key), .value), (.write(let key), .count):
        stored.insert(key)
        removed.remove(key)
      case (.removal(let key), .count(1...)): removed.insert(key)
      case (.scan(let pattern), .keys(let keys, let next)):
        invalid += keys
        if next != "0" { scans.append((pattern, next)) }
      default: break
      }
    }
    steps = []
  }

  private mutating func miss(_ lookup: Lookup) {
    seen[lookup.part].misses += 1
    if removed.contains(lookup.key) {
      seen[lookup.part].invalidated += 1
    } else if !stored.contains(lookup.key) {
      seen[lookup.part].cold += 1
    } else {
      seen[lookup.part].expired += 1
    }
    if !missed.contains(where: { $0.key == lookup.key }) { missed.append(lookup) }
  }

  // MARK: Commands

  private func write(_ part: Int, _ key: String, ttl: Int? = nil) -> [String] {
    ["SET", key, values[part], "EX", String(max(1, (ttl ?? parts[part].ttl) / haste))]
  }

  /// The list that is slow to sort.
  private func popular(_ key: String) -> [String] {
    var random = SeededGenerator(seed: 7)
    return ["RPUSH", key] + (0..<4000).map { _ in String(random.next() >> 24, radix: 36) }
  }

  private mutating func invalidations() -> [[String]] {
    var commands: [[String]] = []
    for index in parts.indices {
      for _ in 0..<parts[index].invalidations {
        let number = distributions[index].draw(&random)
        commands.append(remove(parts[index].key(number)))
      }
    }
    return commands
  }

  private mutating func remove(_ key: String) -> [String] {
    steps.append(.removal(key))
    return ["DEL", key]
  }

  private mutating func drawKey() -> Lookup {
    var ticket = Int.random(in: 0..<parts.reduce(0) { $0 + $1.share }, using: &random)
    for index in parts.indices {
      ticket -= parts[index].share
      if ticket < 0 {
        return Lookup(part: index, key: parts[index].key(distributions[index].draw(&random)))
      }
    }
    preconditionFailure("the ticket is below the sum of all shares")
  }

  private mutating func look(up lookup: Lookup, into commands: inout [[String]]) {
    steps.append(.lookup(lookup))
    commands.append(["GET", lookup.key])
  }
}
