public import CacheModel
public import RESP

/// Asks some of the keys that a walk comes by for how long they were not touched, and each again a little later. A value without a
/// connection or a clock.
///
/// `DEBUG OBJECT` looks a key up without counting it or refreshing its idle time, which `OBJECT IDLETIME` does not: it counts a hit.
/// ``commands(at:)`` are sent in one pipeline, ``receive(_:at:)`` takes their replies; a pipeline that fails is asked for again.
public struct IdleSampler: Sendable {
  private struct Asked: Sendable {
    var place: KeyPlace
    var bytes: Int64
    /// The first answer and when it came; nil for a key that was not asked yet.
    var first: (seconds: Int64, time: Double)?
  }

  /// About how many keys of a walk are asked.
  public static let keys = 16_384
  private static let batch = 256
  /// The most bytes of a batch's values: the server forms each to tell its length.
  private static let batchBytes: Int64 = 262_144

  /// What is known so far.
  public private(set) var times = IdleTimes()
  private let chance: Double
  private let pause: Double
  /// The database that the connection has selected; nil where that is not known.
  private let selected: Int?
  private var fresh: [Asked] = []
  /// In the order of their times, from ``next`` on.
  private var waiting: [Asked] = []
  private var next = 0
  private var underWay: [Asked] = []
  /// Which reply is whose; nil for that of a SELECT.
  private var positions: [Int?] = []
  private var answers = false

  /// A sampler for a walk over about so many keys, which asks each again after `pause` seconds.
  public init(expected: Int64, pause: Double, selected: Int?) {
    chance = min(1, Double(Self.keys) / Double(max(1, expected)))
    self.pause = pause
    self.selected = selected
  }

  /// Whether nothing is left to ask.
  public var isDone: Bool { fresh.isEmpty && next >= waiting.count }

  /// When the next key is to be asked; nil without any.
  public var due: Double? {
    guard fresh.isEmpty else { return 0 }
    return next < waiting.count ? waiting[next].first.map { $0.time + pause } : nil
  }

  /// Takes keys that the walk has measured.
  public mutating func offer(_ keys: [WalkedKey]) {
    guard times.obstacle == nil else { return }
    for key in keys {
      guard let memory = key.memory else {
        refuse(.sizesUnknown)
        return
      }
      guard times.visit(bytes: memory), chance >= 1 || Double.random(in: 0..<1) < chance,
        times.sampled + Int64(fresh.count) < 2 * Self.keys
      else { continue }
      fresh.append(Asked(place: KeyPlace(database: key.database, key: key.key), bytes: memory))
    }
  }

  /// The next pipeline; empty where nothing is to be asked now.
  public mutating func commands(at now: Double) -> [RESPCommand] {
    dropLate(now)
    underWay = []
    // One, until it is known that the server answers.
    let most = answers ? Self.batch : 1
    var bytes: Int64 = 0
    for key in waiting[next...].prefix(most) {
      guard let first = key.first, first.time + pause <= now else { break }
      guard underWay.isEmpty || bytes + key.bytes <= Self.batchBytes else { break }
      bytes += key.bytes
      underWay.append(key)
    }
    for key in fresh.prefix(max(0, most - underWay.count)) {
      bytes += key.bytes
      guard underWay.isEmpty || bytes <= Self.batchBytes else { break }
      underWay.append(key)
    }
    var commands: [RESPCommand] = []
    positions = []
    var database = selected
    for (index, key) in underWay.enumerated() {
      if database != key.place.database {
        commands.append(RESPCommand("SELECT", "\(key.place.database)"))
        positions.append(nil)
        database = key.place.database
      }
      commands.append(RESPCommand([Self.debug, Self.object, key.place.key]))
      positions.append(index)
    }
    return commands
  }

  private static let debug = Array("DEBUG".utf8)
  private static let object = Array("OBJECT".utf8)

  /// What could not be asked in time, as after an outage, tells of another pause.
  private mutating func dropLate(_ now: Double) {
    while next < waiting.count, let first = waiting[next].first, now - first.time > 1.5 * pause + 2 { next += 1 }
    if next > 1024, next * 2 > waiting.count {
      waiting.removeFirst(next)
      next = 0
    }
  }

  /// Takes the replies of the last pipeline. Throws when some are missing; what the server refuses is told in ``times``.
  public mutating func receive(_ replies: [RESPValue], at now: Double) throws(CollectorFailure) {
    guard replies.count == positions.count else {
      throw CollectorFailure(.malformedReply, "DEBUG OBJECT: replies are missing")
    }
    for (reply, position) in zip(replies, positions) where position == nil { _ = try reply.orThrow("SELECT") }
    // Of a server that loads its data or runs a script nothing is known.
    for reply in replies where ["LOADING", "BUSY", "MASTERDOWN"].contains(reply.error?.code ?? "") {
      _ = try reply.orThrow("DEBUG OBJECT")
    }
    let again = underWay.count { $0.first != nil }
    next += again
    fresh.removeFirst(underWay.count - again)
    for (reply, position) in zip(replies, positions) {
      guard let position else { continue }
      take(IdleAnswer(reply), of: underWay[position], at: now)
      if times.obstacle != nil { return }
    }
  }

  private mutating func take(_ answer: IdleAnswer, of key: Asked, at now: Double) {
    switch (answer, key.first) {
    case (.refused(let obstacle), _): return refuse(obstacle)
    case (.idle(let seconds), nil):
      times.add(seconds: seconds, bytes: key.bytes)
      var asked = key
      asked.first = (seconds, now)
      waiting.append(asked)
    case (.shared, nil): times.addShared(bytes: key.bytes)
    case (.idle(let seconds), let first?):
      times.lookedAgain(first: first.seconds, pause: now - first.time, found: seconds)
    case (.gone, let first?): times.lookedAgain(first: first.seconds, pause: now - first.time, found: nil)
    case (.gone, nil), (.shared, _): break
    }
    answers = true
  }

  private mutating func refuse(_ obstacle: IdleObstacle) {
    times.obstacle = obstacle
    (fresh, waiting, next) = ([], [], 0)
  }

  /// Everything that is known, once all is asked.
  public func finished(at now: UnixTime) -> IdleTimes {
    var times = times
    times.ended = now
    return times
  }
}

/// What `DEBUG OBJECT` tells of a key.
private enum IdleAnswer {
  case idle(Int64)
  /// The value is that of many keys.
  case shared
  case gone
  case refused(IdleObstacle)

  init(_ reply: RESPValue) {
    switch reply {
    case .error(let error) where error.message.lowercased().contains("no such key"): self = .gone
    case .error(let error):
      let isForbidden = error.code == "NOPERM" || error.message.contains("not allowed")
      self = .refused(isForbidden ? .debugRefused : .unsupported)
    default:
      let fields = (reply.string ?? "").split(separator: " ")
      func number(_ name: String) -> Int64? {
        fields.first { $0.hasPrefix(name) }.flatMap { Int64($0.dropFirst(name.count)) }
      }
      guard let seconds = number("lru_seconds_idle:") else {
        self = .refused(.unsupported)
        return
      }
      let isShared = number("refcount:") ?? 1 >= Int64(Int32.max)
      self = isShared ? .shared : .idle(max(0, min(seconds, 1 << 40)))
    }
  }
}
