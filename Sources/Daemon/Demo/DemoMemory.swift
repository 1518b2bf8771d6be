import Locked

/// Caches inside an application's process: one for each part, which forgets what was not used for the longest time, and what is
/// older than its time to live. They count themselves.
final class DemoMemory: DemoConnection {
  /// What one cache tells of itself.
  struct Figures: Sendable, Hashable {
    var hits: Int64 = 0
    var misses: Int64 = 0
    var evictions: Int64 = 0
    var size = 0
    var bytes = 0
  }

  private struct Entry {
    var bytes: Int
    var ends: ContinuousClock.Instant
    var used: UInt64
  }

  private struct Cache {
    var capacity: Int
    var entries: [String: Entry] = [:]
    var figures = Figures()

    mutating func find(_ key: String, now: ContinuousClock.Instant, use: UInt64) -> DemoReply {
      if let entry = entries[key], entry.ends <= now { remove(key) }
      guard entries[key] != nil else {
        figures.misses += 1
        return .null
      }
      entries[key]?.used = use
      figures.hits += 1
      return .value
    }

    mutating func store(_ key: String, _ entry: Entry) {
      remove(key)
      if entries.count >= capacity, let oldest = entries.min(by: { $0.value.used < $1.value.used }) {
        remove(oldest.key)
        figures.evictions += 1
      }
      entries[key] = entry
      figures.size += 1
      figures.bytes += entry.bytes
    }

    @discardableResult mutating func remove(_ key: String) -> Bool {
      guard let entry = entries.removeValue(forKey: key) else { return false }
      figures.size -= 1
      figures.bytes -= entry.bytes
      return true
    }
  }

  private struct State {
    var caches: [String: Cache]
    var uses: UInt64 = 0
  }

  /// Names of the caches by what stands before the first colon of their keys.
  private let names: [String: String]
  private let state: Locked<State>

  /// Empty caches of at most `capacity` entries each.
  init(_ application: DemoApplication, capacity: Int = 400) {
    names = Dictionary(
      application.parts.map { (Self.prefix($0.key(0)), $0.name) }, uniquingKeysWith: { first, _ in first })
    state = Locked(
      State(
        caches: Dictionary(uniqueKeysWithValues: application.parts.map { ($0.name, Cache(capacity: capacity)) })))
  }

  /// What each cache tells of itself.
  var figures: [String: Figures] { state.withLock { $0.caches.mapValues(\.figures) } }

  func pipeline(_ commands: [[String]]) async throws -> [DemoReply] {
    let now = ContinuousClock.now
    return state.withLock { state in commands.map { reply($0, now, &state) } }
  }

  private func reply(_ words: [String], _ now: ContinuousClock.Instant, _ state: inout State) -> DemoReply {
    guard words.count > 1, let name = names[Self.prefix(words[1])] else { return .error("there is no such cache") }
    state.uses += 1
    switch words[0] {
    case "GET": return state.caches[name]?.find(words[1], now: now, use: state.uses) ?? .null
    case "DEL": return .count(state.caches[name]?.remove(words[1]) == true ? 1 : 0)
    case "SET":
      let seconds = words.count > 4 ? Int(words[4]) ?? 0 : 0
      let entry = Entry(
        bytes: words[1].utf8.count + words[2].utf8.count, ends: now.advanced(by: .seconds(seconds)),
        used: state.uses)
      state.caches[name]?.store(words[1], entry)
      return .value
    default: return .error("caches in memory do not know \(words[0])")
    }
  }

  private static func prefix(_ key: String) -> String { String(key.prefix { $0 != ":" }) }
}
