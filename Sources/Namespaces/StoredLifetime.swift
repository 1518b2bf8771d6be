/// Reads from a command of MONITOR for how long the keys that it stores or touches are to live, without a look at any value.
///
/// A store that may not happen (`NX`), as of locks, tells nothing, nor does one that leaves the time to live as it is.
struct StoredLifetime: Sendable, Hashable {
  /// At least 1; nil for ever.
  var milliseconds: Int64?
  /// Whether it stores many keys, each before its value; else its one key follows its name.
  var isOfMany = false
  /// Whether it gives the time to a key that is there, which another command may just have stored.
  var isAdded = false
  /// Whether it does so only where that key has none.
  var isConditional = false

  /// How commands say it.
  private enum Form {
    case set, getex
    /// Behind the key.
    case second(unit: Int64)
    case expire(unit: Int64, isMoment: Bool)
    /// MSET and GETSET can't say any.
    case many, plain
  }

  private enum Option {
    case time(unit: Int64, isMoment: Bool)
    case ifAbsent, keeps, other
  }

  /// Of the line that was read last; nil when the command says nothing of it.
  static func read(_ line: inout MonitorLine, _ bytes: Span<UInt8>) -> Self? {
    guard line.count > 2, let form = line.withWord(0, of: bytes, { form(of: $0) }) else { return nil }
    switch form {
    case .many: return Self(isOfMany: true)
    case .plain: return Self()
    case .second(let unit): return number(2, &line, bytes, unit: unit).map { Self(milliseconds: $0) }
    case .set:
      guard let options = options(from: 3, &line, bytes), !options.isConditional else { return nil }
      return Self(milliseconds: options.milliseconds)
    case .getex:
      guard let time = options(from: 2, &line, bytes)?.milliseconds else { return nil }
      return Self(milliseconds: time, isAdded: true)
    case .expire(let unit, let isMoment):
      guard let options = options(from: 3, &line, bytes),
        let time = number(2, &line, bytes, unit: unit, isMoment: isMoment)
      else { return nil }
      return Self(milliseconds: time, isAdded: true, isConditional: options.isConditional)
    }
  }

  private static func form(of name: Span<UInt8>) -> Form? {
    switch name.count {
    case 3: matches(name, "set") ? .set : nil
    case 4: matches(name, "mset") ? .many : nil
    case 5: matches(name, "setex") ? .second(unit: 1000) : matches(name, "getex") ? .getex : nil
    case 6:
      matches(name, "expire")
        ? .expire(unit: 1000, isMoment: false)
        : matches(name, "psetex") ? .second(unit: 1) : matches(name, "getset") ? .plain : nil
    case 7: matches(name, "pexpire") ? .expire(unit: 1, isMoment: false) : nil
    case 8: matches(name, "expireat") ? .expire(unit: 1000, isMoment: true) : nil
    case 9: matches(name, "pexpireat") ? .expire(unit: 1, isMoment: true) : nil
    default: nil
    }
  }

  private static func option(_ word: Span<UInt8>) -> Option? {
    switch word.count {
    case 2:
      if matches(word, "ex") { return .time(unit: 1000, isMoment: false) }
      if matches(word, "px") { return .time(unit: 1, isMoment: false) }
      if matches(word, "nx") { return .ifAbsent }
      return matches(word, "xx") || matches(word, "gt") || matches(word, "lt") ? .other : nil
    case 3: return matches(word, "get") ? .other : nil
    case 4:
      if matches(word, "exat") { return .time(unit: 1000, isMoment: true) }
      return matches(word, "pxat") ? .time(unit: 1, isMoment: true) : nil
    case 7: return matches(word, "keepttl") || matches(word, "persist") ? .keeps : nil
    default: return nil
    }
  }

  /// What options say together; nil where they leave the time to live as it is, or are not known.
  private static func options(
    from first: Int, _ line: inout MonitorLine, _ bytes: Span<UInt8>
  ) -> (milliseconds: Int64?, isConditional: Bool)? {
    var found: (milliseconds: Int64?, isConditional: Bool) = (nil, false)
    var position = first
    while position < line.count {
      switch line.withWord(position, of: bytes, { option($0) }) {
      case .time(let unit, let isMoment):
        position += 1
        guard let time = number(position, &line, bytes, unit: unit, isMoment: isMoment) else { return nil }
        found.milliseconds = time
      case .ifAbsent: found.isConditional = true
      case .other: break
      case .keeps, nil: return nil
      }
      position += 1
    }
    return found
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

  /// A number of milliseconds from when the command was run.
  private static func number(
    _ position: Int, _ line: inout MonitorLine, _ bytes: Span<UInt8>, unit: Int64, isMoment: Bool = false
  ) -> Int64? {
    guard position < line.count else { return nil }
    let number: Int64? = line.withWord(position, of: bytes) { word in
      guard word.count <= 15 else { return nil }
      var value: Int64 = 0
      for index in word.indices {
        guard word[index] >= 0x30, word[index] <= 0x39 else { return nil }
        value = value * 10 + Int64(word[index] - 0x30)
      }
      return value * unit
    }
    guard var number else { return nil }
    if isMoment {
      guard let now = MonitorLine.microseconds(bytes).map({ $0 / 1000 }) else { return nil }
      number -= now
    }
    // What ends before it begins is deleted, and no application keeps anything for thousands of years.
    return (1..<1_000_000_000_000_000).contains(number) ? number : nil
  }
}
