import CacheModel
import Namespaces
import Randomness
import Testing

private func classifier(_ patterns: [(String, [String])]) throws -> NamespaceClassifier {
  try NamespaceClassifier(patterns.map { NamespaceDefinition(name: $0.0, keys: $0.1) })
}

private func name(_ key: String, in classifier: NamespaceClassifier) -> String? {
  classifier.index(of: Array(key.utf8)).map { classifier.names[$0] }
}

@Suite struct NamespaceClassifierTests {
  @Test(
    arguments: [
      ("user:7", "user"), ("user:7:profile", "profile"), ("user:7:profile:x", "user"), ("user:admin:1", "admin"),
      ("user:admin:1:profile", "admin"), ("user:root", "root"), ("user:rooted", "user"),
      ("documents:list", "documents"),
      ("documents:list:2", "documents"), ("jobs:1", "jobs"), ("job:1", nil), ("", nil), ("use", nil),
      ("x:any", "any"),
      ("user:7:any", "user"),
    ] as [(String, String?)])
  func `the most specific pattern wins`(key: String, expected: String?) throws {
    let classifier = try classifier([
      ("any", ["*:any"]), ("user", ["user:*"]), ("profile", ["user:*:profile"]), ("admin", ["user:admin:*"]),
      ("root", ["user:root"]), ("documents", ["documents:list*"]), ("jobs", ["jobs:*"]),
    ])
    #expect(name(key, in: classifier) == expected)
  }

  @Test func `a longer prefix goes before more literals, and these before fewer wildcards`() throws {
    let prefix = try classifier([("long", ["a:*:long:tail"]), ("prefix", ["a:b*"])])
    #expect(name("a:b:long:tail", in: prefix) == "prefix")
    let literals = try classifier([("few", ["a:*x"]), ("more", ["a:*?:x"])])
    #expect(name("a:q:x", in: literals) == "more")
    let wildcards = try classifier([("two", ["a:*?"]), ("one", ["a:*"])])
    #expect(name("a:b", in: wildcards) == "one")
  }

  @Test func `of equal patterns the first in the configuration wins`() throws {
    let classifier = try classifier([("first", ["b:*", "a:*"]), ("second", ["a:*", "b:?*"])])
    #expect(name("a:1", in: classifier) == "first")
    #expect(name("b:1", in: classifier) == "first")
  }

  @Test func `a namespace without patterns takes nothing`() throws {
    #expect(name("a", in: try classifier([])) == nil)
    #expect(name("a", in: try classifier([("none", [])])) == nil)
    #expect(name("", in: try classifier([("all", ["*"])])) == "all")
  }

  @Test func `the tenant comes with the namespace, and only from the pattern that won`() throws {
    let classifier = try classifier([("menu", ["menu:{tenant}:*", "menu:*"]), ("rest", ["{tenant}-v?", "*"])])
    let full = Array("menu:acme:7".utf8)
    #expect(classifier.classification(of: full) == Classification(namespace: 0, tenant: 5..<9))
    let short = Array("menu:acme".utf8)
    #expect(classifier.classification(of: short) == Classification(namespace: 0, tenant: nil))
    let failed = Array("acme-vx9".utf8)
    #expect(classifier.classification(of: failed) == Classification(namespace: 1, tenant: nil))
  }

  @Test func `an error names the namespace and the pattern`() throws {
    let error = #expect(throws: NamespacePatternError.self) {
      try classifier([("good", ["a:*"]), ("bad", ["b:*", "c:[x"])])
    }
    #expect(error?.namespace == 1)
    #expect(error?.pattern == 1)
    #expect(error?.reason.code == .unclosedClass)
    #expect(error?.reason.offset == 2)
  }

  @Test func `prefixes that end inside one another are all found`() throws {
    let names = ["a", "ab", "abc", "abcde", "b", ""]
    let classifier = try classifier(names.map { ($0, [$0 + "*"]) })
    for (key, expected) in [
      ("a", "a"), ("ab", "ab"), ("abcd", "abc"), ("abcde", "abcde"), ("abx", "ab"), ("c", ""), ("ba", "b"),
      ("\u{ff}", ""),
    ] {
      #expect(name(key, in: classifier) == expected)
    }
  }

  @Test func `every key of the measured workload finds its namespace`() throws {
    let workload = ClassifierWorkload()
    let classifier = try NamespaceClassifier(workload.definitions)
    #expect(workload.definitions.count == 100)
    #expect(workload.run(classifier, rounds: 1) == workload.keys.count)
  }
}

@Suite struct ClassifierDifferentialTests {
  @Test(arguments: 0..<4) func `the classifier agrees with trying every pattern in order`(seed: UInt64) throws {
    var generator = SeededRandom(seed: 100 + seed)
    var found = 0
    for _ in 0..<60 {
      let definitions = randomDefinitions(using: &generator)
      let classifier = try NamespaceClassifier(definitions)
      let ordered = ordered(definitions)
      for _ in 0..<100 {
        let key = randomKey(using: &generator)
        let expected = ordered.lazy.compactMap { entry -> Classification? in
          let match = NaiveMatcher.match(entry.pattern, key)
          return match.matches ? Classification(namespace: entry.namespace, tenant: match.tenant) : nil
        }.first
        #expect(classifier.classification(of: key) == expected)
        #expect(classifier.index(of: key) == expected?.namespace)
        if expected != nil { found += 1 }
      }
    }
    #expect(found > 1000)
  }

  private func randomDefinitions(using generator: inout SeededRandom) -> [NamespaceDefinition] {
    (0..<Int.random(in: 1...12, using: &generator)).map { index in
      let patterns = (0..<Int.random(in: 0...4, using: &generator)).map { _ in randomPattern(using: &generator) }
      return NamespaceDefinition(name: "n\(index)", keys: patterns.filter { (try? KeyPattern($0)) != nil })
    }
  }

  private struct Entry {
    var pattern: String
    var namespace: Int
    /// Prefix length, all literals, minus wildcards, minus position: the greater the earlier.
    var rank: [Int]
  }

  private func ordered(_ definitions: [NamespaceDefinition]) -> [Entry] {
    var entries: [Entry] = []
    for (namespace, definition) in definitions.enumerated() {
      for pattern in definition.keys {
        entries.append(Entry(pattern: pattern, namespace: namespace, rank: rank(pattern) + [-entries.count]))
      }
    }
    return entries.sorted { $1.rank.lexicographicallyPrecedes($0.rank) }
  }

  /// Counts in the text, unlike the classifier, which counts compiled tokens.
  private func rank(_ pattern: String) -> [Int] {
    let bytes = Array(pattern.utf8)
    var (prefix, literals, wildcards) = (0, 0, 0)
    var position = 0
    while position < bytes.count {
      if let length = wildcardLength(bytes[position...]) {
        wildcards += 1
        position += length
      } else {
        literals += 1
        if wildcards == 0 { prefix += 1 }
        position += bytes[position] == UInt8(ascii: "\\") ? 2 : 1
      }
    }
    return [prefix, literals, -wildcards]
  }

  private func wildcardLength(_ rest: ArraySlice<UInt8>) -> Int? {
    switch rest.first {
    case UInt8(ascii: "*"): rest.prefix { $0 == UInt8(ascii: "*") }.count
    case UInt8(ascii: "?"): 1
    // The random classes hold no escape.
    case UInt8(ascii: "["): rest.firstIndex(of: UInt8(ascii: "]")).map { $0 - rest.startIndex + 1 }
    default: rest.starts(with: "{tenant}".utf8) ? 8 : nil
    }
  }
}
