import CacheModel

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
    /// It was removed, and nothing tells why.
    case lost
  }

  var hash: UInt64
  /// When it was last missed, and so presumably stored.
  var missed: UInt32 = 0
  /// When it was last removed; of a stored one, when its time to live is over, 0 for never.
  var removed: UInt32 = 0
  /// How much older its copy would be in caches with more memory, as ``GhostDepth/factors``: in 1/256 of its time to live. Of one
  /// that has none, whether they held it when it was last missed.
  var older: (UInt8, UInt8, UInt8, UInt8) = (0, 0, 0, 0)
  var namespace: UInt16
  var state: State
  /// The cause of the last miss, a position in MissCause's cases, with ``doubt``, ``unseen``, ``late`` and how often it was missed again. Of an
  /// evicted key, ``left`` where that is known.
  var lastCause: UInt8 = 0

  /// The part of ``lastCause`` that is the cause.
  static let cause: UInt8 = 0x07
  /// Added to it: a flush may have been the cause instead, of a key that was stored or of one that nobody had heard of.
  static let doubt: UInt8 = 0x80
  static let unseen: UInt8 = 0x40
  /// Added to it: the miss was heard late, so that ``missed`` is too.
  static let late: UInt8 = 0x20
  /// How often it was missed again although nothing had removed it, from 0 to 3 times ``once``.
  private static let again: UInt8 = 0x18
  private static let once: UInt8 = 0x08

  /// The cause of the last miss of a filled one.
  var causeBefore: MissCause {
    let position = Int(lastCause & Self.cause)
    return MissCause.allCases.indices.contains(position) ? MissCause.allCases[position] : .unknown
  }

  /// Whether it is a filled one whose time of the last miss is not known well.
  var wasLate: Bool { state == .filled && lastCause & Self.late != 0 }

  /// Whether a filled one seems not to be stored when it is missed: it was missed again a second later, or four times a tenth of a
  /// second apart. Less may be readers that ask while it is being stored.
  var isNotStored: Bool { lastCause & Self.again == Self.again }

  /// The same once it is missed again.
  func isNotStored(whenMissedAt now: UInt32) -> Bool { missedAgain(after: now &- missed) == Self.again }

  /// The flags of one that is missed again `time` later, in units of 10 ms.
  func missedAgain(after time: UInt32) -> UInt8 {
    let steps: UInt8 = time >= 100 ? 3 : time >= 10 ? 1 : 0
    return min(Self.again, (lastCause & Self.again) + steps * Self.once)
  }

  /// Whether a stored one's time to live is over.
  func isOver(at time: UInt32) -> Bool { removed > 0 && time >= removed }

  /// When anything last happened to it.
  var latest: UInt32 { state == .stored ? missed : max(missed, removed) }
}

/// A bounded memory of sampled keys: those whose hash lies below their namespace's threshold.
///
/// When the memory is full, the threshold of the namespace with the most remembered keys falls. So small namespaces are remembered
/// whole, and large ones share what they leave. What is known of a key that is still sampled is never forgotten; a memory that
/// dropped the oldest instead would forget just those removals that misses follow late. An open-addressing table of 24 bytes for
/// each slot.
struct KeyMemory: Sendable {
  private var slots: [KeyTrace]
  private var samplings: [KeySampling]
  private(set) var count = 0
  private let maximumSlots: Int
  /// Keys of whatever namespace count when their hash is at most this.
  private(set) var commonThreshold = UInt64.max

  /// A memory that never takes more than `bytes`, at least 4 KiB, beside 32 bytes for each of so many namespaces. Growing takes half
  /// as much again for a moment, which is within the bound.
  init(namespaces: Int, bytes: Int) {
    var slots = 64
    while slots * 2 * MemoryLayout<KeyTrace>.stride * 3 / 2 <= max(4096, bytes) { slots *= 2 }
    maximumSlots = slots
    self.slots = Array(repeating: Self.empty, count: 64)
    samplings = Array(repeating: KeySampling(), count: namespaces)
  }

  /// The share of a namespace's keys that is sampled, in (0, 1].
  func rate(of namespace: Int) -> Double { samplings[namespace].rate }

  /// The least of those shares.
  var leastRate: Double { samplings.lazy.map(\.rate).min() ?? 1 }

  /// Bytes that the table takes now.
  var bytes: Int { slots.count * MemoryLayout<KeyTrace>.stride }

  /// Whether keys of this hash are remembered.
  func samples(_ hash: UInt64, of namespace: Int) -> Bool { hash <= samplings[namespace].followed && hash != 0 }

  /// Whether keys of this hash count.
  func counts(_ hash: UInt64, of namespace: Int) -> Bool { hash <= samplings[namespace].threshold }

  /// The part of the room that is taken, in 0…1.
  var fill: Double { Double(count) / Double(room) }

  private var room: Int { maximumSlots * 3 / 4 }

  /// Whether more keys are remembered than count.
  var isWidening: Bool { samplings.contains(where: \.isWidening) }

  /// Begins to remember twice as many keys where that fits: of every namespace while three quarters of the room are free, else of
  /// those that have become small beside the largest. They count from ``settle()`` on, when what befell them is known. Answers
  /// whether there are any.
  mutating func widen() -> Bool {
    let most = samplings.lazy.map(\.count).max() ?? 0
    var free = fill < 0.25 ? room : (room - count) / 2
    for index in samplings.indices where samplings[index].halvings > 0 {
      let sampling = samplings[index]
      guard fill < 0.25 || sampling.count * 4 <= most, sampling.count <= free else { continue }
      free -= sampling.count
      samplings[index].widen()
    }
    return isWidening
  }

