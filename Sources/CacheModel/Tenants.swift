/// Misses of one tenant of a namespace.
public struct TenantMisses: Sendable, Hashable {
  /// What the pattern captured; bytes that are no UTF-8 are replaced.
  public var name: String
  /// Misses since it is told apart from the others.
  public var misses: Int64
  /// Between which bounds its part of the namespace's misses of late lies, in 0…1.
  public var share: ClosedRange<Double>

  /// The name that stands for all tenants that are not told apart.
  public static let others = "other"

  /// A tenant.
  public init(name: String, misses: Int64, share: ClosedRange<Double>) {
    self.name = name
    self.misses = misses
    self.share = share
  }
}

/// Misses of a namespace by tenant.
public struct TenantReport: Sendable, Hashable {
  /// Those with the most of late, the first the most.
  public var tenants: [TenantMisses]
  /// Misses of all others, and of those told before they were.
  public var others: Int64

  /// A report.
  public init(tenants: [TenantMisses], others: Int64) {
    self.tenants = tenants
    self.others = others
  }
}
