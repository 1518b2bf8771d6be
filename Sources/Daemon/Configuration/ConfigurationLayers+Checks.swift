import CacheModel

/// What is wrong, or odd, only when all layers are put together.
extension ConfigurationLayers {
  mutating func checkPolls() {
    if reader.problems.contains(where: { $0.severity == .error && $0.path.contains("poll.") }) { return }
    check(configuration.poll, "poll")
    for (index, target) in configuration.targets.enumerated() where target.poll != configuration.poll {
      check(target.poll, "targets[\(index)].poll")
    }
  }

  /// Two targets at one place are polled twice, and every sum over targets counts that server twice.
  mutating func checkPlaces() {
    let urls = configuration.targets.map { TargetURL.parse($0.url) }
    for (index, url) in urls.enumerated() {
      guard let url, let first = urls[..<index].firstIndex(where: { $0?.isSamePlace(as: url) == true }) else {
        continue
      }
      let path = "targets[\(index)].url"
      reader.warn(
        reader.origins[path] ?? .default, path,
        "is the place of targets[\(first)] too, so sums over targets count this server twice")
    }
  }

  private mutating func check(_ poll: PollConfiguration, _ path: String) {
    func origin(_ key: String) -> ConfigurationOrigin {
      reader.origins["\(path).\(key)"] ?? reader.origins["poll.\(key)"] ?? .default
    }
    func place(_ first: String, _ second: String) -> (String, ConfigurationOrigin) {
      origin(first) == .default ? (second, origin(second)) : (first, origin(first))
    }
    let (interval, slow, timeout) = (poll.interval, poll.slowInterval, poll.timeout)
    if timeout >= interval {
      let (key, origin) = place("timeout", "interval")
      let message =
        "timeout \(formatDuration(timeout)) is not below interval \(formatDuration(interval)), "
        + "so a slow answer costs the next poll"
      reader.warn(origin, "\(path).\(key)", message)
    }
    if slow < interval {
      let (key, origin) = place("slow_interval", "interval")
      let message = "slow_interval \(formatDuration(slow)) is below interval \(formatDuration(interval))"
      reader.problems.append(ConfigurationProblem(.error, origin, path: "\(path).\(key)", message))
    }
  }

  mutating func warnOfUnknownVariables() {
    let known =
      ConfigurationSettings.all.flatMap(\.environment) + [
        "CACHEGAUGE_CONFIG", "CACHEGAUGE_PRESET", "CACHEGAUGE_SCRAPE_ALLOW",
      ]
    for name in environment.keys.sorted() where name.hasPrefix("CACHEGAUGE_") && !known.contains(name) {
      let meant = nearest(to: name, among: known).map { "; did you mean \($0)?" } ?? ""
      reader.warn(.environment(name), "", "is not known\(meant)")
    }
  }
}
