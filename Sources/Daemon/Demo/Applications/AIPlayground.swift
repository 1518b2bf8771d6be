extension DemoApplication {
  /// Training runs of models: when a training ends, the run's metrics and its feature importance are invalid, and so are all
  /// comparisons.
  static let aiPlayground = DemoApplication(
    name: "ai-playground",
    parts: [
      DemoPart(
        name: "metrics", ttl: 3600, share: 500, keyCount: 200, skew: 0.9, valueBytes: 500, warmed: 120,
        key: { "model:metrics:\(run($0))" }),
      DemoPart(
        name: "comparison", ttl: 1800, share: 200, keyCount: 150, skew: 1, valueBytes: 1500,
        key: { "model:comparison:\(fingerprint($0, 21))" }),
      DemoPart(
        name: "feature_importance", ttl: 1800, share: 300, keyCount: 400, skew: 0.9, valueBytes: 900, warmed: 200,
        key: { "model:feature_importance:\(run($0 / 2))\($0 % 2 == 0 ? "" : ":top_10")" }),
    ],
    changes: [
      DemoChange(every: 40) {
        [
          .key("model:metrics:\(run($0 % 200))"), .pattern("model:feature_importance:\(run($0 % 200))*"),
          .pattern("model:comparison:*"),
        ]
      }
    ])

  private static func run(_ number: Int) -> String { "run-\(fingerprint(number, 22))" }
}
