import CacheModel
import Exposition
import SeriesQuery
import TimeSeries

/// When warnings held: their series have a sample for each poll that found them, and none otherwise.
struct WarningEpisodes {
  /// Unix milliseconds.
  let from: Int64
  let to: Int64
  /// The stretches of the period of which summaries alone are left.
  let rollups: [ClosedRange<Int64>]

  /// The episodes of these series, in the order of their beginning. What lasts or pauses for less than a two-thousandth of the
  /// period may be taken together; beginnings and ends are exact where samples are still held. Of older ones summaries tell no
  /// more than whether a warning held at some time in a stretch: it counts whole.
  func all(of series: [IndexedSeries]) -> [ReportPeriod.Episode] {
    series.flatMap(episodes).sorted { $0.from < $1.from }
  }

  private func episodes(of series: IndexedSeries) -> [ReportPeriod.Episode] {
    let ring = series.ring
    let step = max(ring.period, (to - from) / 2000)
    let reach = max(step, ring.period * 5 / 2)
    let label = { name in series.labels.first { $0.name == name }?.value }
    return runs(of: series, step: step, reach: reach).map { run in
      let begin = begin(of: series, in: max(from + 1, run.lowerBound - step + 1)...run.lowerBound)
      let end = min(to, end(of: series, in: max(from + 1, run.upperBound - step + 1)...run.upperBound))
      let holds = end > min(to, ring.span?.newest ?? to) - reach
      return ReportPeriod.Episode(
        code: label("code") ?? "", severity: label("severity") ?? "", namespace: label("namespace"),
        from: UnixTime(milliseconds: begin), to: holds ? nil : UnixTime(milliseconds: end))
    }
  }

  /// The ends of the first and the last step of each episode.
  private func runs(of series: IndexedSeries, step: Int64, reach: Int64) -> [ClosedRange<Int64>] {
    // A summary that the period ends in belongs to it, too.
    let end = max(to, rollups.last?.upperBound ?? to)
    // A step with a sample counts wherever in it that lies.
    var times = series.ring.query(
      series.id, from: from + step, to: end, step: step, .max, maximumGap: step
    ).map(\.time)
    // What was seen since the last whole step.
    let rest = (end - from) % step
    if rest > 0 {
      times += series.ring.query(series.id, from: end, to: end, step: rest, .max, maximumGap: rest).map(\.time)
    }
    // Each summary is a sample at the end of its stretch, seen at the end of a step.
    let summarized = rollups.last?.upperBound ?? .min
    let longReach = (rollups.longest ?? 0) + series.ring.period * 5 / 2 + step
    var runs: [ClosedRange<Int64>] = []
    for time in times {
      if let last = runs.last, time - last.upperBound <= (last.upperBound < summarized ? longReach : reach) {
        runs[runs.count - 1] = last.lowerBound...time
      } else {
        runs.append(time...time)
      }
    }
    return runs
  }

  /// The first time in a step at which the warning is known to have held.
  private func begin(of series: IndexedSeries, in step: ClosedRange<Int64>) -> Int64 {
    if let sample = series.ring.samples(of: series.id, from: step.lowerBound, to: step.upperBound).first {
      return sample.time
    }
    return rollups.first { step.contains($0.upperBound) }.map { max(from, $0.lowerBound) } ?? step.upperBound
  }

  /// The last one.
  private func end(of series: IndexedSeries, in step: ClosedRange<Int64>) -> Int64 {
    if let sample = series.ring.samples(of: series.id, from: step.lowerBound, to: step.upperBound).last {
      return sample.time
    }
    return rollups.last { step.contains($0.upperBound) }?.upperBound ?? step.upperBound
  }
}