  /// All keys that are remembered count.
  mutating func settle() {
    for index in samplings.indices { samplings[index].settle() }
    findCommon()
  }

  /// Forgets the keys that `isObsolete` says; costs some nanoseconds for each slot.
  mutating func forget(_ isObsolete: (KeyTrace) -> Bool) {
    for slot in slots.indices where slots[slot].hash != 0 && isObsolete(slots[slot]) { slots[slot].hash = 0 }
    closeGaps()
  }

  /// Moves what happened to keys back in time.
  mutating func shift(by ticks: UInt32) {
    for slot in slots.indices {
      slots[slot].missed.shift(by: ticks)
      slots[slot].removed.shift(by: ticks)
    }
  }

  private static let empty = KeyTrace(hash: 0, namespace: 0, state: .filled)

  /// Where the key's trace is; nil when it was never seen.
  func find(_ hash: UInt64) -> Int? {
    let slot = place(of: hash)
    return hash != 0 && slots[slot].hash == hash ? slot : nil
  }

  /// The trace in a slot that ``find(_:)`` or ``insert(_:)`` answered last.
  subscript(_ slot: Int) -> KeyTrace {
    get { slots[slot] }
    _modify { yield &slots[slot] }
  }

  /// Adds a key that is not there. It may fall out at once, when its namespace's threshold has to fall.
  mutating func insert(_ trace: KeyTrace) {
    if (count + 1) * 4 > slots.count * 3 { makeRoom() }
    guard samples(trace.hash, of: Int(trace.namespace)) else { return }
    slots[place(of: trace.hash)] = trace
    samplings[Int(trace.namespace)].count += 1
    count += 1
  }

  /// Takes other namespaces, of which `places` says where they were before; nil for those that are new. Keys of those that are gone
  /// are of none, the last, until something happens to them; of new ones as few count as of the one of which fewest did, since no
  /// others are all remembered.
  mutating func redefine(_ places: [Int?]) {
    let least = samplings.max { $0.halvings < $1.halvings } ?? KeySampling()
    var news = [Int](repeating: places.count - 1, count: samplings.count)
    for case (let new, let old?) in places.enumerated() { news[old] = new }
    samplings = places.map { $0.map { samplings[$0] } ?? least }
    for slot in slots.indices where slots[slot].hash != 0 {
      slots[slot].namespace = UInt16(truncatingIfNeeded: news[Int(slots[slot].namespace)])
    }
    dropUnsampled()
    findCommon()
  }

  /// Notes whose a key is, as what happens to it says.
  mutating func claim(_ slot: Int, for namespace: Int) {
    let before = Int(slots[slot].namespace)
    guard before != namespace else { return }
    slots[slot].namespace = UInt16(truncatingIfNeeded: namespace)
    samplings[before].count -= 1
    samplings[namespace].count += 1
  }

  /// Calls `body` with the traces in the first `limit` slots, and how many keys each stands for: a sample of those there are, since
  /// slots go by hash. Answers which part of the slots that is.
  func forSome(_ limit: Int, _ body: (KeyTrace, Double) -> Void) -> Double {
    let end = min(limit, slots.count)
    for slot in 0..<end where slots[slot].hash != 0 {
      let sampling = samplings[Int(slots[slot].namespace)]
      if slots[slot].hash <= sampling.threshold { body(slots[slot], 1 / sampling.rate) }
    }
    return Double(end) / Double(slots.count)
  }

  /// Forgets every key, but not how many are sampled.
  mutating func removeAll() {
    slots = Array(repeating: Self.empty, count: 64)
    count = 0
    for index in samplings.indices { samplings[index].count = 0 }
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
      narrow()
      dropUnsampled()
    }
    findCommon()
  }

  private mutating func dropUnsampled() {
    for slot in slots.indices where slots[slot].hash > samplings[Int(slots[slot].namespace)].followed {
      slots[slot].hash = 0
    }
    closeGaps()
  }

  /// Lowers the thresholds of the namespaces with the most keys, until about an eighth of the room is free: a sweep costs the same
  /// for few keys as for many.
  private mutating func narrow() {
    var sizes = samplings.map { Double($0.count) }
    var sum = Double(count)
    while sum > Double(room) * 7 / 8, let largest = sizes.indices.max(by: { sizes[$0] < sizes[$1] }) {
      samplings[largest].narrow()
      sum -= sizes[largest] / 2
      sizes[largest] /= 2
    }
  }

  private mutating func findCommon() { commonThreshold = samplings.lazy.map(\.threshold).min() ?? .max }

  private mutating func rebuild(slots wanted: Int) {
    let old = slots
    slots = Array(repeating: Self.empty, count: wanted)
    for trace in old where trace.hash != 0 { slots[place(of: trace.hash)] = trace }
  }

  /// In place, since a second table would double the memory: the survivors are taken out and put back, run by run.
  private mutating func closeGaps() {
    count = 0
    for index in samplings.indices { samplings[index].count = 0 }
    // A survivor may now stand behind a gap in its run: put each back where a search finds it. Two rounds, since a run
    // may reach over the table's end.
    for _ in 0..<2 {
      for slot in slots.indices where slots[slot].hash != 0 {
        let trace = slots[slot]
        slots[slot].hash = 0
        slots[place(of: trace.hash)] = trace
      }
    }
    for slot in slots.indices where slots[slot].hash != 0 {
      samplings[Int(slots[slot].namespace)].count += 1
      count += 1
    }
  }
}
