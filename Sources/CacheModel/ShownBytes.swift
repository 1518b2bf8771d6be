extension String {
  /// Bytes that somebody else chose (a key, a name), as text for labels and people: what is UTF-8 stays as it is; other bytes and control
  /// characters become `\xff`, as redis-cli prints them. Different bytes always become different texts: a backslash that would look
  /// like the beginning of one of these becomes `\x5c`. Costs a copy; some 10 ns for each byte where anything is replaced.
  public init(shown bytes: some Collection<UInt8>) {
    let isPlain = bytes.allSatisfy { $0 >= 0x20 && $0 != 0x7F && $0 != 0x5C && $0 != 0xC2 }
    if isPlain, let text = String(validating: bytes, as: UTF8.self) {
      self = text
      return
    }
    self.init()
    var rest = bytes[...]
    while let byte = rest.first {
      let length = Self.lengthOfCharacter(from: byte)
      let character = rest.prefix(length)
      if character.count == length, length > 0, !Self.isControl(character), !Self.looksEscaped(rest),
        let text = String(validating: character, as: UTF8.self)
      {
        self += text
        rest = rest.dropFirst(length)
      } else {
        self += byte < 0x10 ? "\\x0" : "\\x"
        self += String(byte, radix: 16)
        rest = rest.dropFirst()
      }
    }
  }

  /// How many bytes a character takes whose first is this one; 0 for one that is shown as a number.
  private static func lengthOfCharacter(from byte: UInt8) -> Int {
    switch byte {
    case 0x20..<0x7F: 1
    case 0xC2..<0xE0: 2
    case 0xE0..<0xF0: 3
    case 0xF0..<0xF5: 4
    default: 0
    }
  }

  /// Whether it is one of U+0080…U+009F, which a label writes as one number: here they are two.
  private static func isControl(_ character: some Collection<UInt8>) -> Bool {
    character.first == 0xC2 && character.dropFirst().first.map { $0 < 0xA0 } == true
  }

  /// Whether `\x` and two of its digits come next.
  private static func looksEscaped(_ rest: some Collection<UInt8>) -> Bool {
    let next = Array(rest.prefix(4))
    return next.count == 4 && next[0] == 0x5C && next[1] == 0x78
      && next[2...].allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
  }
}
