import CacheModel
public import RESP

/// A key that a walk came by.
public struct WalkedKey: Sendable, Hashable {
  /// Its database.
  public let database: Int
  /// Its name.
  public let key: [UInt8]
  /// Bytes that it takes; nil where the server does not tell.
  public let memory: Int64?
}

/// A walk over all keys of a server, batch by batch: SCAN, and MEMORY USAGE of what it found. Of the commands that
/// look at keys these are the ones that neither count as lookups nor refresh the time of the last access.
///
/// A value without a connection: ``commands()`` are sent in one pipeline, ``receive(_:)`` takes their replies, until
/// ``isDone``. A pipeline that fails is asked for again by ``commands()``. Keys that are there all the time come at least
/// once, and twice only where the server resized its table meanwhile.
public struct KeyWalk: Sendable {
  /// How many keys a batch is to have; the server gives about so many.
  public var batch = 32
  /// Whether every key was visited.
  public var isDone: Bool { databases.isEmpty && pending.isEmpty }
  /// Whether the server tells what keys take; false once it has refused.
  public private(set) var measuresMemory = true

  private let samples: Int
  private let selects: Bool
  /// What is left, the present one first.
  private var databases: ArraySlice<Int>
  private var database = 0
  private var cursor: [UInt8]
  /// Where the batch was asked for whose keys are pending.
  private var batchStart: [UInt8] = Array("0".utf8)
  /// Found, not measured yet.
  private var pending: [[UInt8]] = []
  private var asked = 0
  private var scans = false

  /// A walk over these databases; `samples` elements of a nested value stand for all of them. SELECT is spared where the
  /// connection's own database, `home`, is the only one.
  /// It begins at `cursor` of the first database, where an earlier walk stopped.
  public init(databases: [Int], home: Int = 0, samples: Int = 5, from cursor: String = "0") {
    self.databases = databases[...]
    self.cursor = Array(cursor.utf8)
    self.samples = samples
    selects = databases != [home]
  }

  /// Where a walk can go on that finds every key this one has not given yet: it gives those of its present batch again.
  public var position: String { String(decoding: pending.isEmpty ? cursor : batchStart, as: UTF8.self) }

  /// The next pipeline; empty when the walk is done. Selects its database, so that it may go over any connection.
  public mutating func commands() -> [RESPCommand] {
    guard !isDone else { return [] }
    if pending.isEmpty, let first = databases.first { database = first }
    asked = min(pending.count, max(1, batch))
    // What comes next is asked for in the same pipeline, but for the first batch of the next database.
    scans = asked == pending.count && databases.first == database
    var commands = selects ? [RESPCommand("SELECT", "\(database)")] : []
    if measuresMemory {
      for key in pending.prefix(asked) {
        commands.append(
          RESPCommand([Self.memory, Self.usage, key, Self.samplesWord, Array("\(samples)".utf8)]))
      }
    }
    if scans { commands.append(RESPCommand([Self.scan, cursor, Self.count, Array("\(batch)".utf8)])) }
    return commands
  }

  private static let memory = Array("MEMORY".utf8)
  private static let usage = Array("USAGE".utf8)
  private static let samplesWord = Array("SAMPLES".utf8)
  private static let scan = Array("SCAN".utf8)
  private static let count = Array("COUNT".utf8)

  /// Takes the replies of the last pipeline; answers the keys that are now known with their size.
  ///
  /// Throws when the server refuses SCAN or its reply has another shape; a refused MEMORY USAGE costs the sizes only.
  public mutating func receive(_ replies: [RESPValue]) throws(CollectorFailure) -> [WalkedKey] {
    let first = selects ? 1 : 0
    let expected = first + (measuresMemory ? asked : 0) + (scans ? 1 : 0)
    guard replies.count == expected else { throw CollectorFailure(.malformedReply, "SCAN: replies are missing") }
    if selects { _ = try replies[0].orThrow("SELECT") }
    let found: (cursor: [UInt8], keys: [[UInt8]])? = scans ? try Self.scanned(replies[expected - 1]) : nil
    let walked = measured(replies[first...])
    pending.removeFirst(asked)
    asked = 0
    if let found {
      pending += found.keys
      (batchStart, cursor) = (cursor, found.cursor)
      if cursor == [UInt8(ascii: "0")] { databases = databases.dropFirst() }
    }
    return walked
  }

  /// The keys that were asked for; those that have gone meanwhile are left out.
  private mutating func measured(_ replies: ArraySlice<RESPValue>) -> [WalkedKey] {
    guard measuresMemory else {
      return pending.prefix(asked).map { WalkedKey(database: database, key: $0, memory: nil) }
    }
    var walked: [WalkedKey] = []
    walked.reserveCapacity(asked)
    for (key, reply) in zip(pending.prefix(asked), replies) {
      switch reply {
      case .integer(let bytes): walked.append(WalkedKey(database: database, key: key, memory: max(0, bytes)))
      case .error:
        measuresMemory = false
        walked.append(WalkedKey(database: database, key: key, memory: nil))
      default: break
      }
    }
    return walked
  }

  private static func scanned(_ reply: RESPValue) throws(CollectorFailure) -> (cursor: [UInt8], keys: [[UInt8]]) {
    let parts = try reply.elements(of: "SCAN")
    guard parts.count == 2, case .bulk(let cursor) = parts[0], case .array(let elements) = parts[1],
      !cursor.isEmpty, cursor.count <= 20, cursor.allSatisfy({ (48...57).contains($0) })
    else { throw CollectorFailure(.malformedReply, "SCAN: no cursor with keys") }
    var keys: [[UInt8]] = []
    keys.reserveCapacity(elements.count)
    for case .bulk(let key) in elements { keys.append(key) }
    return (cursor, keys)
  }
}
