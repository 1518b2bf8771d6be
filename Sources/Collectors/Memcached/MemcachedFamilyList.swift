public import CacheModel

/// The families that the Memcached collectors can serve, for the document of metrics.
public enum MemcachedFamilyList {
  /// With the types that they have without legacy names.
  public static var all: [MetricFamily] {
    let tables = [
      StatField.general, StatField.settings, StatField.crawlerSettings, StatField.slabs, StatField.slabItems,
      StatField.externalStorage, StatField.proxy,
    ]
    let own = [
      MemcachedFamilies.version, MemcachedFamilies.commands, MemcachedFamilies.slabCommands,
      MemcachedFamilies.slabLookups, MemcachedFamilies.field, MemcachedFamilies.clients,
    ]
    return tables.flatMap(\.values).map(\.family) + own
  }
}
