import CacheModel
import Testing

@testable import Namespaces

@Suite struct CensusLedgerTests {
  private static func ledger() throws -> CensusLedger {
    CensusLedger(
      classifier: try NamespaceClassifier([
        NamespaceDefinition(name: "menu", keys: ["menu:*"]), NamespaceDefinition(name: "user", keys: ["user:*"]),
      ]))
  }

  private static let time = UnixTime(seconds: 100)

  @Test func `a whole walk tells keys and bytes of each namespace, and of none`() throws {
    var ledger = try Self.ledger()
    #expect(ledger.snapshot.namespaces == nil)
    ledger.began(keys: 4)
    ledger.add("menu:1", 100)
    ledger.add("menu:2", 50)
    ledger.add("user:1", 7)
    ledger.add("else", 1)
    ledger.finished(at: Self.time)
    let report = ledger.snapshot
    #expect(report.namespaces == [CensusCounts(keys: 2, memoryBytes: 150), CensusCounts(keys: 1, memoryBytes: 7)])
    #expect(report.other == CensusCounts(keys: 1, memoryBytes: 1))
    #expect(report.isWhole && report.walks == 1 && report.visited == 4 && report.progress == 1)
    #expect(report.time == Self.time)
  }

  @Test func `a part of the first walk is scaled up, and says so`() throws {
    var ledger = try Self.ledger()
    ledger.began(keys: 400)
    for number in 0..<40 { ledger.add("menu:\(number)", 10) }
    ledger.spent(seconds: 0.5, at: Self.time)
    let report = ledger.snapshot
    #expect(report.namespaces?.first == CensusCounts(keys: 400, memoryBytes: 4000))
    #expect(!report.isWhole && report.progress == 0.1 && report.time == Self.time && report.seconds == 0.5)
  }

  @Test func `a later walk changes nothing until it is whole`() throws {
    var ledger = try Self.ledger()
    ledger.began(keys: 80)
    ledger.add("menu:1", 10)
    ledger.finished(at: Self.time)
    ledger.began(keys: 100)
    for number in 0..<50 { ledger.add("user:\(number)", 1) }
    ledger.spent(seconds: 1, at: Self.time.adding(seconds: 60))
    let report = ledger.snapshot
    #expect(report.namespaces?.map(\.keys) == [1, 0])
    #expect(report.progress == 0.5 && report.isWhole && report.time == Self.time)
  }

  @Test(
    arguments: [
      (0, 0, false), (0, 1, true), (100, 150, false), (100, 151, true), (100, 67, false), (100, 66, true),
      (5, 0, true),
    ] as [(Int64, Int64, Bool)])
  func `a walk over another number of keys than there are now tells nothing of them`(
    before: Int64, now: Int64, isOutdated: Bool
  ) throws {
    var ledger = try Self.ledger()
    #expect(!ledger.isOutdated(keys: now))
    ledger.began(keys: before)
    for number in 0..<before { ledger.add("menu:\(number)", 10) }
    #expect(!ledger.isOutdated(keys: now))
    ledger.finished(at: Self.time)
    #expect(ledger.snapshot.isWhole && ledger.snapshot.namespaces?.first?.keys == before)
    #expect(ledger.isOutdated(keys: now) == isOutdated)
    ledger.began(keys: now)
    #expect(ledger.snapshot.isWhole != isOutdated)
    #expect((ledger.snapshot.namespaces == nil) == isOutdated)
    if now > 0 { ledger.add("menu:1", 10) }
    #expect(ledger.snapshot.namespaces?.first?.keys == (isOutdated ? now > 0 ? now : nil : before))
    ledger.finished(at: Self.time)
    #expect(ledger.snapshot.isWhole && !ledger.isOutdated(keys: now))
  }

  @Test func `memory that is not told is unknown, not zero`() throws {
    var ledger = try Self.ledger()
    ledger.began(keys: 2)
    ledger.add("menu:1", nil)
    ledger.add("user:1", 3)
    ledger.finished(at: Self.time)
    #expect(ledger.snapshot.namespaces?.map(\.memoryBytes) == [nil, 3])
  }

  @Test func `an interruption is counted by its cause, and over when it goes on`() throws {
    var ledger = try Self.ledger()
    ledger.began(keys: 2)
    ledger.failed(.timeout)
    #expect(ledger.snapshot.failure == .timeout && ledger.snapshot.failures == [.timeout: 1])
    ledger.recovered()
    #expect(ledger.snapshot.failure == nil && ledger.snapshot.failures == [.timeout: 1])
  }
}

extension CensusLedger {
  /// The same on text: a span is of something that stays.
  fileprivate mutating func add(_ key: String, _ memory: Int64?) {
    let bytes = Array(key.utf8)
    add(bytes.span, memory: memory)
  }
}
