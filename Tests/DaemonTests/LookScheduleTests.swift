import Testing

@testable import Daemon

@Suite struct `Looks for namespaces` {
  @Test
  func `there are none while there are too few keys, and one as soon as there are enough, however long that took`()
  {
    var schedule = LookSchedule()
    for second in 0..<10_000 {
      let isDue = schedule.isDue(keys: 49, at: Double(second))
      #expect(!isDue)
    }
    #expect(looks(&schedule, keys: 50, from: 10_000, to: 10_010) == [10_000, 10_002, 10_006])
  }

  @Test func `they become rare, until the keys are twice as many`() {
    var schedule = LookSchedule()
    let first = looks(&schedule, keys: 100, from: 0, to: 2000)
    #expect(first.count == 13)
    #expect(first.suffix(2) == [1410, 1710])
    #expect(looks(&schedule, keys: 199, from: 2000, to: 2009).isEmpty)
    #expect(looks(&schedule, keys: 200, from: 2009, to: 2012) == [2009, 2011])
  }

  @Test func `they go on where the server says that it has as many keys as there are integers`() {
    var schedule = LookSchedule()
    #expect(looks(&schedule, keys: .max, from: 0, to: 10) == [0, 2, 6])
    #expect(looks(&schedule, keys: .max / 2, from: 10, to: 20) == [14])
    #expect(looks(&schedule, keys: .max, from: 20, to: 23) == [20, 22])
  }

  @Test func `where the server does not say how many keys it has they come after ever longer pauses`() {
    var schedule = LookSchedule()
    #expect(looks(&schedule, keys: nil, from: 0, to: 40) == [0, 2, 6, 14, 30])
  }

  /// The seconds at which a look is due.
  private func looks(_ schedule: inout LookSchedule, keys: Int64?, from: Int, to: Int) -> [Int] {
    var found: [Int] = []
    for second in from..<to where schedule.isDue(keys: keys, at: Double(second)) { found.append(second) }
    return found
  }
}
