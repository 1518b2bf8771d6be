import CacheModel

/// What was sent of each target last: so that no poll is sent twice, and series that end are told to have ended.
struct SentTargets {
  /// A target that was polled since; `before` where some of its series may have ended.
  struct News {
    var now: TargetSnapshot
    var before: TargetSnapshot?
  }

  private var last: [String: TargetSnapshot] = [:]
  /// Those that were there before and are not now.
  private(set) var gone: [TargetSnapshot] = []

  /// The targets among these that were polled since they were last given, as from now on they are.
  mutating func news(of targets: [TargetSnapshot]) -> [News] {
    let polled = targets.filter { $0.polls > 0 }
    let names = Set(polled.lazy.map(\.target.name))
    gone = last.values.filter { !names.contains($0.target.name) }.sorted { $0.target.name < $1.target.name }
    for target in gone { last[target.target.name] = nil }
    return polled.compactMap { target in
      let before = last.updateValue(target, forKey: target.target.name)
      guard before?.polls != target.polls || before?.target != target.target else { return nil }
      return News(now: target, before: before.flatMap { Self.mayHaveEnded($0, target) ? $0 : nil })
    }
  }

  /// All of them, as they were sent last, by name.
  var all: [TargetSnapshot] { last.values.sorted { $0.target.name < $1.target.name } }

  /// Whether the target went up or down, is another process or in another role, is called or judged otherwise, or has series that
  /// come and go. A single series that a server leaves out for a while is not looked for: that would cost a comparison of all series
  /// each time.
  private static func mayHaveEnded(_ before: TargetSnapshot, _ now: TargetSnapshot) -> Bool {
    before.isUp != now.isUp || before.target != now.target || before.passing != nil || before.failure != now.failure
      || before.sample?.epoch != now.sample?.epoch || before.facts.role != now.facts.role
      || !before.namespaces.elementsEqual(now.namespaces) { $0.definition.name == $1.definition.name }
      || before.health.status != now.health.status || before.health.warnings.count != now.health.warnings.count
  }
}

/// What tells one series from another.
struct SeriesIdentity: Hashable {
  let name: String
  let labels: [Label]

  init(_ point: SeriesPoint) {
    (name, labels) = (point.name, point.labels)
  }
}
