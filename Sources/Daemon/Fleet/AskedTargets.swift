import CacheModel
import Locked

/// Targets that scrapes ask for: finds the one that is meant, or watches one that the configuration allows for as
/// long as somebody asks for it.
///
/// What is neither listed nor allowed is refused on the text alone: no name is looked up and nothing is sent.
final class AskedTargets: FleetSource {
  /// Why a scrape has no answer.
  struct Refusal: Error, Equatable {
    let status: Int
    let sentence: String
  }

  private let configuration: ScrapeConfiguration
  private let fleet: Fleet
  private let snapshots: SnapshotStore
  /// When each was asked for last, by name.
  private let lastAsked = Locked<[String: ContinuousClock.Instant]>([:])

  /// Nothing is asked for yet.
  init(_ configuration: ScrapeConfiguration, fleet: Fleet, snapshots: SnapshotStore) {
    self.configuration = configuration
    self.fleet = fleet
    self.snapshots = snapshots
  }

  /// Whether scrapes are answered at all.
  var isEnabled: Bool { configuration.isEnabled }

  /// The name of the target that `text`, a target's name or a place, means; it is being watched when this returns.
  func name(of text: String) async throws(Refusal) -> String {
    if let name = await fleet.name(of: text) {
      lastAsked.withLock { asked in
        if asked[name] != nil { asked[name] = .now }
      }
      return name
    }
    let target = try allowed(text)
    let name = target.identity.name
    // Counted before it is added, so that scrapes at one moment do not exceed the limit together.
    let fits = lastAsked.withLock { asked in
      guard asked[name] != nil || asked.count < configuration.limit else { return false }
      asked[name] = .now
      return true
    }
    guard fits else {
      throw Refusal(
        status: 503, sentence: "\(configuration.limit) targets are being asked for already (scrape.limit)")
    }
    guard await fleet.add(target, of: .scrape) else {
      lastAsked.withLock { $0[name] = nil }
      throw Refusal(status: 503, sentence: "the target's name is taken by another")
    }
    return name
  }

  /// The target that the first entry which allows the place makes of it.
  func allowed(_ text: String) throws(Refusal) -> TargetConfiguration {
    let url: TargetURL
    do throws(ValueError) { url = try TargetURL(parsing: text) } catch {
      throw Refusal(status: 400, sentence: "'target': \(error.message)")
    }
    if url.password != nil {
      throw Refusal(
        status: 400, sentence: "'target' holds a password; credentials are written in the configuration only")
    }
    let hasScheme = text.contains("://")
    for entry in configuration.allow {
      guard let pattern = entry.patterns.first(where: { $0.matches(url, hasScheme: hasScheme) }) else { continue }
      if let username = url.username, username != entry.template.username { break }
      var place = url
      if !hasScheme { place.scheme = pattern.scheme }
      place.username = nil
      var target = entry.template
      target.url = place.text
      target.name = place.text
      target.part = .asked
      return target
    }
    throw Refusal(
      status: 403,
      sentence: "this target is neither configured nor allowed; list it in the configuration under targets, "
        + "target_files or scrape.allow; what is watched over another scheme is asked for without one")
  }

  /// Waits until the target was polled once; answers its snapshot, which says `timeout` when that took longer.
  func snapshot(of name: String, until deadline: ContinuousClock.Instant) async throws(Refusal) -> TargetSnapshot {
    while let snapshot = snapshots[name] {
      if snapshot.polls > 0 { return snapshot }
      if ContinuousClock.now >= deadline || Task.isCancelled {
        var late = snapshot
        (late.polls, late.isUp, late.failure) = (1, false, .timeout)
        return late
      }
      try? await Task.sleep(for: .milliseconds(5))
    }
    throw Refusal(status: 503, sentence: "the target has just ended; ask again")
  }

  /// Ends those that nobody has asked for of late, up to an eighth of `keep` late.
  func run(_ fleet: Fleet) async {
    guard configuration.isEnabled, !configuration.allow.isEmpty else { return }
    while (try? await Task.sleep(for: max(.milliseconds(100), configuration.keep / 8))) != nil {
      let latest = ContinuousClock.now.advanced(by: .zero - configuration.keep)
      let ended = lastAsked.withLock { asked in
        let names = asked.filter { $0.value < latest }.map(\.key)
        for name in names { asked[name] = nil }
        return names
      }
      for name in ended { await fleet.remove(name, of: .scrape) }
    }
  }
}
