import Testing

@testable import Daemon
@testable import Namespaces

@Suite struct `Looks at keys` {
  private func found(_ shares: KeyValuePairs<String, Double>) -> [KeyShapes.Found] {
    shares.map { KeyShapes.Found(name: $0, pattern: "\($0):*", share: $1) }
  }

  private func names(_ found: [KeyShapes.Found]?) -> [String]? { found.map { $0.map(\.name) } }

  @Test func `agree when they find the same patterns, whichever has more keys`() {
    var agreement = LookAgreement()
    #expect(agreement.take(found(["menu": 0.51, "search": 0.49])) == nil)
    #expect(names(agreement.take(found(["search": 0.5, "menu": 0.48]))) == ["search", "menu"])
  }

  @Test func `that find nothing agree on nothing`() {
    var agreement = LookAgreement()
    for _ in 0..<10 { #expect(agreement.take([]) == nil) }
  }

  @Test func `agree at the third on what nearly all keys are of, where small ones come and go`() {
    var agreement = LookAgreement()
    #expect(agreement.take(found(["menu": 0.6, "search": 0.3, "a": 0.01])) == nil)
    #expect(agreement.take(found(["menu": 0.6, "search": 0.3, "b": 0.01])) == nil)
    #expect(names(agreement.take(found(["menu": 0.6, "search": 0.3, "c": 0.01]))) == ["menu", "search"])
  }

  @Test func `wait for what is large, but not for ever`() {
    var agreement = LookAgreement()
    #expect(agreement.take(found(["menu": 0.6, "a": 0.4])) == nil)
    for name in ["b", "c", "d", "e"] { #expect(agreement.take(found(["menu": 0.6, name: 0.4])) == nil) }
    #expect(names(agreement.take(found(["menu": 0.6, "f": 0.4]))) == ["menu"])
  }

  @Test func `that agree on little agree on nothing, however many they are`() {
    var agreement = LookAgreement()
    for number in 0..<50 { #expect(agreement.take(found(["menu": 0.2, "\(number)": 0.7])) == nil) }
  }
}
