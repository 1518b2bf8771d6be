import CacheModel
import Testing

@testable import Namespaces

/// A judge of two namespaces, the second with a time to live of 10 s, that began to watch an empty server.
private func judge(nothingRemoved: Bool = true) -> MissJudge {
  var judge = MissJudge(ttls: [nil, 10, nil], bytes: 1 << 20)
  judge.begin(at: 1, nothingRemoved: nothingRemoved)
  return judge
}

@Suite struct `The cause of a miss` {
  @Test(arguments: [
    (KeyEventKind.expired, MissCause.expired), (.evicted, .evicted), (.del, .invalidated), (.renamed, .invalidated),
    (.moved, .invalidated),
  ])
  func `it is what last removed the key, and stays so until the key is removed again`(
    kind: KeyEventKind, cause: MissCause
  ) {
    var judge = judge()
    #expect(judge.miss(7, namespace: 0, at: 100) == .cold)
    #expect(judge.miss(7, namespace: 0, at: 150) == .cold)
    judge.remove(7, kind, namespace: 0, at: 200)
    #expect(judge.miss(7, namespace: 0, at: 300) == cause)
    #expect(judge.miss(7, namespace: 0, at: 301) == cause)
  }

  @Test(
    arguments: [(UInt32(1099), MissCause.evicted), (1100, .expired), (9000, .expired)] as [(UInt32, MissCause)])
  func `an evicted key whose time to live would be over counts as expired`(time: UInt32, cause: MissCause) {
    var judge = judge()
    _ = judge.miss(7, namespace: 1, at: 100)
    judge.remove(7, .evicted, namespace: 1, at: 400)
    #expect(judge.miss(7, namespace: 1, at: time) == cause)
  }

  @Test func `a time to live that ends in a year is not over tomorrow, however long the process runs`() {
    var judge = judge()
    let day: UInt32 = 86_400 * 100
    for (key, days) in [(UInt64(7), UInt32(399)), (8, 239)] {
      judge.store(key, seconds: days * 86_400, namespace: 0, at: MissJudge.latest - day)
      #expect(judge.absent(key, at: MissJudge.latest) == 1)
      #expect(judge.miss(key, namespace: 0, at: MissJudge.latest) == .invalidated)
    }
    judge.store(9, seconds: 3 * 86_400, namespace: 0, at: MissJudge.latest - day)
    judge.shift(by: MissJudge.latest / 2)
    #expect(judge.absent(9, at: MissJudge.latest / 2 + day) == 1)
    judge.store(9, seconds: 3 * 86_400, namespace: 0, at: MissJudge.latest / 2 + day)
    #expect(judge.absent(9, at: MissJudge.latest / 2 + 5 * day) == 0)
    #expect(judge.miss(9, namespace: 0, at: MissJudge.latest / 2 + 5 * day) == .expired)
  }

  @Test func `a time to live is learned from expiries, the late ones notwithstanding`() {
    var judge = judge()
    #expect(judge.ttl(of: 0) == nil)
    for number in 0..<64 {
      let key = UInt64(100 + number)
      let start = UInt32(1000 + number)
      _ = judge.miss(key, namespace: 0, at: start)
      judge.remove(key, .expired, namespace: 0, at: start + 500 + UInt32(number) * 20)
    }
    #expect(judge.ttl(of: 0).map { (5.0...6.0).contains($0) } == true)
    #expect(judge.ttl(of: 1) == 10)
    _ = judge.miss(7, namespace: 0, at: 10_000)
    judge.remove(7, .evicted, namespace: 0, at: 10_100)
    #expect(judge.miss(7, namespace: 0, at: 10_800) == .expired)
  }

  /// A reader that is held up for 3 s hears both of keys that lived for 5 s: of some the miss too late, of others the expiry.
  @Test(arguments: [(true, false), (false, true)])
  func `what is heard late teaches no time to live`(isMissLate: Bool, isExpiryLate: Bool) {
    var judge = judge()
    for number in 0..<64 {
      let key = UInt64(100 + number)
      _ = judge.miss(key, namespace: 0, at: isMissLate ? 1300 : 1000, isLate: isMissLate)
      judge.remove(key, .expired, namespace: 0, at: isExpiryLate ? 1800 : 1500, isLate: isExpiryLate)
    }
    #expect(judge.ttl(of: 0) == nil)
    for number in 0..<64 {
      let key = UInt64(200 + number)
      _ = judge.miss(key, namespace: 0, at: 2000)
      judge.remove(key, .expired, namespace: 0, at: 2500)
      // Heard in time now, however late its miss before was heard.
      _ = judge.miss(UInt64(100 + number), namespace: 0, at: 2000)
      judge.remove(UInt64(100 + number), .expired, namespace: 0, at: 2500)
    }
    #expect(judge.ttl(of: 0) == 5)
  }

