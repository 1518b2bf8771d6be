import CacheModel
import Namespaces
import Randomness

/// A hundred patterns as applications have them, and keys that ask for them: the workload by which classification
/// is measured.
struct ClassifierWorkload {
  let definitions: [NamespaceDefinition]
  /// Keys, each with the index of its namespace; -1 for one that no pattern takes.
  let keys: [(bytes: [UInt8], namespace: Int)]

  private static let families = [
    "menu", "perm:user", "perm:role", "session", "orders", "analytics:daily", "analytics:hourly", "rag:query",
    "rag:chunk", "ai:response", "embedding", "document:parse", "ocr:extract", "image:thumb", "image:full",
    "validation:schema", "validation:rule", "risk:SCORE", "risk:LIMIT", "jobs", "settings", "settings:tenant",
    "restaurant:menu", "restaurant:hours", "search:result", "search:facet", "rate", "lock", "geo:tile", "feed",
    "cart", "price", "stock",
  ]

  init(keyCount: Int = 4096, seed: UInt64 = 1) {
    var generator = SeededRandom(seed: seed)
    var definitions: [NamespaceDefinition] = []
    var shapes: [(begin: String, end: String)] = []
    for family in Self.families {
      definitions.append(NamespaceDefinition(name: family, keys: [family + ":*"]))
      definitions.append(NamespaceDefinition(name: family + "/profile", keys: [family + ":*:profile"]))
      definitions.append(NamespaceDefinition(name: family + "/v2", keys: [family + ":v2:{tenant}:*"]))
      shapes += [(family + ":u", ""), (family + ":", ":profile"), (family + ":v2:t", ":x")]
    }
    definitions.append(NamespaceDefinition(name: "lists", keys: ["list[0-9]*"]))
    shapes.append(("list7:", ""))
    self.definitions = definitions
    keys = (0..<keyCount).map { _ in
      let namespace = Int.random(in: -5..<shapes.count, using: &generator)
      let number = String(Int.random(in: 1_000_000...9_999_999, using: &generator))
      guard namespace >= 0 else { return (Array(("unknown:" + number).utf8), -1) }
      let shape = shapes[namespace]
      return (Array((shape.begin + number + shape.end).utf8), namespace)
    }
  }

  /// Classifies every key `rounds` times; answers how many got their namespace.
  func run(_ classifier: NamespaceClassifier, rounds: Int) -> Int {
    var right = 0
    for _ in 0..<rounds {
      for (bytes, namespace) in keys where (classifier.classify(bytes.span) ?? -1) == namespace { right += 1 }
    }
    return right
  }
}
