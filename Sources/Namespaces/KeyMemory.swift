/// What is remembered of one sampled key. Times are in units of 10 ms of a steady clock, from 1; 0 is never.
struct KeyTrace: Sendable {
  /// How the key is at this moment, as far as events tell.
  enum State: UInt8 {
    /// It was missed and so is being stored, or has been since.
    case filled
    /// It was stored, as the server itself told.
    case stored
    /// It was removed.
    case expired, evicted, invalidated
  }

  var hash: UInt64
  /// When it was last missed, and so presumably stored.
  var missed: UInt32 = 0
  /// When it was last removed; of a stored one, when its time to live is over, 0 for never.
  var removed: UInt32 = 0
  /// How much older its copy would be in caches with more memory, as ``GhostDepth/factors``: in 1/256 of its time to live.
  var older: (UInt8, UInt8, UInt8, UInt8) = (0, 0, 0, 0)
  var namespace: UInt16
  var state: State
  /// The cause of the last miss, a position in MissCause's cases; of an evicted one, ``left`` where that is known.
  var lastCause: UInt8 = 0

  /// When anything last happened to it.
  var latest: UInt32 { state == .stored ? missed : max(missed, removed) }
}

/// A bounded memory of sampled keys: those whose hash lies below a threshold, which falls when the memory is full.
///
/// So what is known of a key that is still sampled is never forgotten; a memory that dropped the oldest instead would
/// forget just those removals that misses follow late. An open-addressing table of 24 bytes for each slot.
struct KeyMemory: Sendable {
  private var slots: [KeyTrace]
  private(set) var count = 0
  /// Keys are sampled when their hash is at most this.
  private(set) var threshold = UInt64.max
  /// Keys are remembered when their hash is at most this: more than are sampled while ``threshold`` is about to rise.
  private(set) var followed = UInt64.max
  private let maximumSlots: Int
  /// How often the threshold fell.
  private(set) var halvings = 0

  /// A memory that never takes more than `bytes`, at least 4 KiB. Growing takes half as much again for a moment, which
  /// is within the bound.
  init(bytes: Int) {
    var slots = 64
    while slots * 2 * MemoryLayout<KeyTrace>.stride * 3 / 2 <= max(4096, bytes) { slots *= 2 }
    maximumSlots = slots
    self.slots = Array(repeating: Self.empty, count: 64)
  }

  /// The share of keys that is sampled, in (0, 1].
  var rate: Double { 1 / Double(sign: .plus, exponent: halvings, significand: 1) }

  /// Bytes that the table takes now.
  var bytes: Int { slots.count * MemoryLayout<KeyTrace>.stride }

  /// Whether keys of this hash are remembered.
  func samples(_ hash: UInt64) -> Bool { hash <= followed && hash != 0 }

  /// Whether keys of this hash count.
  func counts(_ hash: UInt64) -> Bool { hash <= threshold }

  /// The part of the room that is taken, in 0…1.
  var fill: Double { Double(count) / Double(maximumSlots * 3 / 4) }

  /// Begins to remember twice as many keys. They count from ``settle()`` on, when what befell them is known.
  mutating func widen() { followed = threshold << 1 | 1 }

  /// All keys that are remembered count.
  mutating func settle() {
    guard followed > threshold else { return }
    threshold = followed
    halvings -= 1
  }

  /// Forgets the keys that `isObsolete` says; costs some nanoseconds for each slot.
  mutating func forget(_ isObsolete: (KeyTrace) -> Bool) {
    for slot in slots.indices where slots[slot].hash != 0 && isObsolete(slots[slot]) { slots[slot].hash = 0 }
    closeGaps()
  }

  private static let empty = KeyTrace(hash: 0, namespace: 0, state: .filled)

  /// Where the key's trace is; nil when it was never seen.
  func find(_ hash: UInt64) -> Int? {
    let slot = place(of: hash)
    return slots[slot].hash == hash ? slot : nil
  }

  /// The trace in a slot that ``find(_:)`` or ``insert(_:)`` answered last.
  subscript(_ slot: Int) -> KeyTrace {
    get { slots[slot] }
    _modify { yield &slots[slot] }
  }

  /// Adds a key that is not there. It may fall out at once, when the threshold has to fall.
  mutating func insert(_ trace: KeyTrace) {
    if (count + 1) * 4 > slots.count * 3 { makeRoom() }
    guard samples(trace.hash) else { return }
    slots[place(of: trace.hash)] = trace
    count += 1
  }

  /// Calls `body` with the traces in the first `limit` slots: a sample of those there are, since slots go by hash. Answers
  /// which part of the slots that is.
  func forSome(_ limit: Int, _ body: (KeyTrace) -> Void) -> Double {
    let end = min(limit, slots.count)
    for slot in 0..<end where slots[slot].hash != 0 && counts(slots[slot].hash) { body(slots[slot]) }
    return Double(end) / Double(slots.count)
  }

  /// Forgets every key, but not how many are sampled.
  mutating func removeAll() {
    slots = Array(repeating: Self.empty, count: 64)
    count = 0
  }

  private func place(of hash: UInt64) -> Int {
    let mask = slots.count - 1
    var slot = Int(truncatingIfNeeded: hash) & mask
    while slots[slot].hash != 0, slots[slot].hash != hash { slot = (slot + 1) & mask }
    return slot
  }

  private mutating func makeRoom() {
    if slots.count < maximumSlots {
      rebuild(slots: slots.count * 2)
      return
    }
    while (count + 1) * 4 > slots.count * 3 {
      if followed > threshold {
        followed = threshold
      } else {
        threshold >>= 1
        followed = threshold
        halvings += 1
      }
      for slot in slots.indices where slots[slot].hash > threshold { slots[slot].hash = 0 }
      closeGaps()
    }
  }

  private mutating func rebuild(slots wanted: Int) {
    let old = slots
    slots = Array(repeating: Self.empty, count: wanted)
    for trace in old where trace.hash != 0 { slots[place(of: trace.hash)] = trace }
  }

  /// In place, since a second table would double the memory: the survivors are taken out and put back, run by run.
  private mutating func closeGaps() {
    count = 0
    // A survivor may now stand behind a gap in its run: put each back where a search finds it. Two rounds, since a run
    // may reach over the table's end.
    for _ in 0..<2 {
      for slot in slots.indices where slots[slot].hash != 0 {
        let trace = slots[slot]
        slots[slot].hash = 0
        slots[place(of: trace.hash)] = trace
      }
    }
    for slot in slots.indices where slots[slot].hash != 0 { count += 1 }
  }
}
