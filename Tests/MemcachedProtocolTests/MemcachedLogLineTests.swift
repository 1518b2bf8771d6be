import Randomness
import Testing

@testable import MemcachedProtocol

private func parse(_ line: String) -> (line: MemcachedLogLine, key: String)? {
  var keys = Array("before".utf8)
  guard let parsed = MemcachedLogLine.parse(Array(line.utf8).span, keys: &keys) else {
    #expect(keys == Array("before".utf8), "a line that is none leaves no bytes behind")
    return nil
  }
  return (parsed, String(decoding: keys[parsed.key], as: UTF8.self))
}

private let lookup =
  "ts=1700000000.52 gid=17 type=item_get key=menu%3A1 status=not_found clsid=0 cfd=31 size=0"
private let store =
  "ts=1700000000.999999 gid=18 type=item_store key=menu%3A1 status=stored cmd=set ttl=60 clsid=2 cfd=31 size=120"
private let eviction =
  "ts=1700000001.1000 gid=19 type=eviction key=a%25b fetch=no ttl=-1 la=3 clsid=2 size=120"

@Suite struct `A line of Memcached's log` {
  @Test func `tells a lookup, when it was, on which connection, and its key as it is`() throws {
    let (line, key) = try #require(parse(lookup))
    #expect(line.kind == .lookup(.absent))
    #expect(line.number == 17)
    // Microseconds without the zeros before them: 0.000052 s.
    #expect(line.milliseconds == 1_700_000_000_000)
    #expect(line.connection == 31)
    #expect(key == "menu:1")
  }

  @Test func `tells a store with its time to live`() throws {
    let (line, key) = try #require(parse(store))
    #expect(line.kind == .store(.stored, seconds: 60))
    #expect(line.milliseconds == 1_700_000_000_999)
    #expect(key == "menu:1")
  }

  @Test func `tells an eviction, which no connection made`() throws {
    let (line, key) = try #require(parse(eviction))
    #expect(line.kind == .eviction)
    #expect(line.milliseconds == 1_700_000_001_001)
    #expect(line.connection == -1)
    #expect(key == "a%b")
  }

  @Test func `tells how many lines were left out`() throws {
    #expect(try #require(parse("skipped=812")).line.kind == .skipped(812))
  }

  @Test(arguments: [
    ("not_stored", MemcachedLogLine.Store.refused), ("exists", .refused), ("not_found", .refused),
    ("too_large", .unstorable), ("no_memory", .unstorable), ("stored", .stored),
  ])
  func `tells how a store ended`(_ status: String, _ outcome: MemcachedLogLine.Store) throws {
    let text = store.replacing("status=stored", with: "status=\(status)")
    #expect(try #require(parse(text)).line.kind == .store(outcome, seconds: 60))
  }

  @Test(arguments: [
    ("found", MemcachedLogLine.Lookup.found), ("not_found", .absent), ("flushed", .flushed), ("expired", .expired),
  ])
  func `tells how a lookup ended`(_ status: String, _ outcome: MemcachedLogLine.Lookup) throws {
    let text = lookup.replacing("not_found", with: status)
    #expect(try #require(parse(text)).line.kind == .lookup(outcome))
  }

  @Test func `tells a time to live that is over already as one beyond 2³¹`() throws {
    let text = store.replacing("ttl=60", with: "ttl=4294967295")
    #expect(try #require(parse(text)).line.kind == .store(.stored, seconds: .max))
  }

  @Test(arguments: [
    "", "OK\r", "OK", "STORED", "ts=1.0", "ts=1.0 gid=1 type=conn_new rip=127.0.0.1 cfd=3",
    "ts=1.0 gid=1 type=item_get key= status=found cfd=1", "ts=1.0 gid=1 type=item_get status=found cfd=1",
    "ts=1.0 gid=1 type=item_get key=%4 status=found cfd=1", "ts=1.0 gid=1 type=item_get key=%zz status=found cfd=1",
    "ts=1 gid=1 type=item_get key=a status=found cfd=1", "ts=1.0 gid=x type=item_get key=a status=found cfd=1",
    "ts=1.9999999 gid=1 type=item_get key=a status=found cfd=1",
    "ts=1.0 gid=1 type=item_get key=a status=unheard cfd=1",
    "ts=1.0 gid=1 type=item_store key=a status=stored cmd=set cfd=1", "skipped=", "skipped=-1", "=1", "skipped",
    "ts=1.0 gid=1 type=extwrite key=a fetch=no ttl=1 la=1 clsid=1 bucket=1",
  ])
  func `is passed over where it tells nothing of a key, or can't be read`(_ text: String) {
    #expect(parse(text) == nil)
  }

  @Test func `is read or passed over, however it is damaged`() {
    var random = SeededRandom(seed: 0x10_6)
    var read = 0
    for round in 0..<20_000 {
      var bytes = Array([lookup, store, eviction][round % 3].utf8)
      for _ in 0..<Int.random(in: 0..<4, using: &random) {
        bytes[Int.random(in: bytes.indices, using: &random)] = UInt8.random(in: 0...255, using: &random)
      }
      if Int.random(in: 0..<8, using: &random) == 0 {
        bytes.removeLast(Int.random(in: bytes.indices, using: &random))
      }
      var keys: [UInt8] = []
      if let line = MemcachedLogLine.parse(bytes.span, keys: &keys) {
        read += 1
        #expect(line.key == 0..<keys.count)
      }
    }
    #expect(read > 5000)
  }
}
