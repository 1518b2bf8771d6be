import Foundation
import TimeSeries

let usage = """
  usage: ring-bench --trace FILE [--json] [--without-peers]
         ring-bench --trace FILE --slowest COUNT [--named SERIES] [--function NAME]
         ring-bench --verify-random ROWS

  """

func fail(_ text: String, _ code: Int32) -> Never {
  FileHandle.standardError.write(Data(text.utf8))
  exit(code)
}

func value(of flag: String) -> String? {
  guard let at = CommandLine.arguments.firstIndex(of: flag), at + 1 < CommandLine.arguments.count else {
    return nil
  }
  return CommandLine.arguments[at + 1]
}

do {
  if let rows = value(of: "--verify-random").flatMap({ Int($0) }), rows > 0 {
    print("random_values_verified  \(try RandomRows.verify(rows))")
    exit(0)
  }
  guard let path = value(of: "--trace") else { fail(usage, 64) }
  let trace = try Trace(path: path)
  if let count = value(of: "--slowest").flatMap({ Int($0) }) {
    try QueryBenchmark(trace).printSlowest(count, named: value(of: "--named"))
    exit(0)
  }
  let report = try RingBenchmark(trace).run(peers: !CommandLine.arguments.contains("--without-peers"))
  print(CommandLine.arguments.contains("--json") ? report.json : report.text)
} catch {
  fail("ring-bench: \(error)\n", 1)
}
