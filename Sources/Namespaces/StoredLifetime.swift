/// Reads from a command of MONITOR for how long the key that it stores or touches is to live, without a look at any value.
///
/// Commands that name a moment instead (`EXPIREAT`, `EXAT`, …) tell nothing here.
enum StoredLifetime {
  /// Where a command says it, and in how many milliseconds.
  private enum Place {
    case at(Int, unit: Int64)
    /// Behind EX or PX, from a position on.
    case option(from: Int)
  }

  /// Milliseconds, at least 1; nil when the command says none.
  static func milliseconds(_ line: inout MonitorLine, _ bytes: Span<UInt8>) -> Int64? {
    guard line.count > 2, let place = line.withWord(0, of: bytes, { place(of: $0) }) else { return nil }
    switch place {
    case .at(let position, let unit): return number(position, &line, bytes, unit: unit)
    case .option(let first):
      for position in first..<max(first, line.count - 1) {
        if let unit = line.withWord(position, of: bytes, { unit(of: $0) }) {
          return number(position + 1, &line, bytes, unit: unit)
        }
      }
      return nil
    }
  }

  private static func place(of name: Span<UInt8>) -> Place? {
    switch name.count {
    case 3: matches(name, "set") ? .option(from: 3) : nil
    case 5: matches(name, "setex") ? .at(2, unit: 1000) : matches(name, "getex") ? .option(from: 2) : nil
    case 6: matches(name, "expire") ? .at(2, unit: 1000) : matches(name, "psetex") ? .at(2, unit: 1) : nil
    case 7: matches(name, "pexpire") ? .at(2, unit: 1) : nil
    default: nil
    }
  }

  private static func unit(of option: Span<UInt8>) -> Int64? {
    matches(option, "ex") ? 1000 : matches(option, "px") ? 1 : nil
  }

  /// Whatever the case of its letters.
  private static func matches(_ word: Span<UInt8>, _ text: String) -> Bool {
    let letters = text.utf8
    guard word.count == letters.count else { return false }
    var index = 0
    for letter in letters {
      guard word[index] | 0x20 == letter else { return false }
      index += 1
    }
    return true
  }

  private static func number(
    _ position: Int, _ line: inout MonitorLine, _ bytes: Span<UInt8>, unit: Int64
  ) -> Int64? {
    guard position < line.count else { return nil }
    return line.withWord(position, of: bytes) { word in
      guard word.count <= 12 else { return nil }
      var value: Int64 = 0
      for index in word.indices {
        guard word[index] >= 0x30, word[index] <= 0x39 else { return nil }
        value = value * 10 + Int64(word[index] - 0x30)
      }
      return value > 0 ? value * unit : nil
    }
  }
}
