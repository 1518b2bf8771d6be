import Randomness
import Testing
import TimeSeries

@testable import HistoryStore

/// Files that a crash, a bad disk or another version left.
@Suite struct DamageTests {
  /// Files of about five blocks and a journal, and what the ring held when they were written.
  private func written() throws -> (files: [String: [UInt8]], contents: [String: [String]]) {
    try Self.example.get()
  }

  private static let example = Result { try write(seed: 3) }

  private static func write(seed: UInt64) throws -> (files: [String: [UInt8]], contents: [String: [String]]) {
    let directory = TemporaryDirectory()
    let life = try Life(directory)
    var polls = Polls(seed: seed)
    for _ in 0..<330 { try polls.append(to: life.ring) }
    life.ring.sealPending()
    #expect(life.history.flush(now: 1) == nil)
    return (try directory.files, contents(life.ring))
  }

  @Test func `a journal cut at any byte loses the rows behind the cut and no other`() throws {
    let (files, _) = try written()
    let journal = try #require(files.keys.first { $0.hasSuffix(".journal") })
    let whole = try #require(files[journal])
    let ends = try recordEnds(whole)
    let before = try rows(files.filter { $0.key != journal })
    let directory = TemporaryDirectory()
    for cut in 0...whole.count {
      var torn = files
      torn[journal] = Array(whole[..<cut])
      try directory.write(torn)
      let life = try Life(directory)
      // The first record is the state, the others here are rows or series.
      let kept = ends.filter { $0.end <= cut && $0.kind == RingRecord.Kind.row.rawValue }.count
      #expect(life.ring.rowCount == before + kept, "cut at \(cut)")
    }
  }

  private func rows(_ files: [String: [UInt8]]) throws -> Int {
    let directory = TemporaryDirectory()
    try directory.write(files)
    return try Life(directory).ring.rowCount
  }

  private func recordEnds(_ bytes: [UInt8]) throws -> [(kind: UInt8, end: Int)] {
    var at = RecordFormat.headerSize
    var ends: [(UInt8, Int)] = []
    while at < bytes.count {
      let length = (0..<4).reduce(0) { $0 | Int(bytes[at + $1]) << ($1 * 8) }
      ends.append((bytes[at + 4], at + length + RecordFormat.overhead))
      at += length + RecordFormat.overhead
    }
    #expect(at == bytes.count)
    return ends
  }

  @Test func `blocks cut at any byte lose the torn block and what is behind it`() throws {
    let (files, contents) = try written()
    let name = try #require(files.keys.first { $0.hasSuffix(".blocks") })
    let whole = try #require(files[name])
    let directory = TemporaryDirectory()
    for cut in stride(from: 0, to: whole.count, by: 37) {
      var torn = files
      torn[name] = Array(whole[..<cut])
      try directory.write(torn)
      try expectSubset(try Life(directory).ring, of: contents)
    }
  }

