import CacheModel
import Collectors
import Locked
import Namespaces
import TimeSeries

/// What a surveyor has found, shared with the poller that tells it on and makes the lookups which must be counted.
final class SurveyLedger: Sendable {
  private struct State {
    var census: CensusLedger
    var inspector: KeyInspector
    var walked: [(SeriesDefinition, FixedPoint)] = []
    var single: [(SeriesDefinition, FixedPoint)] = []
    var keys: [KeyPlace]
    /// Those of patterns that are streams.
    var streams: [KeyPlace] = []
    var checks: [String: UnixTime] = [:]
    var roundBegan: UnixTime?
    var changes = 0
    /// As the last poll told it.
    var keysOfServer: Int64?
    /// The last whole sample.
    var idleTimes: IdleTimes?
    /// Why idle times would tell nothing, by what the last poll said of the server.
    var idleObstacle: IdleObstacle?
  }

  private let state: Locked<State>
  private let checks: KeyCheckConfiguration
  private let ttlSample: Int
  /// Whether keys are asked for how long they were not touched.
  let asksIdleTimes: Bool
  private let singleStreams: [KeyPlace]

  /// Lookups of one poll, beside those for times to live.
  private static let lookupsOfPoll = 50

  init(
    _ census: CensusLedger, checks: KeyCheckConfiguration = KeyCheckConfiguration(), ttlSample: Int = 0,
    asksIdleTimes: Bool = false
  ) {
    self.checks = checks
    self.asksIdleTimes = asksIdleTimes
    self.ttlSample = ttlSample
    state = Locked(
      State(
        census: census, inspector: KeyInspector(tellsConsumers: checks.streamConsumers),
        keys: Self.places(checks.singleKeys)))
    singleStreams = Self.places(checks.singleStreams)
  }

  private static func places(_ checked: [CheckedKeys]) -> [KeyPlace] {
    checked.map { KeyPlace(database: $0.database, key: Array($0.pattern.utf8)) }
  }

  /// A short change of the census.
  func with(_ body: (inout CensusLedger) -> Void) { state.withLock { body(&$0.census) } }

  /// Takes how many keys the server says it has, in all databases.
  func polled(keys: Int64?) { state.withLock { $0.keysOfServer = keys } }

  /// Whether the server has so many more or fewer keys by now that it should be walked over anew.
  var isOutdated: Bool {
    state.withLock { state in state.keysOfServer.map { state.census.isOutdated(keys: $0) } ?? false }
  }

  /// Offers keys whose time to live would be worth knowing, with their namespaces.
  func offer(_ keys: [(place: KeyPlace, namespace: Int)]) {
    guard ttlSample > 0 else { return }
    state.withLock { state in
      for key in keys { state.inspector.offer(key.place, namespace: key.namespace) }
    }
  }

  /// Notes what the server is, by which idle times may tell nothing.
  func note(_ facts: ServerFacts) {
    state.withLock { $0.idleObstacle = facts.idleObstacle }
  }

  /// What asks the keys of a walk over about so many for their idle times; nil where none are to be asked.
  func idleSampler(expected: Int64, selected: Int?) -> IdleSampler? {
    guard asksIdleTimes else { return nil }
    return state.withLock { state in
      guard state.idleObstacle == nil else { return nil }
      return IdleSampler(
        expected: expected, pause: state.idleTimes?.nextPause ?? IdleTimes.firstPause, selected: selected)
    }
  }

  /// Takes the idle times of a walk.
  func sampled(_ times: IdleTimes) { state.withLock { $0.idleTimes = times } }

  /// Those of the last whole walk.
  var idleTimes: IdleTimes? { state.withLock { $0.idleTimes } }

  /// Takes what a whole walk told of checked keys; `names` are the kinds of checks that it served.
  func walked(_ tally: KeyTally, checks names: [String], at now: UnixTime) {
    let series = tally.series
    let keys = Self.distinct(Self.places(checks.singleKeys) + tally.foundKeys)
    let candidates = Set(tally.foundStreams).subtracting(singleStreams)
    state.withLock { state in
      state.walked = series
      state.keys = keys
      // What is known to be a stream, and is still there, need not be asked again; all else may have become one.
      state.streams.removeAll { !candidates.contains($0) }
      state.inspector.ask(whetherStreams: Array(candidates.subtracting(state.streams)))
      state.changes += 1
      for check in names { state.checks[check] = now }
    }
  }

  private static func distinct(_ places: [KeyPlace]) -> [KeyPlace] {
    var seen: Set<KeyPlace> = []
    return places.filter { seen.insert($0).inserted }
  }

  /// Takes what a look at single keys told.
  func looked(_ series: [(SeriesDefinition, FixedPoint)], at now: UnixTime) {
    state.withLock { state in
      state.single = series
      state.changes += 1
      state.checks["single_keys"] = now
    }
  }

  /// The lookups to make in the poll that begins now.
  func lookups(at now: UnixTime) -> [OwnLookup] {
    state.withLock { state in
      let isDue = state.roundBegan.map { now < $0 || now.seconds(since: $0) >= checks.interval.inSeconds } ?? true
      if isDue {
        state.roundBegan = now
        state.inspector.begin(keys: checks.lookups ? state.keys : [], streams: singleStreams + state.streams)
      }
      return state.inspector.lookups(atMost: Self.lookupsOfPoll, ttls: ttlSample)
    }
  }

  /// Takes what they were answered.
  func answered(_ answers: [OwnAnswer], at now: UnixTime) {
    guard !answers.isEmpty else { return }
    state.withLock { state in
      let isDone = state.inspector.answered(answers)
      for (namespace, seconds) in state.inspector.takeTTLs() {
        state.census.add(ttl: seconds, namespace: namespace)
      }
      let room = KeyTally.maximumStreams - state.streams.count
      state.streams += state.inspector.takeStreams().prefix(max(0, room))
      guard isDone else { return }
      state.changes += 1
      if checks.lookups { state.checks["lookups"] = now }
      if !(singleStreams + state.streams).isEmpty { state.checks["streams"] = now }
    }
  }

  /// What is known of all keys now.
  var census: CensusReport {
    state.withLock { state in
      var report = state.census.snapshot
      report.checks = state.checks
      return report
    }
  }

  /// The series of checked keys, and a number that changes with them; nil while it is `seen`. A key that two checks name is
  /// there once.
  func series(after seen: Int) -> (series: [(SeriesDefinition, FixedPoint)], changes: Int)? {
    state.withLock { state in
      guard state.changes != seen else { return nil }
      let single = Set(state.single.map(\.0))
      let walked = state.walked.filter { !single.contains($0.0) }
      return (state.single + walked + state.inspector.series, state.changes)
    }
  }
}