  @Test func `where all is heard late, the midst of many times teaches one`() {
    var judge = judge()
    for number in 0..<512 {
      let late = UInt32(number % 8) * 40
      _ = judge.miss(UInt64(100 + number), namespace: 0, at: 1000 + late, isLate: true)
      judge.remove(UInt64(100 + number), .expired, namespace: 0, at: 1660, isLate: true)
    }
    #expect(judge.ttl(of: 0).map { (4...5.5).contains($0) } == true)
  }

  @Test func `a time to live that commands say goes before one that is learned, and after one that is declared`() {
    var judge = judge()
    for number in 0..<64 {
      _ = judge.miss(UInt64(100 + number), namespace: 0, at: 1000)
      judge.remove(UInt64(100 + number), .expired, namespace: 0, at: 1500)
    }
    #expect(judge.ttl(of: 0) == 5)
    for number in 0..<64 {
      for namespace in [0, 1] { judge.stored(namespace: namespace, for: 550 + UInt32(number)) }
    }
    #expect(judge.ttl(of: 0).map { (5.7...5.9).contains($0) } == true)
    #expect(judge.ttl(of: 1) == 10)
  }

  @Test func `what happened before anyone watched is unknown, until it hardly matters`() {
    var judge = judge(nothingRemoved: false)
    #expect(judge.miss(7, namespace: 0, at: 100) == .unknown)
    #expect(judge.miss(8, namespace: 0, at: MissJudge.warmUp + 10) == .cold)
    judge.remove(9, .expired, namespace: 0, at: 50)
    #expect(judge.miss(9, namespace: 0, at: 60) == .expired)
  }

  @Test func `a removal that fell into a gap is unknown, unless the time to live tells`() {
    var judge = judge()
    for key in [UInt64(7), 8] { _ = judge.miss(key, namespace: Int(key) - 7, at: 100) }
    judge.resume(at: 300)
    #expect(judge.miss(7, namespace: 0, at: 2000) == .unknown)
    #expect(judge.miss(8, namespace: 1, at: 2000) == .expired)
  }

  @Test func `a key that is looked up and never stored is unknown no longer than keys never seen`() {
    var judge = judge(nothingRemoved: false)
    for second in stride(from: UInt32(1), to: 300, by: 10) {
      #expect(judge.miss(7, namespace: 0, at: second * 100) == .unknown)
    }
    for second in stride(from: UInt32(310), to: 400, by: 10) {
      #expect(judge.miss(7, namespace: 0, at: second * 100) == .cold)
    }
    // Just missed for the first time, it may be on its way to be stored.
    #expect(judge.miss(8, namespace: 0, at: MissJudge.warmUp - 5) == .unknown)
    #expect(judge.miss(8, namespace: 0, at: MissJudge.warmUp + 10) == .unknown)
    judge.isReplica = true
    #expect(judge.miss(9, namespace: 0, at: MissJudge.warmUp + 100) == .unknown)
    #expect(judge.miss(9, namespace: 0, at: MissJudge.warmUp + 1000) == .unknown)
    #expect(judge.miss(9, namespace: 0, at: MissJudge.warmUp + 2000) == .unknown)
  }

  @Test(arguments: [0, 1]) func `a gap changes nothing for a key that is not stored`(namespace: Int) {
    var judge = judge()
    for time in [UInt32(100), 1000, 2000] {
      #expect(judge.miss(7, namespace: namespace, at: time) == .cold)
    }
    for end in [UInt32(2100), 4100] {
      judge.resume(at: end)
      #expect(judge.miss(7, namespace: namespace, at: end + 1900) == .cold)
    }
    // Missed once before a gap, it was stored for all that is known; five minutes later it is cold if nobody did so again.
    #expect(judge.miss(8, namespace: 0, at: 6000) == .cold)
    judge.resume(at: 6100)
    for time in stride(from: UInt32(6200), to: 6100 + MissJudge.warmUp, by: 1000) {
      #expect(judge.miss(8, namespace: 0, at: time) == .unknown)
    }
    #expect(judge.miss(8, namespace: 0, at: 6200 + MissJudge.warmUp) == .cold)
  }

  @Test func `a key that a flush may have taken is not cold a moment later`() {
    var judge = judge()
    _ = judge.miss(7, database: 1, namespace: 0, at: 100)
    judge.flushes.take(Flushes(perhaps: [0, 1]), coldFrom: nil, at: 200)
    for time in stride(from: UInt32(300), to: 200 + MissJudge.warmUp, by: 500) {
      #expect(judge.miss(7, database: 1, namespace: 0, at: time) == .unknown)
    }
    #expect(judge.miss(7, database: 1, namespace: 0, at: 300 + MissJudge.warmUp) == .cold)
  }

