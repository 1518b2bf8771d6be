import Testing

@testable import CacheClients

@Suite struct `How long events lay unread` {
  @Test func `it is no longer than since the socket was last empty`() {
    var delay = ReadDelay()
    delay.ask(at: 1000)
    #expect(delay.take(100_000, at: 1005) == 0)
    delay.end()
    delay.ask(at: 1025)
    #expect(delay.take(100_000, at: 1030) == 25)
    #expect(delay.take(10, at: 1040) == 35)
    delay.end()
    #expect(delay.take(10, at: 1045) == 5)
  }

  @Test(arguments: [(500, 3000, Int64(2500)), (3000, 3005, 2505), (510, 540, 40)] as [(Int64, Int64, Int64)])
  func `a process that was held up before or while it read finds out late`(asked: Int64, read: Int64, waited: Int64)
  {
    var delay = ReadDelay()
    delay.ask(at: 480)
    _ = delay.take(200_000, at: 500)
    delay.end()
    delay.ask(at: asked)
    #expect(delay.take(200_000, at: read) == waited)
  }

  @Test func `what comes after a silence is read at once`() {
    var delay = ReadDelay()
    delay.ask(at: 0)
    _ = delay.take(100, at: 0)
    delay.end()
    delay.ask(at: 20)
    #expect(delay.take(100, at: 60_000) == 0)
    delay.end()
    delay.ask(at: 60_020)
    #expect(delay.take(100, at: 60_030) == 30)
  }
}
