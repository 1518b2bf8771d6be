internal import CacheModel

extension MissContext {
  /// One sentence: what to do about the misses of `definition`, and why that.
  func advice(for definition: NamespaceDefinition?) -> String {
    let span = "in the last \(Wording.duration(seconds))"
    switch cause {
    case .cold:
      return "Wait for the cache to fill, or warm it at start: the server started "
        + "\(Wording.duration(uptime ?? 0)) ago and began empty unless it loaded a dump."
    case .evicted:
      return
        "Give the cache more memory\(limitText), or store less: \(Wording.count(evictions ?? 0, "key")) of the "
        + "target lost their place \(span), against \(Wording.count(misses ?? 0)) misses; a longer time to live "
        + "would not help."
    case .expired:
      return
        "Lengthen the time to live\(ttlText(definition)) where the data allows it, or refresh keys before they "
        + "expire: \(Wording.count(expirations ?? 0, "key")) of the target expired \(span), against "
        + "\(Wording.count(misses ?? 0)) misses, and \(Wording.count(evictions ?? 0)) were evicted."
    case .removed:
      return "Look at what deletes keys, a flush or an invalidation that is too broad: the target lost "
        + "\(Wording.count(-(keyGrowth ?? 0), "key")) \(span), more than \(Wording.count(expirations ?? 0)) "
        + "expirations and \(Wording.count(evictions ?? 0)) evictions account for."
    case .notStored:
      return "Check that what was missed is then stored, under the key that is looked up: the target missed "
        + "\(Wording.count(misses ?? 0)) times \(span) yet holds only \(Wording.count(keys ?? 0, "key")), and "
        + "evictions (\(Wording.count(evictions ?? 0))) and expirations (\(Wording.count(expirations ?? 0))) don't "
        + "explain that."
    case .diverse:
      return
        "Make keys less diverse (leave out what does not change the answer) or warm the common ones: the target "
        + "gained \(Wording.count(keyGrowth ?? 0, "key")) for \(Wording.count(misses ?? 0)) misses \(span), so "
        + "lookups hardly repeat."
    case .unexplained:
      return "Look at how keys are built, invalidated and warmed: \(Wording.count(evictions ?? 0)) evictions and "
        + "\(Wording.count(expirations ?? 0)) expirations \(span) don't explain "
        + "\(Wording.count(misses ?? 0)) misses, so neither memory nor the time to live is the limit."
    case .unobserved:
      return
        "Compare evictions, expirations and key counts of the server by hand: it does not report them here, so "
        + "the cause of the misses is not known."
    }
  }

  private var limitText: String {
    guard let maximumMemory else { return "" }
    let used = usedMemory.map { ", \(Wording.percent($0 / maximumMemory)) used" } ?? ""
    return " (maxmemory is \(Wording.bytes(maximumMemory))\(used))"
  }

  private func ttlText(_ definition: NamespaceDefinition?) -> String {
    definition?.ttl.map { " (declared: \(Wording.duration($0)))" } ?? ""
  }
}
