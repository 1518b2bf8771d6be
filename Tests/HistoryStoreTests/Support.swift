import Glibc
import Locked
import Randomness
import TimeSeries

@testable import HistoryStore

/// A directory that goes with the test.
final class TemporaryDirectory: Sendable {
  let path: String

  init() {
    var template = Array("/tmp/history-test-XXXXXX".utf8CString)
    path = unsafe template.withUnsafeMutableBufferPointer { buffer in
      guard let made = unsafe buffer.baseAddress.flatMap({ unsafe mkdtemp($0) }) else { return "/nonexistent" }
      return unsafe String(cString: made)
    }
  }

  /// One that is not made yet.
  init(path: String) { self.path = path }

  deinit { Self.remove(path) }

  private static func remove(_ path: String) {
    for name in (try? Disk.names(in: path)) ?? [] {
      if unsafe unlink(path + "/" + name) != 0 { remove(path + "/" + name) }
    }
    unsafe rmdir(path)
  }

  /// Files of the only target by name.
  var files: [String: [UInt8]] {
    get throws {
      var files: [String: [UInt8]] = [:]
      for name in try Disk.names(in: path + "/target") { files[name] = try Disk.read(path + "/target/" + name) }
      return files
    }
  }

  /// Replaces the files of the only target.
  func write(_ files: [String: [UInt8]]) throws {
    try Disk.makeDirectory(path + "/target")
    for name in try Disk.names(in: path + "/target") { try Disk.remove(path + "/target/" + name) }
    for (name, bytes) in files {
      let file = try DiskFile(creating: path + "/target/" + name, DiskFaults())
      try file.append(bytes)
    }
  }
}

let midnight: Int64 = 1_795_219_200_000

/// A process: a ring and its files.
struct Life {
  let rings: TimeSeriesStore
  let ring: Ring
  let history: HistoryStore
  let report: RestoreReport

  init(
    _ directory: TemporaryDirectory, memory: Int = 64 << 20, rollupMemory: Int = 16 << 20, maximumRows: Int = 64,
    now: Int64 = .max, faults: DiskFaults = DiskFaults()
  ) throws {
    rings = TimeSeriesStore(
      configuration: Configuration(memory: memory, rollupMemory: rollupMemory, maximumRows: maximumRows))
    ring = rings.ring(named: "target", period: 1000)
    history = try HistoryStore(path: directory.path, faults: faults)
    report = try history.restore(ring, now: now)
  }
}

/// All samples of all series, by name.
func contents(_ ring: Ring) -> [String: [String]] {
  var result: [String: [String]] = [:]
  for series in ring.series(matching: { _ in true }) {
    let samples = ring.samples(of: series.id, from: .min, to: .max)
    if !samples.isEmpty { result[series.name] = samples.map { "\($0.time)=\($0.value)" } }
  }
  return result
}

/// Where two rings' contents differ; nil where they don't.
func difference(_ left: Ring, _ right: [String: [String]]) -> String? {
  let own = contents(left)
  for name in Set(own.keys).union(right.keys).sorted() {
    let (a, b) = (own[name] ?? [], right[name] ?? [])
    if a == b { continue }
    let at = zip(a, b).enumerated().first { $0.element.0 != $0.element.1 }
    return "\(name): \(a.count) and \(b.count) samples, first at \(String(describing: at))"
  }
  return nil
}

/// What counters gained, from the first row to the last.
func growth(_ ring: Ring, from: Int64, to: Int64) -> [String: Double] {
  var result: [String: Double] = [:]
  for series in ring.series(matching: { _ in true }) where series.kind == .counter {
    result[series.name] = ring.increase(of: series.id, from: from, to: to)
  }
  return result
}

/// Polls of a small server: counters with resets, gauges, decimals, absences, births, digits that change.
struct Polls {
  var random: SeededRandom
  var time = midnight
  var epoch: UInt64 = 1
  /// One each second, without holes.
  var isSteady = false
  private var values: [Int64] = []

  init(seed: UInt64) { random = SeededRandom(seed: seed) }

  mutating func append(to ring: Ring) throws {
    if values.isEmpty || (values.count < 30 && chance(20)) { values.append(0) }
    time += !isSteady && chance(100) ? Int64.random(in: 1...2_000_000, using: &random) : 1000
    let restarts = chance(150)
    if restarts { epoch += 1 }
    var row = Row()
    for index in values.indices {
      let isCounter = index % 3 != 2
      guard let id = ring.register("s\(index)", kind: isCounter ? .counter : .gauge) else { continue }
      if index % 5 == 4 && chance(9) { continue }
      switch index % 6 {
      case 0: values[index] = restarts ? 0 : values[index] + Int64.random(in: 0...90, using: &random)
      case 1: values[index] = chance(80) ? 3 : values[index] + 1000
      case 2: values[index] = chance(3) ? Int64.random(in: .min ... .max, using: &random) : values[index]
      case 3: values[index] = 7 + Int64(index)
      case 4: values[index] += chance(90) ? 1 : 0
      default: values[index] = Int64.random(in: -500...500, using: &random)
      }
      let digits: UInt8 = index % 6 == 5 && chance(60) ? UInt8.random(in: 0...4, using: &random) : 2
      row.set(id, values[index], digits: index % 6 == 5 ? digits : 0)
    }
    try ring.append(at: time, epoch: epoch, row: row)
  }

  mutating func chance(_ oneIn: Int) -> Bool { Int.random(in: 0..<oneIn, using: &random) == 0 }
}
