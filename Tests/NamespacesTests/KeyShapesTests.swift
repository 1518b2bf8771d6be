import CacheModel
import Randomness
import Testing

@testable import Namespaces

private func found(_ keys: [String]) -> [String: String] {
  var shapes = KeyShapes()
  for key in keys { shapes.add(Array(key.utf8).span) }
  return Dictionary(uniqueKeysWithValues: shapes.found.map { ($0.name, $0.pattern) })
}

@Suite struct `Finding namespaces in keys` {
  @Test func `what names something stays, and what tells keys apart becomes a wildcard`() {
    let keys = (0..<200).flatMap { id in
      [
        "menu:\(id)", "perm:user:\(id):roles", "perm:user:\(id):flags", "session-\(id * 7919)",
        "shop/v2/item/\(id).json",
        "cart:customer-\(id)", "user:name\(["anna", "bob", "carla"][id % 3])-\(id):profile",
      ]
    }
    #expect(
      found(keys) == [
        "menu": "menu:*", "perm_user_roles": "perm:user:*:roles", "perm_user_flags": "perm:user:*:flags",
        "session": "session-*", "shop_v2_item_json": "shop/v2/item/*.json", "cart": "cart:*",
        "user_profile": "user:*:profile",
      ])
  }

  @Test func `identifiers of whatever kind, also first, name nothing`() {
    var random = SeededRandom(seed: 1)
    let keys = (0..<300).flatMap { _ in
      let hex = String(random.next(), radix: 16)
      return ["\(random.next() % 1000):profile", "token:\(hex)", "page:\(hex)-\(hex)", "user:\(hex)@example.com"]
    }
    #expect(
      Set(found(keys).values) == ["*:profile", "token:*", "page:*", "user:*.com"])
  }

  @Test func `the order of keys changes nothing, and all patterns can be used`() throws {
    var random = SeededRandom(seed: 2)
    var keys = (0..<500).flatMap {
      ["a*:\($0)", "b:{x}:\($0)", "c?\($0)", "dd\($0):x", "é:\($0)", "\\:\($0)", "other:\($0)"]
    }
    let first = found(keys)
    keys.shuffle(using: &random)
    #expect(found(keys) == first)
    let definitions = first.map { NamespaceDefinition(name: $0.key, keys: [$0.value]) }
    let classifier = try NamespaceClassifier(definitions)
    let missed = keys.filter { classifier.classify(Array($0.utf8).span) == nil }
    #expect(missed.prefix(5) == [], "\(first)")
  }

  @Test func `namespaces are few, the largest first, and rare keys are left out`() {
    var shapes = KeyShapes()
    for part in 0..<60 {
      for id in 0..<(part + 3) * 4 {
        let name = String(UnicodeScalar(UInt8(97 + part % 26))) + String(UnicodeScalar(UInt8(97 + part / 26)))
        shapes.add(Array("\(name):\(id)".utf8).span)
      }
    }
    shapes.add(Array("once".utf8).span)
    #expect(shapes.found.count == KeyShapes.maximumFound)
    #expect(shapes.found.map(\.share) == shapes.found.map(\.share).sorted(by: >))
    #expect(KeyShapes().found.isEmpty)
  }

  /// A pattern is text, which such bytes can't be a part of.
  @Test func `bytes that are not UTF-8 name nothing`() {
    var shapes = KeyShapes()
    let latin: [UInt8] = [0x63, 0x61, 0x66, 0xE9]
    for id in 0..<200 {
      shapes.add(Array("menu:\(id)".utf8).span)
      for end in [":\(id)", "\(id)", "-\(id)"] { shapes.add((latin + Array(end.utf8)).span) }
    }
    #expect(shapes.found.map(\.pattern) == ["menu:*"])
  }

  @Test func `any bytes are taken`() {
    var random = SeededRandom(seed: 3)
    var shapes = KeyShapes()
    for _ in 0..<5000 {
      let bytes = (0..<Int(random.next() % 12)).map { _ in UInt8(truncatingIfNeeded: random.next()) }
      shapes.add(bytes.span)
    }
    for one in shapes.found { #expect(throws: Never.self) { try KeyPattern(one.pattern) } }
  }
}
