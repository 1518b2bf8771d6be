import CacheModel
import Health
import Testing

@testable import Monitoring

private func target(
  _ name: String? = "shop", _ hitRate: Double = 0.85, critical: Double = 0.5, namespace: String = "menu",
  policy: HealthPolicy = .standard
) -> RuleTarget {
  RuleTarget(
    name: name, policy: policy,
    namespaces: [
      NamespaceDefinition(name: namespace, target: HitRateTarget(hitRate: hitRate, critical: critical))
    ])
}

struct RuleTests {
  @Test func `the committed rules are those for any configuration`() throws {
    try expectCommitted(Array(prometheusRules(for: []).utf8), at: "alerts/cachegauge.rules.yml")
  }

  @Test func `a namespace is held to its own numbers`() {
    let text = prometheusRules(for: [target()])
    let series = "cache_namespace:hit_ratio:increase30m{target=\"shop\",namespace=\"menu\"}"
    #expect(text.contains("          \(series)\n"))
    #expect(
      text.contains("cache_namespace:hit_ratio_upper:increase30m{target=\"shop\",namespace=\"menu\"} < 0.8425\n"))
    #expect(text.contains("cache_namespace:hit_ratio_upper:increase5m{target=\"shop\",namespace=\"menu\"} < 0.5\n"))
    #expect(!text.contains("cache_namespace_target_ratio"))
  }

  @Test func `an unnamed target is that without the label`() {
    #expect(prometheusRules(for: [target(nil)]).contains("{target=\"\",namespace=\"menu\"}"))
  }

  @Test(arguments: (1...99).map { Double($0) / 100 } + [0.995, 0.999, 0.9999])
  func `every target can reach the burn that its rules ask for, and none stands for the target itself`(
    _ hitRate: Double
  ) {
    for factor in [3, 6, 14.4] {
      let reachable = MissBudget.reachableFactor(factor, of: hitRate)
      #expect(reachable <= max(1, 1 / (1 - hitRate)))
      let ratio = MissBudget.hitRatio(at: factor, of: hitRate)
      #expect(ratio >= min(hitRate, 0.2) - 1e-9 && ratio <= hitRate + 1e-9)
    }
    let text = prometheusRules(for: [target("shop", hitRate, critical: 0)])
    #expect(text.contains("CacheMissBudgetBurnsFast") == (0.8 / (1 - hitRate) >= 1.5))
  }

  @Test func `a burn that lies below the critical bound is left to that one`() {
    let text = prometheusRules(for: [target("shop", 0.85, critical: 0.5)])
    #expect(!text.contains("CacheMissBudgetBurnsFast"))
    #expect(text.contains("CacheMissBudgetBurnsSlowly"))
    #expect(text.contains("hit_ratio_upper:increase1h{target=\"shop\",namespace=\"menu\"} < 0.55\n"))
  }

  @Test func `thresholds that all targets share are asked once, others of each target`() {
    var other = HealthPolicy.standard
    other.memoryWarning = 0.85
    let same = prometheusRules(for: [target("a"), target("b")])
    #expect(same.split(separator: "alert: CacheMemoryNearLimit").count == 2)
    #expect(same.contains("cache_memory_used_bytes / (cache_memory_max_bytes > 0) > 0.9\n"))
    let different = prometheusRules(for: [target("a"), target("b", policy: other)])
    #expect(different.split(separator: "alert: CacheMemoryNearLimit").count == 3)
    #expect(different.contains("(cache_memory_max_bytes{target=\"b\"} > 0) > 0.85\n"))
  }

  @Test func `a target without namespaces is judged as a whole where its policy asks for a hit rate`() {
    let whole = prometheusRules(for: [RuleTarget(name: "sessions", policy: .production, namespaces: [])])
    #expect(whole.contains("cache:hit_ratio_upper:increase5m{target=\"sessions\"} < 0.5\n"))
    #expect(
      !prometheusRules(for: [RuleTarget(name: "a", policy: .standard, namespaces: [])]).contains("cache:hit_ratio"))
  }

  @Test func `names of any characters neither end a matcher nor become a template`() {
    let text = prometheusRules(for: [target("a\"b", namespace: "x\\y{{ .Value }}\n")])
    #expect(text.contains(#"{target="a\"b",namespace="x\\y{{ .Value }}\n"}"#))
    #expect(text.contains(#"          namespace: "x\\y{{\"{{\"}} .Value }}\n""#))
    #expect(text.contains(#"          target: "a\"b""#))
  }

  @Test func `an essential namespace says so in its alerts`() {
    var essential = target()
    essential.namespaces[0].isCritical = true
    #expect(prometheusRules(for: [essential]).contains("essential: \"true\""))
    #expect(!prometheusRules(for: [target()]).contains("essential"))
  }

  @Test(
    arguments: [
      (1, 300, "5m"), (1, 21_600, "6h"), (1, 5400, "1h30m"), (1, 86_400, "1d"), (1.0 / 60, 300, "5s"),
      (0.001, 180, "180ms"), (1e-9, 1, "1ms"),
    ] as [(Double, Double, String)])
  func `spans are written as Prometheus reads them`(_ factor: Double, _ seconds: Double, _ text: String) {
    #expect(Pace(factor: factor).span(seconds) == text)
  }

  @Test func `the same targets give the same bytes`() {
    let targets = [target("a", 0.9), target("b", 0.5, policy: .development)]
    #expect(prometheusRules(for: targets) == prometheusRules(for: targets))
  }
}
