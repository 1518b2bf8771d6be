import CacheModel
import Testing

@testable import Daemon

@Suite struct `When commands are sampled` {
  @Test(arguments: [0.001, 0.01, 0.2, 3], [false, true])
  func `MONITOR is never on for more than its share`(seconds: Double, isFull: Bool) {
    let schedule = SampleSchedule(share: 0.02)
    for random in [0, 0.5, 1] {
      let pause = schedule.pause(after: seconds, isFull: isFull, random: random)
      #expect(seconds / (seconds + pause) <= 0.02 + 1e-9)
    }
  }

  @Test func `bursts that are full before their time are made half as often`() {
    let schedule = SampleSchedule(share: 0.05)
    let usual = schedule.pause(after: 0.004, random: 0.5)
    #expect(abs(usual - 0.496) < 1e-9)
    #expect(abs(schedule.pause(after: 0.004, isFull: true, random: 0.5) - 0.996) < 1e-9)
  }

  @Test func `none is made where nothing is heard, or where its buffer would take memory that others need`() {
    let schedule = SampleSchedule(share: 0.02)
    var snapshot = TargetSnapshot(
      target: Target(name: "a", isNamed: true, kind: .redis, address: "a"), time: UnixTime(milliseconds: 0),
      interval: 1, namespaces: [])
    (snapshot.isUp, snapshot.observation) = (true, ObservationReport())
    #expect(schedule.obstacle(snapshot, input: nil) == .noEvents)
    snapshot.observation?.isHolding = true
    #expect(schedule.obstacle(snapshot, input: nil) == nil)
    #expect(schedule.obstacle(snapshot, input: 1e9) == .busy)
    snapshot.facts.maximumMemory = 1_000_000
    snapshot.facts.usedMemory = 999_990
    #expect(schedule.obstacle(snapshot, input: 1e6) == .memory)
    snapshot.isUp = false
    #expect(schedule.obstacle(snapshot, input: nil) == .failed)
  }
}
