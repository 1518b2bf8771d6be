public import CacheModel

/// The families that the Redis collectors can serve, for the document of metrics.
public enum RedisFamilyList {
  /// Those that are always served where the server has them. Fields that begin with `cluster_` come beside them, under
  /// their own names.
  public static var always: [MetricFamily] {
    InfoField.tables.flatMap(\.self).filter { !$0.isLegacy }.map(\.family) + RedisFamilies.all
      + RedisFamilies.others
  }

  /// Those whose names `promtool` finds fault with, served under these names only where legacy names are asked for; else
  /// the fields of INFO among them are `redis_info_field`, and the others have another name among ``always``.
  public static var legacy: [MetricFamily] {
    InfoField.tables.flatMap(\.self).filter(\.isLegacy).map(\.family) + RedisFamilies.renamed.map(\.legacy)
      + [RedisFamilies.keyGroupsDuration, SentinelFamilies.legacyDownAfter]
  }
}
