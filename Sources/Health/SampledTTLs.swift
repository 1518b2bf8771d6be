internal import CacheModel

/// A namespace that declares a time to live, beside what a sample of its keys has.
struct SampledTTLs {
  let name: String
  /// Declared, in seconds.
  let declared: Double
  let keys: Int64
  let sample: TTLSample

  /// The share of the sample that lives for ever.
  var withoutTTL: Double { sample.withoutTTL ?? 0 }

  /// Nil for a namespace that declares none, or of which too few keys were asked.
  init?(_ counts: NamespaceCounts, minimumKeys: Double) {
    guard let declared = counts.definition.ttl, let census = counts.census, let sample = census.ttls,
      Double(sample.size) >= minimumKeys
    else { return nil }
    (name, self.declared, keys, self.sample) = (counts.definition.name, declared, census.keys, sample)
  }
}

extension ServerView {
  /// The namespaces that declare a time to live and were sampled.
  var sampledTTLs: [SampledTTLs] {
    input.namespaces.compactMap { SampledTTLs($0, minimumKeys: policy.minimumKeys) }
  }

  /// The declaring namespace with the largest share of keys that live for ever, from a tenth below the threshold on.
  var leastExpiring: SampledTTLs? {
    guard let worst = sampledTTLs.max(by: { $0.withoutTTL < $1.withoutTTL }),
      worst.withoutTTL >= policy.keysWithoutTTL * 0.9
    else { return nil }
    return worst
  }

  /// The namespace of which a key has most time left over what is declared, from a tenth below the threshold on.
  var longestLiving: SampledTTLs? {
    guard let worst = sampledTTLs.max(by: { $0.sample.longest / $0.declared < $1.sample.longest / $1.declared }),
      worst.sample.longest >= worst.declared * policy.ttlExcess * 0.9
    else { return nil }
    return worst
  }
}
