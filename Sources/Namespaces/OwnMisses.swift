/// cachegauge's own misses among those that are heard, which are no application's: known before they are made, so that each is passed
/// over whether it is heard before its poll ends or after. By the keys' hashes.
struct OwnMisses: Sendable {
  /// Lookups of the poll under way that were not heard to miss, and those that were.
  private var asked: [UInt64: Int] = [:]
  private var heard: [UInt64: Int] = [:]
  /// Misses of polls before that are still to be heard.
  private var due: [UInt64: Int] = [:]

  /// The most of one key, and the most keys, that are waited for: those that don't come by then never will.
  private static let most = (times: 16, keys: 1024)

  /// A poll begins that may look these keys up, each once.
  mutating func begin(_ hashes: [UInt64]) {
    fail()
    for hash in hashes { asked[hash, default: 0] += 1 }
  }

  /// Whether a miss that is heard is an own one.
  mutating func takes(_ hash: UInt64) -> Bool {
    guard !due.isEmpty || !asked.isEmpty else { return false }
    if Self.take(hash, &due) { return true }
    guard Self.take(hash, &asked) else { return false }
    heard[hash, default: 0] += 1
    return true
  }

  /// The poll ends, and these were missed.
  mutating func finish(missed hashes: [UInt64]) {
    for hash in hashes where !Self.take(hash, &heard) {
      due[hash] = min(Self.most.times, due[hash, default: 0] + 1)
    }
    if due.count > Self.most.keys { due = [:] }
    fail()
  }

  /// It was not answered: nobody knows what it looked up.
  mutating func fail() { (asked, heard) = ([:], [:]) }

  /// Those of polls before won't be heard.
  mutating func forgetDue() { due = [:] }

  /// Nothing is heard any more; answers how many misses were still to be.
  mutating func end() -> Int64 {
    defer { self = Self() }
    return due.values.reduce(0) { $0 + Int64($1) }
  }

  private static func take(_ hash: UInt64, _ counts: inout [UInt64: Int]) -> Bool {
    guard let count = counts[hash] else { return false }
    counts[hash] = count > 1 ? count - 1 : nil
    return true
  }
}
