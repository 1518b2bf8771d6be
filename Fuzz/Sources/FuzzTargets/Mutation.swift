/// SplitMix64: an input follows from a seed and its number alone, so that any run can be made again.
public struct FuzzRandom: RandomNumberGenerator, Sendable {
  private var state: UInt64

  /// Different seeds and numbers give unrelated inputs.
  public init(seed: UInt64, run: UInt64) {
    state = seed &* 0x9E37_79B9_7F4A_7C15 ^ run &* 0xD134_2543_DE82_EF95
    _ = next()
  }

  /// The next 64 bits.
  public mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }

  /// 0 ..< `bound`, nearly even; 0 for a bound of 0.
  mutating func below(_ bound: Int) -> Int { bound <= 0 ? 0 : Int(next() >> 33) % bound }
}

/// Makes inputs from examples.
public struct Mutator: Sendable {
  private let corpus: [[UInt8]]
  private let tokens: [[UInt8]]
  private let longest: Int

  /// Numbers where arithmetic goes wrong.
  private static let numbers = [
    "0", "-1", "1", "255", "256", "65535", "65536", "2147483647", "2147483648", "-2147483649", "4294967296",
    "9223372036854775807", "9223372036854775808", "-9223372036854775808", "18446744073709551615",
    "99999999999999999999999", "1e999", "-0", "0.0000000000000000001", "0." + String(repeating: "0", count: 300),
    "4611686018427387904", "NaN", "inf",
  ].map { Array($0.utf8) }

  /// An empty corpus counts as one empty example.
  public init(corpus: [[UInt8]], tokens: [[UInt8]], longest: Int) {
    self.corpus = corpus.isEmpty ? [[]] : corpus
    self.tokens = tokens + Self.numbers
    self.longest = longest
  }

  /// An example with one to eight changes.
  public func input(_ random: inout FuzzRandom) -> [UInt8] {
    var bytes = corpus[random.below(corpus.count)]
    for _ in 0...random.below(8) { change(&bytes, &random) }
    if bytes.count > longest { bytes.removeLast(bytes.count - longest) }
    return bytes
  }

  private func change(_ bytes: inout [UInt8], _ random: inout FuzzRandom) {
    let at = random.below(bytes.count)
    let kind = bytes.isEmpty ? 6 : random.below(12)
    switch kind {
    case 0: bytes[at] ^= 1 << UInt8(random.below(8))
    case 1: bytes[at] = UInt8(truncatingIfNeeded: random.next())
    case 2: bytes[at] = bytes[at] &+ UInt8(random.below(3)) &- 1
    case 3: bytes.removeSubrange(at..<min(bytes.count, at + 1 + random.below(16)))
    case 4: bytes.removeSubrange(at...)
    case 5: bytes.insert(contentsOf: bytes[at..<min(bytes.count, at + 1 + random.below(64))], at: at)
    case 6, 7, 8: bytes.insert(contentsOf: tokens[random.below(tokens.count)], at: at)
    case 9:
      let token = tokens[random.below(tokens.count)]
      bytes.replaceSubrange(at..<min(bytes.count, at + token.count), with: token)
    case 10:
      let other = corpus[random.below(corpus.count)]
      let start = random.below(other.count)
      bytes.insert(contentsOf: other[start..<min(other.count, start + 1 + random.below(128))], at: at)
    default:
      let (start, end) = Self.digits(bytes, around: at)
      bytes.replaceSubrange(start..<end, with: Self.numbers[random.below(Self.numbers.count)])
    }
  }

  /// The run of digits that a byte is in, or the byte's place.
  private static func digits(_ bytes: [UInt8], around at: Int) -> (Int, Int) {
    let isDigit = { (byte: UInt8) in byte >= 0x30 && byte <= 0x39 }
    guard let first = bytes[at...].firstIndex(where: isDigit) else { return (at, at) }
    return (first, bytes[first...].firstIndex { !isDigit($0) } ?? bytes.count)
  }
}
