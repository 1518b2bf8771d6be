/// For how long keys were not touched, what they take, and which of them were touched soon after: a sample of one walk over all keys,
/// each asked twice.
///
/// Classes of idle times are a second wide up to 64 s and a thirty-second part of an octave above, so that what is kept is bounded,
/// however many keys were asked.
public struct IdleTimes: Sendable, Hashable {
  /// Keys of one class.
  public struct Class: Sendable, Hashable {
    /// Their idle time in seconds, the middle of the class.
    public var seconds: Double
    /// How many of the sample.
    public var keys: Double
    /// Bytes that they take.
    public var bytes: Double
  }

  /// Keys that take more are not asked, since the server forms all of a value to answer.
  public static let largest: Int64 = 16_384

  private var idle = IdleTally()
  private var touches = IdleTally()
  private var removals = IdleTally()
  private var pauses = 0.0
  private var shared: Int64 = 0
  private var sharedBytes: Int64 = 0
  private var walked: Int64 = 0
  private var walkedBytes: Int64 = 0
  private var large: Int64 = 0
  private var largeBytes: Int64 = 0

  /// Why no key could be asked; nil where the server answers.
  public var obstacle: IdleObstacle?
  /// When the last key was asked.
  public var ended: UnixTime?
  /// How many keys were asked a second time.
  public private(set) var askedAgain: Int64 = 0

  /// No keys yet.
  public init() {}

  /// Counts a key that the walk came by; answers whether it may be asked.
  public mutating func visit(bytes: Int64) -> Bool {
    walked += 1
    walkedBytes = walkedBytes.saturatingSum(bytes)
    guard bytes > Self.largest else { return true }
    large += 1
    largeBytes = largeBytes.saturatingSum(bytes)
    return false
  }

  /// Adds a key that was asked.
  public mutating func add(seconds: Int64, bytes: Int64) { idle.add(seconds, bytes: bytes) }

  /// Adds a key that was asked and whose value, a small number, the server keeps once for all keys that have it: the idle time is
  /// not the key's.
  public mutating func addShared(bytes: Int64) {
    shared += 1
    sharedBytes = sharedBytes.saturatingSum(bytes)
  }

  /// Adds a key that was asked again after a pause; `found` is its idle time then, nil where it has gone.
  public mutating func lookedAgain(first: Int64, pause: Double, found: Int64?) {
    askedAgain += 1
    pauses += pause
    guard let found else { return removals.add(first, bytes: 0) }
    // Idle times are whole seconds by a clock that may be late by a part of one.
    guard Double(found) < Double(first) + pause - 1.5 else { return }
    // As if it had been touched once: it was as idle then as it would be now, less what it is.
    touches.add(first.saturatingSum(max(0, Int64(saturating: pause - Double(found)))), bytes: 0)
  }

  /// How many keys' idle times are known.
  public var sampled: Int64 { idle.keys }
  /// The sample, the shortest idle time first.
  public var classes: [Class] { idle.classes }
  /// Keys that had been touched when they were asked again, by the idle time that the touch ended.
  public var touched: [Class] { touches.classes }
  /// Keys that had gone by then, by their first idle time.
  public var removed: [Class] { removals.classes }
  /// The mean time between the two, in seconds; 0 without any.
  public var meanPause: Double { askedAgain > 0 ? pauses / Double(askedAgain) : 0 }

  /// All keys that the walk came by, and bytes that they take.
  public var all: (keys: Double, bytes: Double) { (Double(walked), Double(walkedBytes)) }

  /// Those of them that the sample stands for.
  public var known: (keys: Double, bytes: Double) {
    let asked = Double(idle.keys) + Double(shared)
    let bytes = Double(idle.bytes) + Double(sharedBytes)
    return (
      asked > 0 ? Double(walked - large) * Double(idle.keys) / asked : 0,
      bytes > 0 ? max(0, Double(walkedBytes) - Double(largeBytes)) * Double(idle.bytes) / bytes : 0
    )
  }

  /// When to ask the keys of the next walk again: after a quarter of the idle time at which a cache of half, three quarters or nine
  /// tenths of the memory would evict, about; the first of these that is not too short to be known.
  public var nextPause: Double {
    for part in [0.4, 0.6, 0.72] {
      let seconds = idle.seconds(at: part)
      if seconds >= Self.leastAge { return min(300, max(Self.leastPause, seconds / 4)) }
    }
    return Self.leastPause
  }

  /// Less is not known from whole seconds.
  public static let leastAge = 10.0
  /// The least that ``nextPause`` is.
  public static let leastPause = 5.0
  /// When to ask keys again where no idle times are known yet.
  public static let firstPause = 15.0
}

/// Keys by idle time.
private struct IdleTally: Sendable, Hashable {
  private var counts: [Int64] = []
  private var sizes: [Int64] = []
  private(set) var keys: Int64 = 0
  private(set) var bytes: Int64 = 0

  mutating func add(_ seconds: Int64, bytes: Int64) {
    let index = Self.index(of: seconds)
    if index >= counts.count {
      let more = [Int64](repeating: 0, count: index + 1 - counts.count)
      counts += more
      sizes += more
    }
    counts[index] += 1
    sizes[index] = sizes[index].saturatingSum(bytes)
    keys += 1
    self.bytes = self.bytes.saturatingSum(bytes)
  }

  var classes: [IdleTimes.Class] {
    counts.indices.filter { counts[$0] > 0 }.map { index in
      IdleTimes.Class(
        seconds: Self.seconds(of: index), keys: Double(counts[index]), bytes: Double(sizes[index]))
    }
  }

  /// The idle time below which this part of the keys is; 0 without any.
  func seconds(at part: Double) -> Double {
    var left = Double(keys) * part
    for index in counts.indices {
      left -= Double(counts[index])
      if left <= 0, keys > 0 { return Self.seconds(of: index) }
    }
    return 0
  }

  private static let fine: Int64 = 64

  private static func index(of seconds: Int64) -> Int {
    let seconds = max(0, seconds)
    guard seconds >= fine else { return Int(seconds) }
    let octave = 63 - seconds.leadingZeroBitCount
    return Int(fine) + (octave - 6) * 32 + Int((seconds >> (octave - 5)) & 31)
  }

  private static func seconds(of index: Int) -> Double {
    guard index >= fine else { return Double(index) + 0.5 }
    let (octave, part) = (index - Int(fine)).quotientAndRemainder(dividingBy: 32)
    let width = Double(Int64(1) << (octave + 1))
    return (32.5 + Double(part)) * width
  }
}
