import CacheModel
import Glibc

/// For how long a cache with less room would keep keys that nobody reads, as far as today's keys tell.
///
/// A server that evicts the idlest of samples of five keys keeps all keys up to an age `A`, four fifths of what it holds, and meets
/// older ones at a constant rate. So a key is still there at the idle time t with the probability 1 up to `A`, then e^(-rate (t - A)).
struct SmallerCache: Sendable {
  /// `A`, in seconds.
  let age: Double
  /// At which rate older keys are evicted, of each of them, a second.
  let rate: Double

  /// The probability that a key that is idle for so long would still be there.
  func keeps(_ seconds: Double) -> Double { seconds <= age ? 1 : exp(-rate * (seconds - age)) }

  /// How many of these keys it would not hold.
  func lacks(_ classes: [IdleTimes.Class]) -> Double {
    classes.reduce(0) { $0 + $1.keys * (1 - keeps($1.seconds)) }
  }

  /// The cache that a part of today's bytes would fill; nil where they tell of no age.
  ///
  /// - Parameters:
  ///   - classes: today's keys, the shortest idle time first.
  ///   - room: the part of their bytes that it holds.
  ///   - samples: among how many keys the server chooses what to evict.
  init?(_ classes: [IdleTimes.Class], room: Double, samples: Double = 5) {
    let bytes = classes.reduce(0) { $0 + $1.bytes } * room
    var (low, high) = (0, classes.count - 1)
    var found: SmallerCache?
    while low <= high {
      let middle = (low + high) / 2
      if let cache = SmallerCache(classes, upTo: middle, samples: samples),
        classes.reduce(0, { $0 + $1.bytes * cache.keeps($1.seconds) }) <= bytes
      {
        found = cache
        low = middle + 1
      } else {
        high = middle - 1
      }
    }
    guard let found else { return nil }
    self = found
  }

  /// The one that keeps all keys of the first classes, and of older ones as many as go with them; nil where there are not as many.
  private init?(_ classes: [IdleTimes.Class], upTo last: Int, samples: Double) {
    let age = classes[last].seconds
    let goal = classes[...last].reduce(0) { $0 + $1.keys } / (samples - 1)
    let tail = classes[(last + 1)...]
    guard tail.reduce(0, { $0 + $1.keys }) > goal else { return nil }
    var (low, high) = (0.0, 10.0)
    while low == 0 ? high > 1e-9 : high / low > 1.01 {
      let middle = low == 0 ? high / 100 : (low * high).squareRoot()
      let left = tail.reduce(0) { $0 + $1.keys * exp(-middle * ($1.seconds - age)) }
      if left > goal { low = middle } else { high = middle }
    }
    (self.age, rate) = (age, high)
  }
}