  @Test(arguments: 0..<80)
  func `mutated files lose rows but never change one`(_ seed: Int) throws {
    var random = SeededRandom(seed: UInt64(seed))
    let (files, contents) = try written()
    var damaged = files
    let name = try #require(files.keys.sorted().randomElement(using: &random))
    var bytes = try #require(files[name])
    for _ in 0..<Int.random(in: 1...4, using: &random) {
      let at = Int.random(in: 0..<bytes.count, using: &random)
      bytes[at] ^= UInt8.random(in: 1...255, using: &random)
    }
    damaged[name] = bytes
    let directory = TemporaryDirectory()
    try directory.write(damaged)
    let life = try Life(directory)
    #expect(life.report.skipped + life.report.torn > 0)
    try expectSubset(life.ring, of: contents)
    // And the ring goes on.
    var row = Row()
    row.set(try #require(life.ring.register("s0", kind: .counter)), 1)
    try life.ring.append(at: .max / 2, epoch: 99, row: row)
    #expect(life.history.flush(now: 1) == nil)
  }

  @Test(arguments: 0..<200)
  func `mutated records with a right checksum are read or refused`(_ seed: Int) throws {
    var random = SeededRandom(seed: UInt64(seed))
    let (files, _) = try written()
    let directory = TemporaryDirectory()
    var damaged = files
    let name = try #require(files.keys.sorted().randomElement(using: &random))
    let kind: RecordFormat.Kind = name.hasSuffix(".journal") ? .journal : .blocks
    let file = try ParsedFile(try #require(files[name]), kind)
    var bytes = RecordFormat.header(kind)
    let place = Int.random(in: 0..<file.records.count, using: &random)
    for (index, record) in file.records.enumerated() {
      var content = record.bytes
      if index == place {
        for _ in 0..<Int.random(in: 1...3, using: &random) {
          content[Int.random(in: 0..<content.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
        }
        if Int.random(in: 0..<4, using: &random) == 0 {
          content.removeLast(Int.random(in: 0..<content.count, using: &random))
        }
      }
      RecordFormat.frame(RingRecord(record.kind, content), into: &bytes)
    }
    damaged[name] = bytes
    try directory.write(damaged)
    let life = try Life(directory)
    _ = contents(life.ring)
    _ = growth(life.ring, from: .min, to: .max)
    life.ring.closeOpenBlock()
    life.ring.sealPending()
    #expect(life.history.flush(now: 1) == nil)
  }

  @Test func `a lost block in the middle changes no value behind it`() throws {
    let (files, contents) = try written()
    let name = try #require(files.keys.first { $0.hasSuffix(".blocks") })
    let file = try ParsedFile(try #require(files[name]), .blocks)
    let places = file.records.indices.filter { file.records[$0].kind == .block }
    #expect(places.count > 3)
    for place in places {
      var bytes = RecordFormat.header(.blocks)
      for (index, record) in file.records.enumerated() where index != place {
        RecordFormat.frame(record, into: &bytes)
      }
      let directory = TemporaryDirectory()
      var damaged = files
      damaged[name] = bytes
      try directory.write(damaged)
      let life = try Life(directory)
      #expect(life.report.skipped == 0)
      #expect(life.ring.rowCount > 200)
      try expectSubset(life.ring, of: contents)
    }
  }

  private func expectSubset(_ ring: Ring, of all: [String: [String]]) throws {
    for (name, samples) in contents(ring) {
      let known = Set(all[name] ?? [])
      #expect(samples.allSatisfy { known.contains($0) }, "\(name)")
    }
  }

  /// A file that says it was written in a format.
  private func marked(_ file: [UInt8], _ format: UInt8) -> [UInt8] {
    var bytes = file
    bytes[8] = format
    let sum = Checksum.of(bytes[..<12])
    for at in 0..<4 { bytes[12 + at] = UInt8(truncatingIfNeeded: sum >> UInt32(at * 8)) }
    return bytes
  }

  @Test(arguments: [1, 2] as [UInt8])
  func `files of the formats before are read`(_ version: UInt8) throws {
    let (files, expected) = try written()
    let directory = TemporaryDirectory()
    try directory.write(files.mapValues { marked($0, version) })
    let life = try Life(directory)
    #expect(contents(life.ring) == expected)
  }

  @Test func `a file of a newer format is refused with a sentence`() throws {
    let (files, _) = try written()
    for name in files.keys {
      var newer = files
      newer[name] = marked(try #require(files[name]), 4)
      let directory = TemporaryDirectory()
      try directory.write(newer)
      let error = #expect(throws: HistoryError.self) { try Life(directory) }
      let sentence = try #require(error?.description)
      #expect(sentence.contains("was written by a newer cachegauge (format 4, this one reads 3): run that version"))
    }
  }

  @Test func `the checksum is CRC-32C`() {
    #expect(Checksum.of(Array("123456789".utf8)[...]) == 0xE306_9283)
    #expect(Checksum.of([UInt8](repeating: 0, count: 32)[...]) == 0x8A91_36AA)
  }
}
