/// What one command of a demo's pipeline gave; all that the workload wants to know.
public enum DemoReply: Sendable, Hashable {
  /// No such key.
  case null
  /// A text, a number or a status.
  case value
  /// A list with this many items; 0 where a key is missing.
  case list(Int)
  /// The server refused the command.
  case error(String)
}

/// Lookups of one namespace as the workload saw them.
public struct DemoCounts: Sendable, Hashable {
  /// Lookups that found their key.
  public var hits: Int64 = 0
  /// Lookups that did not.
  public var misses: Int64 = 0

  /// Zeros.
  public init() {}
}

/// The workload's decisions: which commands to send next, and what their replies mean. No connection, no clock.
///
/// Cache-aside: each lookup that misses is written in the next batch, as an application does after it has computed the
/// value. The counters of a batch's lookups are added in the next batch too, in one command for each field.
struct DemoPlan: Sendable {
  /// A lookup, so that the reply can be filed.
  private struct Lookup {
    var namespace: Int
    var key: String
  }

  private enum Step {
    case lookup(Lookup)
    /// An addition to a counter of the server: given back to `pending` when it is refused.
    case count(namespace: Int, hits: Int64, misses: Int64)
    case other
  }

  let namespaces: [DemoNamespace]
  /// By namespace: what the replies said so far.
  private(set) var seen: [DemoCounts]
  /// By namespace: what the server's counters were told and confirmed.
  private(set) var written: [DemoCounts]

  private let lookupsPerBatch: Int
  private let distributions: [ZipfDistribution]
  private let values: [String]
  private var random: SeededGenerator
  private var steps: [Step] = []
  private var missed: [Lookup] = []
  private var batches = 0
  /// Batches a second.
  private let pace: Int

  init(
    namespaces: [DemoNamespace] = DemoNamespace.all, seed: UInt64 = 1, lookupsPerSecond: Int = 800, pace: Int = 20
  ) {
    self.namespaces = namespaces
    self.pace = pace
    seen = namespaces.map { _ in DemoCounts() }
    written = seen
    lookupsPerBatch = max(1, lookupsPerSecond / pace)
    distributions = namespaces.map { ZipfDistribution(count: $0.keyCount, exponent: $0.skew) }
    values = namespaces.map { namespace in
      String(String(repeating: "\(namespace.name) ", count: namespace.valueBytes / 4).prefix(namespace.valueBytes))
    }
    random = SeededGenerator(seed: seed)
  }

  // MARK: Batches

  /// What warms the cache before the first lookup, in pipelines of moderate size. Their replies mean nothing.
  func warmUp() -> [[[String]]] {
    // Counters exist from the first moment, so that reading one is never a miss.
    var commands = namespaces.flatMap { namespace in
      ["hits", "misses"].map { ["HINCRBY", namespace.counterKey, $0, "0"] }
    }
    for index in namespaces.indices {
      // Written at once, they would all expire at once: their times to live are spread over the second half.
      let (ttl, warmed) = (namespaces[index].ttl, namespaces[index].warmed)
      commands += (0..<warmed).map { number in
        write(index, namespaces[index].key(number), ttl: ttl - number % 8 * ttl / 16)
      }
    }
    return stride(from: 0, to: commands.count, by: 100).map { Array(commands[$0..<min($0 + 100, commands.count)]) }
  }

  /// The next pipeline; its replies go to ``received(_:)`` or, when there are none, to ``lost()``.
  mutating func next() -> [[String]] {
    var commands = closing()
    batches += 1
    if batches % pace == 1 { commands += invalidations() }
    for _ in 0..<lookupsPerBatch { look(up: drawKey(), into: &commands) }
    if batches % (2 * pace) == pace, let last = namespaces.indices.last {
      steps.append(.lookup(Lookup(namespace: last, key: DemoNamespace.slowKey)))
      commands.append(["SORT", DemoNamespace.slowKey, "ALPHA", "DESC"])
    }
    return commands
  }

  /// The pipeline that leaves the server's counters equal to what was seen: what ``next()`` would send but for lookups.
  mutating func closing() -> [[String]] {
    steps = []
    var commands: [[String]] = []
    for lookup in missed {
      steps.append(.other)
      commands.append(
        lookup.key == DemoNamespace.slowKey ? popular() : write(lookup.namespace, lookup.key))
    }
    missed = []
    for index in namespaces.indices {
      let hits = seen[index].hits - written[index].hits
      let misses = seen[index].misses - written[index].misses
      if hits > 0 {
        steps.append(.count(namespace: index, hits: hits, misses: 0))
        commands.append(["HINCRBY", namespaces[index].counterKey, "hits", String(hits)])
      }
      if misses > 0 {
        steps.append(.count(namespace: index, hits: 0, misses: misses))
        commands.append(["HINCRBY", namespaces[index].counterKey, "misses", String(misses)])
      }
    }
    return commands
  }

  // MARK: Replies

  /// The replies of the last pipeline, in its order.
  mutating func received(_ replies: [DemoReply]) {
    for (step, reply) in zip(steps, replies) {
      switch (step, reply) {
      case (.lookup, .error), (.other, _), (.count, .error): break
      case (.count(let index, let hits, let misses), _):
        written[index].hits += hits
        written[index].misses += misses
      case (.lookup(let lookup), .null), (.lookup(let lookup), .list(0)):
        seen[lookup.namespace].misses += 1
        if !missed.contains(where: { $0.key == lookup.key }) { missed.append(lookup) }
      case (.lookup(let lookup), .value), (.lookup(let lookup), .list):
        seen[lookup.namespace].hits += 1
      }
    }
    steps = []
  }

  // MARK: Commands

  private func write(_ namespace: Int, _ key: String, ttl: Int? = nil) -> [String] {
    ["SET", key, values[namespace], "EX", String(ttl ?? namespaces[namespace].ttl)]
  }

  /// The list that is slow to sort.
  private func popular() -> [String] {
    var random = SeededGenerator(seed: 7)
    return ["RPUSH", DemoNamespace.slowKey] + (0..<4000).map { _ in String(random.next() >> 24, radix: 36) }
  }

  private mutating func invalidations() -> [[String]] {
    var commands: [[String]] = []
    for index in namespaces.indices {
      for _ in 0..<namespaces[index].invalidations {
        steps.append(.other)
        commands.append(["DEL", namespaces[index].key(distributions[index].draw(&random))])
      }
    }
    return commands
  }

  private mutating func drawKey() -> Lookup {
    var ticket = Int.random(in: 0..<namespaces.reduce(0) { $0 + $1.share }, using: &random)
    for index in namespaces.indices {
      ticket -= namespaces[index].share
      if ticket < 0 {
        return Lookup(namespace: index, key: namespaces[index].key(distributions[index].draw(&random)))
      }
    }
    preconditionFailure("the ticket is below the sum of all shares")
  }

  private mutating func look(up lookup: Lookup, into commands: inout [[String]]) {
    steps.append(.lookup(lookup))
    commands.append(["GET", lookup.key])
  }
}