  @Test func `an evicted key that was stored again unseen is not judged by when it was missed long before`() {
    var judge = judge()
    _ = judge.miss(7, namespace: 1, at: 100)
    judge.remove(7, .expired, namespace: 1, at: 1200)
    // Stored by somebody without a miss, evicted, and missed soon after.
    judge.remove(7, .evicted, namespace: 1, at: 5000)
    #expect(judge.miss(7, namespace: 1, at: 5100) == .evicted)
    judge.remove(7, .evicted, namespace: 1, at: 5200)
    #expect(judge.miss(7, namespace: 1, at: 6100) == .expired)
  }

  /// Half of the keys are read once and evicted after 3 s. The others are read for long, which begins their 10 s anew each time; that
  /// shows in how long they live, or else in the commands.
  @Test(arguments: [true, false])
  func `where reads begin the time to live anew, evicted keys are judged by when they became idle`(isSeen: Bool) {
    var judge = judge()
    for number in 0..<64 {
      let key = UInt64(100 + number)
      _ = judge.miss(key, namespace: 1, at: 1000)
      judge.remove(key, .evicted, namespace: 1, at: number.isMultiple(of: 2) ? 1300 : isSeen ? 1900 : 5000)
    }
    if isSeen { for _ in 0..<10 { judge.saw(namespace: 1, said: 20, missed: 2) } }
    for (key, miss, cause) in [(UInt64(7), UInt32(11_400), MissCause.evicted), (8, 11_600, .expired)] {
      _ = judge.miss(key, namespace: 1, at: 10_000)
      judge.remove(key, .evicted, namespace: 1, at: 10_800)
      #expect(judge.miss(key, namespace: 1, at: miss) == cause)
    }
  }

  /// The keys of ten seconds lie among a million that live for a day: the server comes to each after minutes, or a reader before.
  @Test(arguments: [true, false])
  func `expiries that are noticed late are not taken for times to live that reads begin anew`(knowsPace: Bool) {
    var judge = judge()
    if knowsPace {
      judge.pace = ExpiryPace(mortals: 1_000_000, stale: 0.001, found: 10, expired: 60)
    } else {
      judge.saw(namespace: 1, said: 60, missed: 62)
    }
    for number in 0..<200 {
      let key = UInt64(100 + number)
      _ = judge.miss(key, namespace: 1, at: 1000)
      let end = UInt32(2100 + number * 50)
      judge.remove(key, number.isMultiple(of: 8) ? .evicted : .expired, namespace: 1, at: end)
      _ = judge.miss(key, namespace: 1, at: end)
    }
    #expect(!judge.longerTTLs(of: 1).isEmpty)
    _ = judge.miss(7, namespace: 1, at: 20_000)
    judge.remove(7, .evicted, namespace: 1, at: 20_900)
    #expect(judge.miss(7, namespace: 1, at: 20_999) == .evicted)
    #expect(judge.miss(7, namespace: 1, at: 20_999) == .evicted)
    _ = judge.miss(8, namespace: 1, at: 20_000)
    judge.remove(8, .evicted, namespace: 1, at: 20_900)
    #expect(judge.miss(8, namespace: 1, at: 21_000) == .expired)
  }

  @Test func `an evicted key that was never missed is about as old as others are idle when they are evicted`() {
    var judge = judge()
    // Nobody knows how old it is; but where it was there when watching began, it is as old as that.
    judge.remove(5, .evicted, namespace: 1, at: 801)
    #expect(judge.miss(5, namespace: 1, at: 1000) == .evicted)
    judge.remove(4, .evicted, namespace: 1, at: 801)
    #expect(judge.miss(4, namespace: 1, at: 1001) == .expired)
    judge.remove(6, .evicted, namespace: 1, at: 2000)
    #expect(judge.miss(6, namespace: 1, at: 2499) == .evicted)
    for number in 0..<64 {
      _ = judge.miss(UInt64(100 + number), namespace: 0, at: 3000)
      judge.remove(UInt64(100 + number), .evicted, namespace: 0, at: 3100)
    }
    for (key, miss, cause) in [(UInt64(7), UInt32(4899), MissCause.evicted), (8, 4900, .expired)] {
      judge.remove(key, .evicted, namespace: 1, at: 4000)
      #expect(judge.miss(key, namespace: 1, at: miss) == cause)
    }
  }

  @Test func `a flush invalidates what was there`() {
    var judge = judge()
    _ = judge.miss(7, namespace: 0, at: 100)
    judge.flushes.take(Flushes(emptied: [0]), coldFrom: nil, at: 200)
    #expect(judge.miss(7, namespace: 0, at: 300) == .invalidated)
    #expect(judge.miss(8, namespace: 0, at: 300) == .cold)
  }
}
