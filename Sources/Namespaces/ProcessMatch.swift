/// Notices where polls and notifications are of two processes: behind an address that moves, one connection may have been opened
/// anew while the other lives on. Says which of them to open anew.
///
/// The older one is wrong, and nobody knows which that is: so they take turns, after ever more polls, since an address may also lead
/// to several servers for good. A value without a clock.
struct ProcessMatch: Sendable {
  /// Whether the latest two polls and the notifications are of one process.
  private(set) var isComparable = true
  /// The process that answered the latest poll.
  private var latest: String?
  /// How many polls in a row another process answered than the one that is heard.
  private var strays = 0
  /// How often a connection was given up for that.
  private var attempts = 0

  /// A subscription begins.
  mutating func begin() { strays = 0 }

  /// It ended.
  mutating func end() {
    if wantsOtherSubscription { attempts += 1 }
    strays = 0
  }

  /// Takes which process answered a poll, and which is `heard`; nil where they don't say.
  mutating func polled(_ process: String?, heard: String?) {
    guard let process else { return }
    isComparable = [heard, latest].allSatisfy { $0 == nil || $0 == process }
    latest = process
    guard let heard else { return }
    strays = process == heard ? 0 : strays + 1
    if strays == 0 { attempts = 0 }
  }

  /// Whether the latest poll was answered by another process than the one that is heard.
  var isApart: Bool { strays > 0 }

  /// One poll may have been under way while the subscription was opened.
  private var areMany: Bool { strays >= 2 << min(attempts, 9) }

  /// Whether the subscription is to be opened anew.
  var wantsOtherSubscription: Bool { areMany && attempts.isMultiple(of: 2) }

  /// Whether the polls' connection is to be opened anew; true once.
  mutating func takesOtherPolls() -> Bool {
    guard areMany, !attempts.isMultiple(of: 2) else { return false }
    attempts += 1
    strays = 0
    return true
  }
}
