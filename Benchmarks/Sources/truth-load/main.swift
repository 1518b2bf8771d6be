import Glibc
import Randomness

// truth-load PORT SECONDS READS_PER_SECOND PARTS SEED
//
// First a line for each namespace: its name, its time to live in milliseconds, its keys. Then, ten times a second, a line of the time
// (seconds since 1970) and of each namespace's hits and misses so far: cold, expired, evicted, deleted.
let numbers = CommandLine.arguments.dropFirst().compactMap { Double($0) }
guard numbers.count == 5, let port = UInt16(exactly: numbers[0]) else {
  print("usage: truth-load PORT SECONDS READS_PER_SECOND PARTS SEED")
  exit(2)
}
let (seconds, rate, count, seed) = (numbers[1], numbers[2], Int(numbers[3]), UInt64(numbers[4]))
var random = SeededRandom(seed: seed)
var application = Application(
  (0..<count).map { Part($0, &random) }, on: try Connection(port: port), seed: seed &+ 1)
for part in application.parts { say("\(part.name) \(part.ttl) \(part.keys)") }

/// A line, at once.
func say(_ text: String) {
  let bytes = Array((text + "\n").utf8)
  _ = unsafe write(1, bytes, bytes.count)
}

/// What was counted so far.
@MainActor func tell() {
  var time = timespec()
  unsafe clock_gettime(CLOCK_REALTIME, &time)
  let stamp = Double(time.tv_sec) + Double(time.tv_nsec / 1_000_000) / 1000
  say("\(stamp) " + application.counts.joined().map { String($0) }.joined(separator: " "))
}

// Whoever watches is to be there from the first read on: they say so.
_ = readLine()
let start = milliseconds
var (reads, told) = (0.0, Int64(0))
while case let passed = milliseconds - start, Double(passed) < seconds * 1000 {
  if passed - told >= 100 {
    told = passed
    tell()
    application.drift(Double(passed) / 1000)
  }
  if reads == 0 { application.drift(0) }
  let due = Double(passed) / 1000 * rate - reads
  guard due >= 1 else {
    usleep(500)
    continue
  }
  reads += Double(try application.round(min(100, Int(due))))
}
tell()
