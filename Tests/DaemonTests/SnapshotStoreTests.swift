import CacheModel
import Testing

@testable import Daemon

private func snapshot(_ name: String, polls: Int64 = 0) -> TargetSnapshot {
  var snapshot = TargetSnapshot(
    target: Target(name: name, isNamed: true, kind: .redis, address: "h"), time: UnixTime(seconds: 0), interval: 1,
    namespaces: [])
  snapshot.polls = polls
  return snapshot
}

@Test func `a target that is gone is published no more, but its history is known until it is forgotten`() {
  let store = SnapshotStore(targets: ["a", "b", "c"].map { snapshot($0) })
  store.remove("a")
  store.publish(snapshot("a", polls: 9))
  store.publish(snapshot("c", polls: 5))
  #expect(store.current.targets.map(\.target.name) == ["b", "c"])
  #expect(store["a"] == nil)
  #expect(store["c"]?.polls == 5)
  #expect(store["b"]?.polls == 0)
  #expect(store.withHistory.map(\.name) == ["b", "c", "a"])
  store.add(snapshot("a", polls: 1))
  #expect(store.withHistory.map(\.name) == ["b", "c", "a"])
  #expect(store["a"]?.polls == 1)
  store.remove("b")
  store.forget("b")
  #expect(store.withHistory.map(\.name) == ["c", "a"])
}

@Test func `each change is a new generation, so that pages are rendered anew`() {
  let store = SnapshotStore(targets: [snapshot("a")])
  var seen = [store.current.generation]
  store.add(snapshot("b"))
  seen.append(store.current.generation)
  store.publish(snapshot("b", polls: 1))
  seen.append(store.current.generation)
  store.remove("a")
  seen.append(store.current.generation)
  #expect(Set(seen).count == 4)
}
