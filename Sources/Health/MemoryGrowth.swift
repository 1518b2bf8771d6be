internal import CacheModel

extension ServerView {
  /// Memory that grew steadily for half an hour at least and will soon meet its limit, where nothing can be evicted then.
  ///
  /// The rate is the lower one of the last hour and of its last quarter, so that growth which has stopped doesn't count;
  /// the hour has to be close to a straight line, so that what rises and falls doesn't either. Without `maxmemory` the
  /// machine's memory is the limit.
  func memoryGrowing(_ trend: MemoryTrend) -> Verdict {
    guard let used = facts.usedMemory.map(Double.init), facts.maximumMemory != nil else { return .unknown }
    guard let bound = limit ?? facts.machineMemory.map(Double.init), bound > 0, limit == nil || !canEvict else {
      return .clear
    }
    guard let hour = trend.line(over: 3600), let quarter = trend.line(over: 900), hour.seconds >= 1800 else {
      return .unknown
    }
    let rate = min(hour.slope, quarter.slope)
    guard rate > 0, hour.fit >= 0.8, used < bound else { return .clear }
    let left = (bound - used) / rate
    guard left <= policy.memoryHorizon * 1.5 else { return .clear }
    let name = limit == nil ? "the machine's memory" : "maxmemory"
    let finding = Finding(
      severity: left <= policy.memoryHorizon / 6 ? .critical : .warning,
      message: "Memory grows by \(Wording.bytes(rate * 3600)) an hour: at that rate \(name) "
        + "(\(Wording.bytes(bound)), \(Wording.bytes(used)) in use) is full in \(Wording.duration(left)).",
      advice: memoryGrowthAdvice,
      evidence: [
        Evidence("growth_bytes_per_second", rate), Evidence("seconds_until_full", left),
        Evidence("used_memory_bytes", used), Evidence("limit_bytes", bound),
        Evidence("window_seconds", 3600), Evidence("covered_seconds", hour.seconds),
        Evidence("linearity", hour.fit),
      ])
    return left <= policy.memoryHorizon ? .raised(finding) : .holding(finding)
  }

  private var memoryGrowthAdvice: String {
    if let share = shareWithoutTTL, share >= policy.withoutTTLShare {
      return
        "Give keys a time to live when they are written: \(Wording.percent(share)) have none, so that they only add up."
    }
    return limit == nil
      ? "Set maxmemory with an allkeys policy, and look for what adds keys: without a limit the operating system ends "
        + "the server when memory is gone."
      : "Set an allkeys policy or shorten times to live, and look for what adds keys: when memory is full the server "
        + "refuses writes."
  }
}
