import CZlib
import Glibc
import HTTPServer
import Randomness
import Testing

@Suite struct GzipTests {
  static let samples: [[UInt8]] = [
    [], [0], Array("redis_up 1\n".utf8),
    Array(String(repeating: "redis_commands_total{cmd=\"get\"} 12345\n", count: 3000).utf8),
    noise(100_000), [UInt8](repeating: 0, count: 1_000_000),
  ]

  private static func noise(_ count: Int) -> [UInt8] {
    var random = SeededRandom(seed: 3)
    return (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
  }

  private func gunzip(_ bytes: [UInt8], expecting count: Int) -> [UInt8]? {
    var stream = unsafe z_stream()
    guard unsafe czlib_gunzip_init(&stream) == Z_OK else { return nil }
    defer { unsafe inflateEnd(&stream) }
    var input = bytes
    var output = [UInt8](repeating: 0, count: count + 1)
    return unsafe input.withUnsafeMutableBufferPointer { input in
      unsafe output.withUnsafeMutableBufferPointer { output in
        unsafe stream.next_in = input.baseAddress
        unsafe stream.avail_in = UInt32(input.count)
        unsafe stream.next_out = output.baseAddress
        unsafe stream.avail_out = UInt32(output.count)
        guard unsafe inflate(&stream, Z_FINISH) == Z_STREAM_END else { return nil }
        return unsafe Array(output.prefix(Int(stream.total_out)))
      }
    }
  }

  @Test(arguments: samples.indices, [1, 6, 9])
  func `zlib gives back what was compressed`(sample: Int, level: Int) {
    let bytes = Self.samples[sample]
    #expect(gunzip(gzip(bytes, level: level), expecting: bytes.count) == bytes)
  }

  @Test(arguments: samples.indices)
  func `the gzip program accepts it`(sample: Int) throws {
    guard let pipe = unsafe popen("gzip -t", "w") else { throw ClientError.system("popen", errno) }
    let compressed = gzip(Self.samples[sample])
    let written = unsafe fwrite(compressed, 1, compressed.count, pipe)
    let status = unsafe pclose(pipe)
    #expect(written == compressed.count)
    #expect(status == 0)
  }

  @Test(arguments: samples.indices, [1, 2, 5])
  func `parts that were compressed by themselves are one member`(sample: Int, count: Int) {
    let bytes = Self.samples[sample]
    let share = bytes.count / count + 1
    let parts = (0..<count).map { part in
      var rest = bytes[min(bytes.count, part * share)..<min(bytes.count, (part + 1) * share)]
      return GzipPart(isLast: part == count - 1) {
        let piece = Array(rest.prefix(10_000))
        rest = rest.dropFirst(10_000)
        return piece.isEmpty ? nil : piece
      }
    }
    let whole = GzipPart.header + parts.flatMap(\.bytes) + GzipPart.trailer(of: parts)
    #expect(gunzip(whole, expecting: bytes.count) == bytes)
  }

  @Test func `the header has no time and two runs are identical`() {
    let bytes = Self.samples[3]
    let first = gzip(bytes)
    #expect(Array(first.prefix(8)) == [0x1f, 0x8b, 8, 0, 0, 0, 0, 0])
    #expect(first == gzip(bytes))
    #expect(first.count < bytes.count / 20)
  }

  @Test(arguments: [(-5, 1), (0, 1), (99, 9)])
  func `a level out of range is clamped`(level: Int, same: Int) {
    #expect(gzip(Self.samples[2], level: level) == gzip(Self.samples[2], level: same))
  }
}
