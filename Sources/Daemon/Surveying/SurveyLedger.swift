import CacheModel
import Locked
import Namespaces
import TimeSeries

/// What a surveyor has found, shared with the poller that tells it on.
final class SurveyLedger: Sendable {
  private struct State {
    var census: CensusLedger
    var walked: [(SeriesDefinition, FixedPoint)] = []
    var single: [(SeriesDefinition, FixedPoint)] = []
    var checks: [String: UnixTime] = [:]
    var changes = 0
  }

  private let state: Locked<State>

  init(_ census: CensusLedger) {
    state = Locked(State(census: census))
  }

  /// A short change of the census.
  func with(_ body: (inout CensusLedger) -> Void) { state.withLock { body(&$0.census) } }

  /// Takes what a whole walk told of checked keys; `checks` are the kinds of checks that it served.
  func walked(_ series: [(SeriesDefinition, FixedPoint)], checks: [String], at now: UnixTime) {
    state.withLock { state in
      state.walked = series
      state.changes += 1
      for check in checks { state.checks[check] = now }
    }
  }

  /// Takes what a look at single keys told.
  func looked(_ series: [(SeriesDefinition, FixedPoint)], at now: UnixTime) {
    state.withLock { state in
      state.single = series
      state.changes += 1
      state.checks["single_keys"] = now
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

  /// The series of checked keys, and a number that changes with them. A key that two checks name is there once.
  func series(after seen: Int) -> (series: [(SeriesDefinition, FixedPoint)], changes: Int)? {
    state.withLock { state in
      guard state.changes != seen else { return nil }
      let single = Set(state.single.map(\.0))
      return (state.single + state.walked.filter { !single.contains($0.0) }, state.changes)
    }
  }
}
