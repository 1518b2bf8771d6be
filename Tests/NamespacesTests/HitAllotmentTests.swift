import Testing

@testable import Namespaces

@Suite struct `Telling hits as they come` {
  @Test func `parts sum to what there was, none is negative, and what was told too many is left out later`() {
    var allotment = HitAllotment(namespaces: 3)
    let minute = [600.0, 300, 100]
    allotment.add(50, to: 0)
    let first = allotment.parts(of: 10, due: 1, minute: minute)
    #expect(abs(first.reduce(0, +) - 10) < 1e-9)
    #expect(first == [10, 0, 0])
    // The others were told less than their share of what there was, so they come first now.
    allotment.add(5, to: 1)
    allotment.add(5, to: 2)
    let second = allotment.parts(of: 10, due: 1, minute: minute)
    #expect(abs(second.reduce(0, +) - 10) < 1e-9)
    #expect(second.allSatisfy { $0 >= 0 })
  }

  @Test func `without accounts they are spread as the minute's are`() {
    var allotment = HitAllotment(namespaces: 2)
    #expect(allotment.parts(of: 100, due: 0.3, minute: [30, 10]) == [75, 25])
    allotment.add(1000, to: 1)
    #expect(allotment.byMinute(100, [30, 10]) == [75, 25])
    #expect(allotment.parts(of: 100, due: 0.3, minute: [30, 10]) == [75, 25])
  }

  @Test func `over time each namespace is told what was put to its account, however unevenly that came`() {
    var allotment = HitAllotment(namespaces: 2)
    var told = [0.0, 0]
    for second in 0..<1000 {
      // All of ten seconds at once.
      if second % 10 == 0 { allotment.add(300, to: 0) }
      allotment.add(70, to: 1)
      let parts = allotment.parts(of: 100, due: 0.3, minute: [1800, 4200])
      for index in told.indices { told[index] += parts[index] }
    }
    #expect(abs(told[0] / 100_000 - 0.3) < 0.01)
  }
}
