import CacheModel
import Testing

@testable import Daemon

@Test func `ticks are whole multiples of the interval, after now`() {
  var schedule = TickSchedule(intervalMilliseconds: 1000)
  #expect(schedule.next(after: UnixTime(milliseconds: 1_700_000_000_123)).milliseconds == 1_700_000_001_000)
  #expect(schedule.next(after: UnixTime(milliseconds: 1_700_000_001_000)).milliseconds == 1_700_000_002_000)
}

@Test func `a poll that overruns skips the ticks it missed`() {
  var schedule = TickSchedule(intervalMilliseconds: 1000)
  _ = schedule.next(after: UnixTime(milliseconds: 0))
  #expect(schedule.next(after: UnixTime(milliseconds: 4500)).milliseconds == 5000)
  #expect(schedule.missed == 3)
  _ = schedule.next(after: UnixTime(milliseconds: 5100))
  #expect(schedule.missed == 0)
}

@Test func `a clock that is set back leaves ticks in order, at the same pace`() {
  var schedule = TickSchedule(intervalMilliseconds: 1000)
  let tick = schedule.next(after: UnixTime(milliseconds: 10_000_500))
  let next = schedule.next(after: UnixTime(milliseconds: 5_000_500))
  #expect(next.milliseconds == tick.milliseconds + 1000)
  #expect(schedule.wait(at: UnixTime(milliseconds: 5_000_500), for: next) == 1000)
}

@Test func `a tick that is due is not waited for`() {
  let schedule = TickSchedule(intervalMilliseconds: 1000)
  #expect(schedule.wait(at: UnixTime(milliseconds: 2100), for: UnixTime(milliseconds: 2000)) == 0)
  #expect(schedule.wait(at: UnixTime(milliseconds: 1400), for: UnixTime(milliseconds: 2000)) == 600)
}

@Test func `a poll that begins late in its interval may be as long as any other`() {
  var schedule = TickSchedule(intervalMilliseconds: 1000, offset: 700)
  let tick = schedule.next(after: UnixTime(milliseconds: 10_100))
  #expect(tick.milliseconds == 10_000)
  #expect(schedule.wait(at: UnixTime(milliseconds: 10_100), for: tick) == 600)
  // It took 900 ms, beyond the tick of the next one.
  let next = schedule.next(after: UnixTime(milliseconds: 11_600))
  #expect(next.milliseconds == 11_000)
  #expect(schedule.wait(at: UnixTime(milliseconds: 11_600), for: next) == 100)
  // This one took 1200 ms.
  #expect(schedule.next(after: UnixTime(milliseconds: 12_900)).milliseconds == 13_000)
  #expect(schedule.missed == 1)
}
