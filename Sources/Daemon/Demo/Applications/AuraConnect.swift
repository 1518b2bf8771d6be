extension DemoApplication {
  /// Restaurants, each a tenant: keys `type:tenant:entity:id` of eight kinds, with times to live from a minute to a day. A menu
  /// that changes invalidates all of its restaurant's, as `cache_manager.invalidate_menu` does.
  static let auraConnect = DemoApplication(
    name: "auraconnect",
    parts: [
      DemoPart(
        name: "menu", ttl: 3600, share: 300, keyCount: 480, skew: 0.9, valueBytes: 600, warmed: 480,
        key: { "menu:\(tenant($0)):item:\($0 / tenants + 1)" }),
      DemoPart(
        name: "permissions", ttl: 300, share: 200, keyCount: 300, skew: 0.8, valueBytes: 120,
        key: { "permissions:\(tenant($0)):user:\($0 / tenants + 1)" }),
      DemoPart(
        name: "settings", ttl: 600, share: 100, keyCount: 36, skew: 0.5, valueBytes: 200, warmed: 36,
        key: { "settings:\(tenant($0)):\(["timezone", "currency", "hours"][$0 / tenants % 3])" }),
      DemoPart(
        name: "analytics", ttl: 300, share: 80, keyCount: 360, skew: 0.7, valueBytes: 900,
        key: { "analytics:\(tenant($0)):revenue:2025-01-\($0 / tenants + 1)" }),
      DemoPart(
        name: "api", ttl: 60, share: 120, keyCount: 600, skew: 0.9, valueBytes: 400,
        key: { "api:\(tenant($0)):customers:page\($0 / tenants + 1)" }),
      DemoPart(
        name: "search", ttl: 180, share: 80, keyCount: 6000, skew: 0.7, valueBytes: 700,
        key: { "search:\(tenant($0)):\(fingerprint($0, 11))" }),
      DemoPart(
        name: "reports", ttl: 900, share: 40, keyCount: 120, skew: 0.8, valueBytes: 2000,
        key: { "report:\(tenant($0)):sales:\($0 / tenants + 1)" }),
      DemoPart(
        name: "static", ttl: 86_400, share: 80, keyCount: 60, skew: 0.6, valueBytes: 4000, warmed: 60,
        key: { "static:\(tenant($0)):image:\($0 / tenants + 1)" }),
    ],
    changes: [
      DemoChange(every: 30) { [.pattern("menu:\(tenant($0)):*")] },
      DemoChange(every: 6) { [.key("permissions:\(tenant($0)):user:\($0 / tenants % 25 + 1)")] },
      DemoChange(every: 45) { [.pattern("settings:\(tenant($0)):*")] },
    ])

  private static let tenants = 12

  private static func tenant(_ number: Int) -> String { "t\(number % tenants + 1)" }
}
