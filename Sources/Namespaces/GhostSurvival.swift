import Glibc

/// What a server evicts when its memory is full.
enum EvictionChoice: Sendable {
  /// What was not read for longest, as far as samples of five keys tell.
  case byIdleTime
  /// What is read least often.
  case byFrequency
  /// Whatever.
  case random

  /// What a `maxmemory-policy` says; nil where keys stay, or go by another order, of which nothing is predicted.
  init?(policy: String?) {
    switch policy?.split(separator: "-").last {
    case "lru": self = .byIdleTime
    case "lfu": self = .byFrequency
    case "random": self = .random
    default: return nil
    }
  }
}

/// How long an evicted key would have stayed with more memory.
///
/// Two ways of choosing, and what lies between: by idle time and at random. A server that keeps idle times in whole seconds and
/// turns over in about as much does what lies between.
struct GhostSurvival: Sendable {
  var choice = EvictionChoice.byIdleTime
  /// The time in which as many keys are evicted as there are, in units of 10 ms.
  var turnover = 1e9

  /// The part of their mean over which samples of five spread the ages at eviction: a key in the oldest fifth is met in that.
  private static let spread = 0.2

  private var byIdleTime: Double { choice == .random ? 0 : max(0, min(1, (turnover - 50) / 250)) }

  /// The probability that a key is still held `gone` multiples of its idle time, and `time` units of 10 ms, after its eviction.
  func part(gone: Double, time: Double, stretch: Double) -> Double {
    guard stretch.isFinite else { return 1 }
    let sharp = byIdleTime
    let aged = sharp > 0 ? Self.tail((1 + gone) / (1 + stretch)) / Self.tail(1 / (1 + stretch)) : 0
    // Evictions thin out: each of today's would be one of theirs with the ratio of the two rates.
    let random = sharp < 1 ? stretch / (1 + stretch) * exp(-time / (turnover * (1 + stretch))) : 0
    return sharp * aged + (1 - sharp) * random
  }

  /// The part of keys that are older than `age` times the mean at their eviction.
  private static func tail(_ age: Double) -> Double { age <= 1 - spread ? 1 : exp(-(age - 1 + spread) / spread) }
}
