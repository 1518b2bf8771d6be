import FuzzTargets
import Glibc

/// One target's runs, in this process.
struct Worker {
  private let target: FuzzTarget
  private let options: Options
  private let mutator: Mutator
  private let corpus: [[UInt8]]

  init(_ target: FuzzTarget, _ options: Options) {
    self.target = target
    self.options = options
    corpus = files(in: "\(options.corpus)/\(target.name)") + target.examples()
    mutator = Mutator(corpus: corpus, tokens: target.tokens, longest: target.longest)
  }

  /// Runs until the time is over. Writes the number of each run to the progress file before it begins, and `done` at the end.
  func work() {
    let descriptor = unsafe open(options.progress, O_RDWR | O_CREAT, 0o600)
    guard descriptor >= 0, ftruncate(descriptor, 4096) == 0,
      let page = unsafe mmap(nil, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0),
      unsafe page != MAP_FAILED
    else { return say("can't write \(options.progress)") }
    let progress = unsafe page.bindMemory(to: UInt64.self, capacity: 2)
    let end = now() + options.seconds
    var run: UInt64 = 0
    while now() < end || run == 0 {
      let body = target.make()
      if run == 0 { for example in corpus { body(example) } }
      for _ in 0..<FuzzTarget.lifetime {
        unsafe progress[0] = run
        body(input(run))
        run += 1
      }
    }
    unsafe progress[0] = run
    unsafe progress[1] = 1
  }

  /// One run again, after those that it shares a parser with.
  func replay(_ run: UInt64) {
    let body = target.make()
    for earlier in (run / FuzzTarget.lifetime * FuzzTarget.lifetime)..<run { body(input(earlier)) }
    let bytes = input(run)
    say("\(target.name): \(bytes.count) bytes: \(bytes)")
    say(String(decoding: bytes, as: UTF8.self))
    body(bytes)
    say("ends well")
  }

  private func input(_ run: UInt64) -> [UInt8] {
    var random = FuzzRandom(seed: options.seed, run: run)
    return mutator.input(&random)
  }
}

/// Monotonic seconds.
func now() -> Double {
  var time = timespec()
  unsafe clock_gettime(CLOCK_MONOTONIC, &time)
  return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}

/// The contents of all files of a folder, by name; none where there is no folder.
private func files(in directory: String) -> [[UInt8]] {
  guard let handle = unsafe opendir(directory) else { return [] }
  defer { unsafe closedir(handle) }
  var names: [String] = []
  while let entry = unsafe readdir(handle) {
    let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { pointer in
      unsafe pointer.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
    }
    if !name.hasPrefix(".") { names.append(name) }
  }
  return names.sorted().map { contents(of: "\(directory)/\($0)") }
}

/// All bytes of a file; none where it can't be read.
func contents(of path: String) -> [UInt8] {
  guard let file = unsafe fopen(path, "re") else { return [] }
  defer { unsafe fclose(file) }
  var bytes: [UInt8] = []
  var chunk = [UInt8](repeating: 0, count: 65_536)
  while case let count = unsafe fread(&chunk, 1, chunk.count, file), count > 0 { bytes += chunk.prefix(count) }
  return bytes
}
