/// The time to live of a namespace's keys, learned from how long after its last miss a key expired.
///
/// A missed key is stored at once, so it expires its time to live after its miss, or later: when nobody asks for it,
/// the server takes up to many seconds to notice. So a low percentile of those times is close to the time to live. Keys that
/// were stored again without a miss only lengthen it.
struct LearnedTTL: Sendable {
  private static let window = 128
  private static let least = 8
  private var times: [UInt32] = []
  private var next = 0
  private var additions = 0
  /// In units of 10 ms; nil while too few keys expired.
  private(set) var value: UInt32?

  /// Takes the time between a key's last miss and its expiry, in units of 10 ms.
  mutating func add(_ time: UInt32) {
    if times.count < Self.window { times.append(time) } else { times[next] = time }
    next = (next + 1) % Self.window
    additions += 1
    guard times.count >= Self.least, additions.isMultiple(of: 8) else { return }
    value = times.sorted()[times.count / 20]
  }
}
