import FuzzTargets
import Glibc

/// Feeds every parser with damaged examples for so long, and says how many runs that were.
///
///     fuzz [--seconds N] [--seed N] [--jobs N] [--corpus DIRECTORY] [TARGET...]
///     fuzz --replay TARGET --seed N --run N       one input again, and those before it that share its parser
///
/// Each target runs in a process of its own, which this one watches. Ends with 0 when nothing was found, with 1 after a crash, a
/// hang or growth without bound; then it has printed how to run that input again.
@main
struct Fuzz {
  static func main() {
    var options = Options(Array(CommandLine.arguments.dropFirst()))
    if let target = options.replay {
      return Worker(target, options).replay(options.run)
    }
    if let target = options.worker {
      return Worker(target, options).work()
    }
    if options.targets.isEmpty { options.targets = FuzzTarget.all }
    exit(Watcher(options).run() ? 0 : 1)
  }
}

/// What the command line says.
struct Options {
  var seconds = 10.0
  var seed: UInt64 = 1
  var jobs = 1
  var corpus = "Corpus"
  var run: UInt64 = 0
  var targets: [FuzzTarget] = []
  var replay: FuzzTarget?
  var worker: FuzzTarget?
  /// Where a worker tells how far it is.
  var progress = ""

  init(_ arguments: [String]) {
    var index = 0
    func value() -> String {
      index += 1
      return index < arguments.count ? arguments[index] : ""
    }
    while index < arguments.count {
      switch arguments[index] {
      case "--seconds": seconds = Double(value()) ?? seconds
      case "--seed": seed = UInt64(value()) ?? seed
      case "--jobs": jobs = max(1, Int(value()) ?? jobs)
      case "--corpus": corpus = value()
      case "--run": run = UInt64(value()) ?? run
      case "--progress": progress = value()
      case "--replay": replay = Self.target(value())
      case "--worker": worker = Self.target(value())
      default: targets.append(Self.target(arguments[index]))
      }
      index += 1
    }
  }

  private static func target(_ name: String) -> FuzzTarget {
    guard let found = FuzzTarget.all.first(where: { $0.name == name }) else {
      say("no target '\(name)'; there are: \(FuzzTarget.all.map(\.name).joined(separator: " "))")
      exit(64)
    }
    return found
  }
}

/// A line on standard output, at once.
func say(_ line: String) {
  let bytes = Array("\(line)\n".utf8)
  _ = unsafe write(STDOUT_FILENO, bytes, bytes.count)
}
