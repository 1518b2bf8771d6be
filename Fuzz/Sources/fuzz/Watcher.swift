import FuzzTargets
import Glibc

/// Starts a process for each target, so many at once, and watches that each goes on, stays small and ends well.
struct Watcher {
  private let options: Options
  private let directory: String
  /// A run that takes this long, in seconds, hangs: on a busy machine a whole run takes milliseconds.
  private static let hang = 60.0
  /// Resident bytes that no target needs.
  private static let most = 1 << 30

  private struct Running {
    let target: FuzzTarget
    let pid: pid_t
    let progress: String
    let started: Double
    var run: UInt64 = 0
    var since: Double
    var largest = 0
    var verdict: String?
  }

  init(_ options: Options) {
    self.options = options
    var template = Array("/tmp/cachegauge-fuzz-XXXXXX".utf8CString)
    unsafe mkdtemp(&template)
    directory = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  /// Whether nothing was found.
  func run() -> Bool {
    var waiting = options.targets[...]
    var running: [Running] = []
    var total: UInt64 = 0
    var isFine = true
    while !waiting.isEmpty || !running.isEmpty {
      while running.count < options.jobs, let next = waiting.popFirst() { running.append(start(next)) }
      usleep(50_000)
      for index in running.indices.reversed() {
        watch(&running[index])
        guard let (runs, isWell) = ended(running[index]) else { continue }
        total += runs
        isFine = isFine && isWell
        running.remove(at: index)
      }
    }
    unsafe rmdir(directory)
    say(
      "fuzz: \(total) runs of \(options.targets.count) targets, seed \(options.seed): \(isFine ? "nothing found" : "FOUND")"
    )
    return isFine
  }

  private func start(_ target: FuzzTarget) -> Running {
    let progress = "\(directory)/\(target.name)"
    let words = [
      "/proc/self/exe", "--worker", target.name, "--seconds", "\(options.seconds)", "--seed", "\(options.seed)",
      "--corpus",
      options.corpus, "--progress", progress,
    ]
    var argv: [UnsafeMutablePointer<CChar>?] = unsafe words.map { unsafe strdup($0) } + [nil]
    defer { for index in unsafe argv.indices { unsafe free(argv[index]) } }
    var pid: pid_t = 0
    guard unsafe posix_spawn(&pid, "/proc/self/exe", nil, nil, &argv, environ) == 0 else {
      say("can't start a process")
      exit(71)
    }
    return Running(target: target, pid: pid, progress: progress, started: now(), since: now())
  }

  private func watch(_ one: inout Running) {
    let run = words(one.progress).run
    if run != one.run || run == 0 && one.since == one.started { (one.run, one.since) = (run, now()) }
    one.largest = max(one.largest, resident(one.pid))
    if now() - one.since > Self.hang { one.verdict = "HANGS" }
    if one.largest > Self.most { one.verdict = "GROWS to \(one.largest >> 20) MiB" }
    if one.verdict != nil { kill(one.pid, SIGKILL) }
  }

  /// How many runs it made and whether they ended well; nil while it goes on.
  private func ended(_ one: Running) -> (runs: UInt64, isWell: Bool)? {
    var status: Int32 = 0
    guard unsafe waitpid(one.pid, &status, one.verdict == nil ? WNOHANG : 0) == one.pid else { return nil }
    let (run, isDone) = words(one.progress)
    unsafe unlink(one.progress)
    let seconds = max(0.001, now() - one.started)
    let rate = Int(Double(run) / seconds)
    if status == 0, isDone {
      say("\(one.target.name): \(run) runs, \(rate) a second, \(one.largest >> 20) MiB")
      return (run, true)
    }
    say("\(one.target.name): \(one.verdict ?? "CRASHES (status \(status))") in run \(run)")
    say("  again: fuzz --replay \(one.target.name) --seed \(options.seed) --run \(run)")
    return (run, false)
  }

  private func words(_ path: String) -> (run: UInt64, isDone: Bool) {
    guard let file = unsafe fopen(path, "re") else { return (0, false) }
    defer { unsafe fclose(file) }
    var words: [UInt64] = [0, 0]
    unsafe fread(&words, 8, 2, file)
    return (words[0], words[1] == 1)
  }

  private func resident(_ pid: pid_t) -> Int {
    let fields = String(decoding: contents(of: "/proc/\(pid)/statm"), as: UTF8.self).split(separator: " ")
    return fields.count > 1 ? (Int(fields[1]) ?? 0) * Int(sysconf(Int32(_SC_PAGESIZE))) : 0
  }
}
