import CacheModel
import Glibc

/// What a server's log tells beside misses and removals: every store with its time to live, and every lookup.
///
/// Nothing tells of a deletion, nor of a key that the server freed since its time was over. But a key that was stored, whose time is
/// not over, and that was not evicted, is absent for one reason only: it was deleted.
extension MissJudge {
  /// How much earlier than its time to live says a key may be gone: the server's clock ticks once a second, or a little later.
  private static let tick: UInt32 = 150
  /// Longer times to live than these are as good as none: 240 days, of which the end is a time that fits.
  private static let longest: UInt32 = 240 * 86_400

  /// A key was stored, for so many seconds; 0 for ever, from 2³¹ on for no time at all.
  mutating func store(_ hash: UInt64, seconds: UInt32, namespace: Int, at now: UInt32) {
    guard memory.samples(hash, of: namespace) else { return }
    let isOver = seconds >= 1 << 31
    let isMortal = seconds > 0 && seconds <= Self.longest
    let life = seconds &* 100
    let end = isOver ? now : isMortal ? now &+ (life > Self.tick ? life - Self.tick : 0) : 0
    if isMortal { learned[namespace].add(life) }
    guard let slot = memory.find(hash) else {
      return memory.insert(
        KeyTrace(
          hash: hash, missed: now, removed: end, namespace: UInt16(truncatingIfNeeded: namespace), state: .stored))
    }
    memory[slot].state = .stored
    memory[slot].missed = now
    memory[slot].removed = end
  }

  /// A store was refused that takes away what the key had before.
  mutating func drop(_ hash: UInt64, at now: UInt32) {
    guard let slot = memory.find(hash), memory[slot].state == .stored else { return }
    memory[slot].state = .invalidated
    memory[slot].removed = now
  }

  /// All keys were flushed at some time until now.
  mutating func flush(at now: UInt32) { flushes.take(Flushes(emptied: [0]), coldFrom: nil, at: now) }

  /// A key was found. One whose time was over was given more, which nothing else tells.
  mutating func found(_ hash: UInt64, at now: UInt32) {
    guard let slot = memory.find(hash) else { return }
    let trace = memory[slot]
    guard trace.state == .stored, trace.removed > 0, now > trace.removed &+ 2 * Self.tick else { return }
    memory[slot].removed = now &+ (trace.removed &- trace.missed)
  }

  /// A key is not there: what befell it without a word is now known. Answers how many deletions of keys that were there it stands
  /// for: none, or one for each key that is not sampled.
  mutating func absent(_ hash: UInt64, at now: UInt32) -> Double {
    guard let slot = memory.find(hash), memory[slot].state == .stored else { return 0 }
    let trace = memory[slot]
    if trace.removed > 0, now >= trace.removed {
      memory[slot].state = .expired
      return 0
    }
    guard trace.missed > max(gapEnd, flushes[0].latest) else {
      // It fell into a gap, or a flush: judged as one that was missed and stored then.
      memory[slot].state = .filled
      memory[slot].removed = 0
      memory[slot].lastCause = UInt8(MissCause.unknown.position)
      return 0
    }
    memory[slot].state = .invalidated
    memory[slot].removed = now
    let namespace = Int(trace.namespace)
    return memory.counts(hash, of: namespace) ? 1 / memory.rate(of: namespace) : 0
  }
}

extension KeyTrace {
  /// Codes below are causes.
  private static let firstCode = 8.0
  private static let never: UInt8 = 255

  /// How much of its time to live was left when it was evicted, in units of 10 ms and to a tenth; nil where nobody knows.
  var left: UInt32? {
    if lastCause == Self.never { return .max }
    return Double(lastCause) < Self.firstCode
      ? nil : UInt32(clamping: Int64(exp2((Double(lastCause) - Self.firstCode) / 8)))
  }

  /// Keeps what is left of a stored key's time, where ``removed`` still tells its end.
  mutating func noteLeft(at now: UInt32) {
    guard removed > 0 else { return lastCause = Self.never }
    let left = removed > now ? Double(removed - now) : 1
    lastCause = UInt8(min(254, Self.firstCode + (8 * log2(left)).rounded()))
  }
}
