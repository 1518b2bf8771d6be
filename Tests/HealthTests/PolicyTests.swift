import CacheModel
import Testing

@testable import Health

struct PolicyTests {
  @Test func `every setting has a name of its own, a default in its range, and can be set`() {
    #expect(Set(HealthSetting.all.map(\.name)).count == HealthSetting.all.count)
    for setting in HealthSetting.all {
      var policy = HealthPolicy.standard
      let value = policy[keyPath: setting.path]
      #expect(setting.range.contains(value), "\(setting.name)")
      let isSet = policy.set(setting.name, to: setting.range.upperBound)
      let isRefused = !policy.set(setting.name, to: -1)
      #expect(isSet && isRefused)
      #expect(policy[keyPath: setting.path] == setting.range.upperBound)
    }
  }

  @Test func `every number of the policy is a setting`() {
    let numbers = Mirror(reflecting: HealthPolicy.standard).children.filter { $0.value is Double }
    #expect(numbers.count == HealthSetting.all.count)
  }

  @Test func `an unknown name sets nothing`() {
    var policy = HealthPolicy.standard
    let isSet = policy.set("memory_warnings", to: 0.5)
    #expect(!isSet && policy == .standard)
  }

  @Test(arguments: [(0.5, 0.2), (0.8, 0.2), (0.95, 0.7), (0.99, 0.94), (0.999, 0.994), (0.1, 0.1), (1.0, 1.0)])
  func `a burn factor is held where a hit rate can reach it`(_ target: Double, _ threshold: Double) {
    let rule = BurnRule(seconds: 300, factor: 6, severity: .critical)
    #expect(abs(rule.threshold(for: target) - threshold) < 1e-9)
  }

  @Test(arguments: [
    (0.0, "0.0 %"), (0.7934, "79.3 %"), (0.9912, "99.12 %"), (1, "100.0 %"),
  ])
  func `ratios are written as percent`(_ ratio: Double, _ text: String) {
    #expect(Wording.percent(ratio) == text)
  }

  @Test func `counts, bytes and durations are written for people`() {
    #expect(
      [0, 7, 999, 1000, 1_234_567, -1200].map { Wording.count($0) } == [
        "0", "7", "999", "1,000", "1,234,567", "-1,200",
      ])
    #expect([0, 1023, 1024, 1_610_612_736].map(Wording.bytes) == ["0 B", "1023 B", "1.0 KiB", "1.5 GiB"])
    #expect([0, 119, 120, 7200, 172_800].map(Wording.duration) == ["0 s", "119 s", "2 min", "2 h", "2 d"])
    #expect(Wording.count(1, "key") == "1 key")
  }
}
