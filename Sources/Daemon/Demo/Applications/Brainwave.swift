extension DemoApplication {
  /// A learning platform: answers of language models, retrieval, database queries, embeddings and API responses. What a user
  /// changes invalidates what was kept of that user. Embeddings stay in the process; the others are on Redis while there is one.
  static let brainwave = DemoApplication(
    name: "brainwave",
    parts: [
      DemoPart(
        name: "ai", ttl: 3600, share: 200, keyCount: 600, skew: 1, valueBytes: 3000,
        key: { "ai:\(fingerprint($0, 41))" }),
      DemoPart(
        name: "rag", ttl: 1800, share: 200, keyCount: 400, skew: 0.9, valueBytes: 1500,
        key: { "rag:\(fingerprint($0, 42))" }),
      DemoPart(
        name: "db", ttl: 300, share: 300, keyCount: 500, skew: 0.9, valueBytes: 300, warmed: 100,
        key: { "db:user_profile:\($0 + 1)" }),
      DemoPart(
        name: "embeddings", ttl: 86_400, share: 150, keyCount: 800, skew: 0.8, valueBytes: 1500,
        key: { "embedding:\(fingerprint($0, 43))" }),
      DemoPart(
        name: "api", ttl: 60, share: 150, keyCount: 40, skew: 0.6, valueBytes: 800,
        key: { "api:\($0 % 2 == 0 ? "stats" : "leaderboard"):\($0 / 2)" }),
    ],
    changes: [DemoChange(every: 4) { [.key("db:user_profile:\($0 % 500 + 1)")] }], ownPrefix: "embedding:")
}
