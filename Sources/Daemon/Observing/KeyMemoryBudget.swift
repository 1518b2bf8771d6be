import Locked

/// The bytes that the memories of removed keys may take, over all targets that are observed, however they come and go.
///
/// Targets of the configuration share it evenly. Where clusters, files or scrapes may bring more, one such share is for all of
/// those: each takes a 32nd of what is left, and the least that is of use when nothing is left.
final class KeyMemoryBudget: Sendable {
  /// A target's part; it goes back to the others when the target has ended.
  final class Share: Sendable {
    /// The most that its memory may take.
    let bytes: Int
    private let budget: KeyMemoryBudget?

    fileprivate init(_ bytes: Int, of budget: KeyMemoryBudget?) {
      (self.bytes, self.budget) = (bytes, budget)
    }

    deinit { budget?.giveBack(bytes) }
  }

  /// Bytes of all together.
  static let total = 24 << 20
  /// Bytes that any target has.
  static let least = 4096

  private let fixed: Int
  private let left: Locked<Int>

  /// The budget of a configuration's targets and of those that it lets others bring.
  init(_ configuration: Configuration) {
    let listed = configuration.ownTargets.count { $0.isHeard }
    let brings =
      (configuration.groups + configuration.targetFiles.map(\.template) + configuration.scrape.allow.map(\.template))
      .contains { $0.isHeard }
    fixed = Self.total / max(1, listed + (brings ? 1 : 0))
    left = Locked(brings ? fixed : 0)
  }

  /// The share of one more target; `isListed` says that it is one of the configuration's own.
  func share(isListed: Bool) -> Share {
    guard !isListed else { return Share(fixed, of: nil) }
    return left.withLock { left in
      let bytes = max(Self.least, left / 32)
      left -= bytes
      return Share(bytes, of: self)
    }
  }

  private func giveBack(_ bytes: Int) { left.withLock { $0 += bytes } }
}
