import Foundation
import TimeSeries

let arguments = CommandLine.arguments
guard let flag = arguments.firstIndex(of: "--trace"), flag + 1 < arguments.count else {
  FileHandle.standardError.write(Data("usage: ring-bench --trace FILE [--json]\n".utf8))
  exit(64)
}
do {
  let trace = try Trace(path: arguments[flag + 1])
  let report = try RingBenchmark(trace).run()
  print(arguments.contains("--json") ? report.json : report.text)
} catch {
  FileHandle.standardError.write(Data("ring-bench: \(error)\n".utf8))
  exit(1)
}
