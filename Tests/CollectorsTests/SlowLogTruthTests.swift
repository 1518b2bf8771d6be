import CacheModel
import Glibc
import RESP
import TestSupport
import Testing
import TimeSeries

@testable import Collectors

/// Every slow operation of a real server is seen once, or counted as lost.
@Suite(.enabled(if: isInstalled("redis-server"))) struct SlowLogTruthTests {
  /// An application and cachegauge at one server, and what came of it.
  private final class Watch {
    let server: RedisServer
    var application: RawRedis
    var monitor: RawRedis
    var collection = RedisCollection()
    var second = Int64(time(nil))
    var seen: [String] = []
    var lost: Int64 = 0
    /// Pipelines that the last poll took.
    var pipelines = 0

    /// A threshold of 0 logs every command of both connections.
    init(threshold: Int = 0, capacity: Int = 10_000) throws {
      server = try RedisServer("--slowlog-log-slower-than", "\(threshold)", "--slowlog-max-len", "\(capacity)")
      application = try server.connect()
      monitor = try server.connect()
      try monitor.call("CLIENT", "SETNAME", "cachegauge")
    }

    func restart() throws {
      server.kill()
      // While it is down, a connection of another test may have taken its port for a moment.
      if (try? server.restart()) == nil { try server.restart() }
      application = try server.connect()
      monitor = try server.connect()
      try monitor.call("CLIENT", "SETNAME", "cachegauge")
    }

    @discardableResult
    func poll() throws -> CollectedPoll {
      second = max(second + 1, Int64(time(nil)))
      let (collected, said) = try collection.transcribedPoll(monitor, at: second)
      pipelines = said.pipelines.count
      seen += collected.slowOperations.filter { $0.command == "echo" }.map { $0.arguments[1] }
      lost += collected.slowOperationsLost
      return collected
    }

    /// A poll that is given up after its first pipeline; answers what it wanted to send then.
    func abandonedPoll() throws -> [String] {
      second = max(second + 1, Int64(time(nil)))
      let tick = UnixTime(seconds: second)
      let words = collection.begin(at: tick).map { $0.arguments.map { String(decoding: $0, as: UTF8.self) } }
      defer { collection.abandon() }
      guard case .more(let further) = collection.receive(try monitor.pipeline(words), at: tick) else { return [] }
      return further.map(\.text)
    }

    /// Forgets what the first polls brought.
    func begin() throws {
      try poll()
      try poll()
      (seen, lost) = ([], 0)
    }

    /// Sends so many commands that tell themselves apart, and answers their texts.
    func work(_ range: Range<Int>) throws -> [String] {
      let words = range.map { "operation-\($0)" }
      try application.pipeline(words.map { ["ECHO", $0] })
      return words
    }

    /// As ``work(_:)``, with a threshold of 0 only meanwhile: logs one entry more, its own CONFIG SET.
    func loggedWork(_ range: Range<Int>) throws -> [String] {
      try application.call("CONFIG", "SET", "slowlog-log-slower-than", "0")
      let words = try work(range)
      try application.call("CONFIG", "SET", "slowlog-log-slower-than", "1000000")
      return words
    }
  }

  @Test func `every operation is seen exactly once and in order over many polls`() throws {
    let watch = try Watch()
    try watch.begin()
    var done: [String] = []
    for round in 0..<70 {
      let count = [0, 1, 3, 7, 8, 9, 40][round % 7]
      done += try watch.work(done.count..<(done.count + count))
      try watch.poll()
    }
    #expect(watch.seen == done)
    #expect(done.count == 680)
    #expect(watch.lost == 0)
  }

  @Test func `own entries are left out although the server logs them, another's are not`() throws {
    let watch = try Watch()
    try watch.begin()
    for _ in 0..<5 {
      #expect(try watch.poll().slowOperations.isEmpty)
    }
    try watch.application.call("INFO", "server")
    try watch.application.call("SLOWLOG", "LEN")
    #expect(try watch.poll().slowOperations.map(\.command) == ["info", "slowlog|len"])
  }

  @Test func `an entry carries number, duration, time and arguments as the server has them`() throws {
    let watch = try Watch(threshold: 1_000_000)
    try watch.begin()
    try watch.application.call("CONFIG", "SET", "slowlog-log-slower-than", "2000")
    try watch.application.call("EVAL", "for i = 1, 1000000 do local x = i * i end", "1", "key")
    // On a busy machine anything may take long; from here on nothing is slow.
    try watch.application.call("CONFIG", "SET", "slowlog-log-slower-than", "1000000000")
    let collected = try watch.poll()
    let entry = try #require(try watch.application.call("SLOWLOG", "GET", "1").array?.first?.array)
    let operation = try #require(collected.slowOperations.first)
    #expect(collected.slowOperations.count == 1)
    #expect(operation.id == entry[0].integer)
    #expect(operation.time == entry[1].integer.map { UnixTime(seconds: $0) })
    #expect(operation.microseconds == entry[2].integer)
    #expect(operation.microseconds > 2000)
    #expect(operation.command == "eval")
    #expect(operation.arguments == entry[3].array?.compactMap(\.string))
    #expect(collected["redis_slowlog_last_id"]?.mantissa == operation.id)
    #expect(collected["redis_slowlog_length"] == FixedPoint(1))
    let duration = FixedPoint(operation.microseconds, digits: 6)
    #expect(collected["redis_last_slow_execution_duration_seconds"] == duration)
  }

  @Test func `a reset repeats nothing, and loses only what no poll had read`() throws {
    let watch = try Watch(threshold: 1_000_000)
    try watch.begin()
    var done = try watch.loggedWork(0..<20)
    try watch.poll()
    try watch.application.call("SLOWLOG", "RESET")
    done += try watch.loggedWork(20..<25)
    try watch.poll()
    try watch.application.call("SLOWLOG", "RESET")
    #expect(try watch.poll()["redis_slowlog_length"] == FixedPoint(0))
    done += try watch.loggedWork(25..<27)
    try watch.poll()
    #expect(watch.seen == done)
    #expect(watch.lost == 0)
    _ = try watch.loggedWork(100..<103)
    try watch.application.call("SLOWLOG", "RESET")
    done += try watch.loggedWork(27..<29)
    try watch.poll()
    #expect(watch.seen == done)
    #expect(watch.lost == 4)
  }

  @Test(arguments: [0, 1, 6, 7, 8, 9, 64, 126, 127, 128, 129, 300, 1000], [false, true])
  func `of more entries than the log holds, exactly the dropped ones are lost`(count: Int, isEmpty: Bool) throws {
    let watch = try Watch(threshold: 1_000_000, capacity: 128)
    if !isEmpty { _ = try watch.loggedWork(0..<10) }
    try watch.begin()
    let done = try watch.loggedWork(100..<(100 + count))
    let collected = try watch.poll()
    let logged = count + 1
    #expect(watch.seen == Array(done.suffix(128)))
    // A log that is empty since nothing was ever logged begins at 0.
    #expect(watch.lost == max(0, Int64(logged) - 128))
    #expect(
      collected["redis_slowlog_length"] == FixedPoint(Int64(isEmpty ? min(logged, 128) : min(logged + 11, 128))))
    #expect(watch.pipelines == (logged > 8 ? 2 : 1))
    try watch.poll()
    #expect(watch.seen.count == min(count, 128))
    #expect(watch.pipelines == 1)
  }

  @Test func `more entries than one reply may bring are lost, too, and counted`() throws {
    let watch = try Watch(threshold: 1_000_000, capacity: 5000)
    _ = try watch.loggedWork(0..<10)
    try watch.begin()
    let done = try watch.loggedWork(100..<3100)
    try watch.poll()
    #expect(watch.seen == Array(done.suffix(2048)))
    #expect(watch.lost == 3001 - 2048)
  }

  @Test func `what was logged before the first poll is nobody's`() throws {
    let watch = try Watch(threshold: 1_000_000)
    _ = try watch.loggedWork(0..<50)
    let collected = try watch.poll()
    #expect(collected.slowOperations.isEmpty)
    #expect(collected.slowOperationsLost == 0)
    #expect(collected["redis_slowlog_length"] == FixedPoint(51))
    let done = try watch.loggedWork(50..<60)
    try watch.poll()
    #expect(watch.seen == done)
  }

  @Test(arguments: [3, 20, 60]) func `a restarted server's log is read from its beginning`(count: Int) throws {
    let watch = try Watch()
    try watch.poll()
    watch.seen = []
    var done = try watch.work(0..<30)
    try watch.poll()
    try watch.restart()
    done += try watch.work(30..<(30 + count))
    #expect(try watch.poll().serverChanged)
    done += try watch.work(100..<103)
    #expect(try !watch.poll().serverChanged)
    #expect(watch.seen == done)
    #expect(watch.lost == 0)
  }

  @Test func `a poll that is abandoned before it asks for more loses nothing`() throws {
    let watch = try Watch(threshold: 1_000_000)
    _ = try watch.loggedWork(0..<2)
    try watch.begin()
    var done = try watch.loggedWork(10..<40)
    #expect(try watch.abandonedPoll() == ["SLOWLOG LEN", "SLOWLOG GET 95"])
    done += try watch.loggedWork(40..<43)
    try watch.poll()
    #expect(watch.seen == done)
    #expect(watch.lost == 0)
  }

  @Test func `a poll that is abandoned after it read the log loses nothing`() throws {
    let watch = try Watch(threshold: 1_000_000)
    try watch.begin()
    try watch.restart()
    var done = try watch.loggedWork(0..<5)
    // Another process: the slow tier is asked for after the log was read.
    #expect(try watch.abandonedPoll().contains("INFO latencystats"))
    done += try watch.loggedWork(5..<8)
    #expect(try watch.poll().serverChanged)
    #expect(watch.seen == done)
    #expect(watch.lost == 0)
  }
}
