import CacheModel
import Testing

@testable import Health

struct LatchTests {
  private let delays = Latch.Delays(raise: 15, clear: 60, unknown: 300)
  private let raised = Verdict.raised(Finding(severity: .warning, message: "m", advice: "a", evidence: []))
  private let holding = Verdict.holding(Finding(severity: .warning, message: "h", advice: "a", evidence: []))

  private func run(_ latch: inout Latch, _ verdict: Verdict, _ seconds: ClosedRange<Int64>) {
    for second in seconds { latch.update(verdict, at: UnixTime(seconds: second), delays) }
  }

  @Test func `a condition raises only when it has lasted`() {
    var latch = Latch()
    run(&latch, raised, 100...114)
    #expect(!latch.isActive)
    run(&latch, raised, 115...115)
    #expect(latch.since == UnixTime(seconds: 115))
  }

  @Test func `an interruption starts the delay anew`() {
    for interruption in [holding, .clear, .unknown] {
      var latch = Latch()
      run(&latch, raised, 100...114)
      run(&latch, interruption, 115...115)
      run(&latch, raised, 116...130)
      #expect(!latch.isActive)
      run(&latch, raised, 131...131)
      #expect(latch.isActive)
    }
  }

  @Test func `a warning keeps its time until the condition has been gone for long enough`() {
    var latch = Latch()
    run(&latch, raised, 0...15)
    run(&latch, .clear, 16...75)
    run(&latch, raised, 76...76)
    run(&latch, .clear, 77...136)
    #expect(latch.since == UnixTime(seconds: 15))
    run(&latch, .clear, 137...137)
    #expect(!latch.isActive)
  }

  @Test func `between the thresholds a warning stays and none is raised`() {
    var latch = Latch()
    run(&latch, holding, 0...100)
    #expect(!latch.isActive)
    run(&latch, raised, 101...116)
    run(&latch, holding, 117...9999)
    #expect(latch.since == UnixTime(seconds: 116))
    #expect(latch.warning(.memoryNearLimit)?.message == "h")
  }

  @Test func `without evidence a warning is held, then withdrawn`() {
    var latch = Latch()
    run(&latch, raised, 0...15)
    run(&latch, .unknown, 16...315)
    #expect(latch.isActive)
    run(&latch, .unknown, 316...316)
    #expect(!latch.isActive)
  }

  @Test func `words are made again when the severity changes, else at most every five seconds`() {
    var latch = Latch()
    var made = 0
    func verdict(_ severity: Severity) -> Verdict {
      .raised(severity) {
        made += 1
        return Finding(severity: severity, message: "\(made)", advice: "", evidence: [])
      }
    }
    for second in Int64(0)...25 { latch.update(verdict(.warning), at: UnixTime(seconds: second), delays) }
    #expect(made == 3)
    latch.update(verdict(.critical), at: UnixTime(seconds: 26), delays)
    #expect(latch.warning(.memoryNearLimit)?.severity == .critical)
    #expect(latch.since == UnixTime(seconds: 15))
  }

  @Test func `a clock that steps back moves the beginning back and clears nothing`() {
    var latch = Latch()
    run(&latch, raised, 1000...1015)
    run(&latch, .clear, 1016...1070)
    run(&latch, .clear, 500...550)
    #expect(latch.isActive)
    #expect(latch.since == UnixTime(seconds: 500))
  }
}
