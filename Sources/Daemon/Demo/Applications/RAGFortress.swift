extension DemoApplication {
  /// Documents, jobs and users behind a cache whose entries are invalidated by pattern: lists of documents when one is made,
  /// summaries when one changes, all of jobs when one's status changes.
  static let ragFortress = DemoApplication(
    name: "rag-fortress",
    parts: [
      DemoPart(
        name: "profiles", ttl: 300, share: 250, keyCount: 400, skew: 0.9, valueBytes: 300, warmed: 100,
        key: { $0 % 2 == 0 ? "user:profile:\($0 / 2 + 1)" : "user:\($0 / 2 + 1):profile" }),
      DemoPart(
        name: "users", ttl: 300, share: 150, keyCount: 300, skew: 0.8, valueBytes: 200,
        key: { "user:\($0 + 1)" }),
      DemoPart(
        name: "document_lists", ttl: 60, share: 150, keyCount: 40, skew: 0.9, valueBytes: 2000,
        key: { "documents:list:page:\($0 + 1)" }),
      DemoPart(
        name: "document_summaries", ttl: 60, share: 100, keyCount: 60, skew: 0.7, valueBytes: 800,
        key: { "documents:topic\($0 + 1):summary" }),
      DemoPart(
        name: "documents", ttl: 300, share: 150, keyCount: 500, skew: 0.9, valueBytes: 3000,
        key: { "document:\($0 + 1)" }),
      DemoPart(
        name: "jobs", ttl: 60, share: 100, keyCount: 80, skew: 0.9, valueBytes: 150,
        key: { "jobs:status:\($0 + 1)" }),
      DemoPart(
        name: "stats", ttl: 60, share: 60, keyCount: 50, skew: 1, valueBytes: 100,
        key: { $0 == 0 ? "stats:jobs" : "stats:files:user:\($0)" }),
      DemoPart(
        name: "config", ttl: 3600, share: 40, keyCount: 12, skew: 0.3, valueBytes: 400, warmed: 12,
        key: { "config:app:\($0 + 1)" }),
    ],
    changes: [
      DemoChange(every: 25) { _ in [.pattern("documents:list*")] },
      DemoChange(every: 10) { [.key("document:\($0 % 500 + 1)"), .pattern("documents:*summary*")] },
      DemoChange(every: 20) { _ in [.pattern("jobs:*"), .key("stats:jobs")] },
      DemoChange(every: 60) { _ in [.pattern("user:*:profile")] },
    ])
}
