import CacheModel
import Testing

@testable import Daemon

@Test func `thresholds of health are read in their units and shown again`() throws {
  let text = inTarget(
    "health:\n  minimum_lookups: 50\n  raise_after: 1m\n  memory_warning: 85%\n  fragmentation_bytes: 64MiB\n  fast_burn: 4.5"
  )
  let loaded = try load(text)
  let values = [
    "minimum_lookups": 50, "raise_after": 60, "memory_warning": 0.85, "fragmentation_bytes": 67_108_864,
    "fast_burn": 4.5,
  ]
  #expect(loaded.configuration.targets.first?.health.values == values)
  #expect(loaded.show().contains("      fragmentation_bytes: 64MiB # c.yml:7\n"))
  #expect(try load(loaded.show()).configuration == loaded.configuration)
}

@Test func `merge keys bring what is not given, and the nearer wins`() throws {
  let text = """
    targets:
      - url: redis://h
        namespaces:
          - &a { name: a, keys: a, ttl: 1m, essential: true }
          - &b { <<: *a, name: b, keys: b, ttl: 2m }
          - { <<: [*b, *a], name: c, keys: c }
    """
  let namespaces = try #require(try load(text).configuration.targets.first?.namespaces)
  #expect(namespaces.map(\.name) == ["a", "b", "c"])
  #expect(namespaces.map(\.ttl) == [60, 120, 120])
  #expect(namespaces.map(\.isCritical) == [true, true, true])
}

@Test(arguments: [
  ("", "production", HitRateTarget(hitRate: 0.8, critical: 0.5)),
  ("", "development", HitRateTarget(hitRate: 0.5, critical: 0.2)),
  ("target: 90%", "production", HitRateTarget(hitRate: 0.9, critical: 0.5)),
  ("target: {hit_rate: 0.4}", "production", HitRateTarget(hitRate: 0.4, critical: 0.2)),
  ("target: {critical: 0.6}", "production", HitRateTarget(hitRate: 0.8, critical: 0.6)),
])
func `a preset fills in what a namespace leaves out`(line: String, preset: String, target: HitRateTarget) throws {
  let text = "targets: [{url: h, preset: \(preset), namespaces: [{name: n, keys: n, \(line)}]}]"
  #expect(try load(text).configuration.targets.first?.namespaces.first?.target == target)
}

@Test func `without a preset and a target nothing is asked of a namespace`() throws {
  #expect(try load(inNamespace("ttl: 1s")).configuration.targets.first?.namespaces.first?.target == nil)
}

@Test(arguments: [
  ("{ hash: h }", CounterSource.hash(key: "h", hits: "hits", misses: "misses")),
  ("{ hash: h, hits: a, misses: b }", .hash(key: "h", hits: "a", misses: "b")),
  ("{ hits: a, misses: b }", .keys(hits: "a", misses: "b")),
])
func `counters are a hash's fields or two keys`(text: String, source: CounterSource) throws {
  let namespace = try load(inNamespace("counters: \(text)")).configuration.targets.first?.namespaces.first
  #expect(namespace?.counters == source)
}
