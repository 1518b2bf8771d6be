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
    ledger.began(keys: 1)
    ledger.add("menu:1", 10)
    ledger.finished(at: Self.time)
    ledger.began(keys: 100)
    for number in 0..<50 { ledger.add("user:\(number)", 1) }
    ledger.spent(seconds: 1, at: Self.time.adding(seconds: 60))
    let report = ledger.snapshot
    #expect(report.namespaces?.map(\.keys) == [1, 0])
    #expect(report.progress == 0.5 && report.isWhole && report.time == Self.time)
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
