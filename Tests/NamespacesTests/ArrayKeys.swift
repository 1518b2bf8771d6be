import Namespaces

/// The same calls on arrays: the test macros can't take a span.
extension KeyPattern {
  func takes(_ key: [UInt8]) -> Bool { matches(key.span) }

  func tenantRange(in key: [UInt8]) -> Range<Int>? { tenant(in: key.span) }
}

extension NamespaceClassifier {
  func index(of key: [UInt8]) -> Int? { classify(key.span) }

  func classification(of key: [UInt8]) -> Classification? { classifyTenant(key.span) }
}
