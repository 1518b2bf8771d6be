import Foundation
import TimeSeries

/// What a user would have instead, on the same trace in the same run.
struct Peers {
  let trace: Trace
  let ringBytes: Int

  func run(_ report: inout Report) throws {
    report.add("plain_doubles_bytes_per_sample", 16)
    let gorilla = Double(try gorillaBytes()) / Double(trace.samples)
    report.add("gorilla_bytes_per_sample", gorilla)
    let own = Double(ringBytes) / Double(trace.samples)
    report.add("gorilla_over_ring", gorilla / own)
    if let bytes = try prometheusBytes() {
      let prometheus = Double(bytes) / Double(trace.samples)
      report.add("prometheus_chunks_bytes_per_sample", prometheus)
      report.add("prometheus_over_ring", prometheus / own)
    }
    try addVictoriaMetrics(own, &report)
  }

  private func addVictoriaMetrics(_ own: Double, _ report: inout Report) throws {
    guard let bytes = try VictoriaMetrics(trace: trace).dataBytes() else { return }
    let victoria = Double(bytes) / Double(trace.samples)
    report.add("victoriametrics_data_bytes_per_sample", victoria)
    report.add("victoriametrics_over_ring", victoria / own)
  }

  private func bySeries() -> [[(time: Int64, value: FixedPoint)]] {
    var result = [[(time: Int64, value: FixedPoint)]](repeating: [], count: trace.names.count)
    for poll in trace.polls {
      for (series, value) in poll.cells { result[series].append((poll.time, value)) }
    }
    return result
  }

  /// Bytes of all chunks, each read back and compared.
  private func gorillaBytes() throws -> Int {
    var bytes = 0
    for samples in bySeries() {
      for start in stride(from: 0, to: samples.count, by: Gorilla.samplesPerChunk) {
        let part = samples[start..<min(start + Gorilla.samplesPerChunk, samples.count)]
        var chunk = Gorilla()
        for sample in part { chunk.append(sample.time, sample.value.double) }
        var reader = GorillaReader(chunk.bits)
        for sample in part {
          let read = reader.next()
          guard read.time == sample.time, read.value == sample.value.double else {
            throw Trace.Failure(description: "Gorilla came back changed")
          }
        }
        bytes += chunk.bits.count
      }
    }
    return bytes
  }

  /// Bytes of the chunk files that `promtool tsdb create-blocks-from openmetrics` makes; nil without promtool.
  private func prometheusBytes() throws -> Int? {
    let directory = FileManager.default.temporaryDirectory.appendingPathComponent("ring-bench-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: directory) }
    let input = directory.appendingPathComponent("trace.om")
    let output = directory.appendingPathComponent("data")
    try openMetrics().write(to: input)
    let promtool = Process()
    promtool.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    promtool.arguments = ["promtool", "tsdb", "create-blocks-from", "openmetrics", input.path, output.path]
    promtool.standardOutput = FileHandle.nullDevice
    promtool.standardError = FileHandle.nullDevice
    try promtool.run()
    promtool.waitUntilExit()
    guard promtool.terminationStatus == 0 else { return nil }
    let files = FileManager.default.enumerator(at: output, includingPropertiesForKeys: [.fileSizeKey])
    var bytes = 0
    while let file = files?.nextObject() as? URL {
      guard file.deletingLastPathComponent().lastPathComponent == "chunks" else { continue }
      bytes += try file.resourceValues(forKeys: [.fileSizeKey]).fileSize ?? 0
    }
    return bytes > 0 ? bytes : nil
  }

  private func openMetrics() -> Data {
    var text = Data()
    for (series, samples) in bySeries().enumerated() {
      let head = "trace_\(series){field=\"\(trace.names[series])\"} "
      for sample in samples {
        text.append(contentsOf: (head + "\(sample.value) \(FixedPoint(sample.time, digits: 3))\n").utf8)
      }
    }
    text.append(contentsOf: "# EOF\n".utf8)
    return text
  }
}
