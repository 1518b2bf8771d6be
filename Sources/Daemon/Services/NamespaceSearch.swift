import CacheClients
import CacheModel
import Logging
import Namespaces

/// Looks for namespaces of targets that declare none and had too few keys to find any, or did not answer, when cachegauge started or
/// when a reload brought them.
///
/// Each of them is polled anew with its namespaces as soon as looks agree; after that it is left alone.
actor NamespaceSearch: FleetSource {
  private let snapshots: SnapshotStore
  private let log: Logger
  private let start = ContinuousClock.now
  /// By the target's name.
  private var searches: [String: Search] = [:]

  private static let rhythm = Duration.seconds(2)

  /// What is known of one target's search.
  private struct Search {
    let target: TargetConfiguration
    var schedule = LookSchedule()
    var agreement = LookAgreement()
    var isOver = false
    let troubles: TroubleLog

    init(_ target: TargetConfiguration, log: Logger) {
      self.target = target
      troubles = TroubleLog(
        log, metadata: ["target": "\(target.identity.name)"], over: "namespaces are looked for again")
    }
  }

  /// For nothing yet; `snapshots` tell how many keys there are.
  init(snapshots: SnapshotStore, log: Logger) {
    self.snapshots = snapshots
    self.log = log
  }

  /// Searches for these targets from now on, as far as they lack namespaces: goes on for those that it knows, also where it has found
  /// all there is, and forgets the others.
  func seek(_ targets: [TargetConfiguration]) {
    let known = searches
    searches = [:]
    for target in targets where target.lacksNamespaces {
      let name = target.identity.name
      if let search = known[name], search.target == target {
        searches[name] = search
      } else {
        searches[name] = Search(target, log: log)
      }
    }
  }

  func run(_ fleet: Fleet) async {
    while (try? await Task.sleep(for: Self.rhythm)) != nil {
      for name in searches.keys.sorted() { await go(on: name, fleet) }
    }
  }

  /// One look, if it is time for one. Meanwhile a reload may have brought another target of that name.
  private func go(on name: String, _ fleet: Fleet) async {
    guard var search = searches[name], !search.isOver else { return }
    let isDue = search.schedule.isDue(keys: snapshots[name]?.facts.keys, at: (.now - start).inSeconds)
    guard isDue else { return }
    let found = await look(&search)
    guard searches[name]?.target == search.target else { return }
    searches[name] = search
    guard let found else { return }
    var named = search.target
    named.namespaces = found
    guard await fleet.change(search.target, to: named, of: .configuration) else { return }
    log.notice("found \(found.count) namespaces", metadata: ["target": "\(name)"])
    if searches[name]?.target == search.target { searches[name]?.isOver = true }
  }

  /// The namespaces, if looks agree on them. A server that can't be reached is told of by its polls.
  private func look(_ search: inout Search) async -> [NamespaceDefinition]? {
    let suggestion: NamespaceSuggestion
    do throws(ClientError) {
      suggestion = try await NamespaceSuggestion.make(for: search.target, limit: NamespaceSuggestion.looks)
    } catch {
      if [.permissionDenied, .serverError].contains(error.cause) {
        search.troubles.tell("namespaces can't be looked for (\(error.cause.rawValue)): \(error.detail)")
      }
      return nil
    }
    search.troubles.end()
    guard suggestion.isOfEnough, let found = search.agreement.take(suggestion.found) else { return nil }
    return NamespaceSuggestion.definitions(of: found)
  }
}

/// When a server's keys are looked at for namespaces. A value without a clock.
struct LookSchedule: Sendable {
  /// Fewer keys name nothing that lasts.
  static let leastKeys = 50
  private static let firstPause = 2.0
  private static let longestPause = 300.0

  private var pause = firstPause
  private var next = 0.0
  /// Keys at the last look.
  private var keys: Int64 = 0

  /// Whether to look now, at a time in seconds, which is then taken to be done. While the server says that it has too few keys, never;
  /// where it has twice as many as at the last look, at once; else, and where it does not say, after ever longer pauses.
  mutating func isDue(keys: Int64?, at now: Double) -> Bool {
    if let keys {
      guard keys >= Self.leastKeys else { return false }
      if keys / 2 >= self.keys { (pause, next) = (Self.firstPause, now) }
    }
    guard now >= next else { return false }
    self.keys = keys ?? 0
    next = now + pause
    pause = min(pause * 2, Self.longestPause)
    return true
  }
}

/// What looks at a server's keys agree on. A value without a clock.
struct LookAgreement: Sendable {
  private var looks = 0
  private var last: Set<String> = []

  /// Takes what one more look has found; answers what to go by, nil while that is open.
  ///
  /// Two looks in a row with the same patterns agree, however many keys each has. Where keys come and go, some pattern is always
  /// about to: from the third look on, those that two in a row have found will do if nine tenths of the keys with any are theirs; from the
  /// sixth on, half.
  mutating func take(_ found: [KeyShapes.Found]) -> [KeyShapes.Found]? {
    let before = last
    last = Set(found.map(\.pattern))
    looks += 1
    guard !found.isEmpty else { return nil }
    if last == before { return found }
    let common = found.filter { before.contains($0.pattern) }
    let agreed = common.reduce(0) { $0 + $1.share } / found.reduce(0) { $0 + $1.share }
    return looks >= 3 && agreed >= (looks < 6 ? 0.9 : 0.5) ? common : nil
  }
}

extension TargetConfiguration {
  /// Whether its misses are to be observed, and no namespace is known to count them by.
  var lacksNamespaces: Bool { identity.kind == .redis && namespaces.isEmpty && observe.events }
}
