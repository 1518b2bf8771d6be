extension String {
  /// The text with each control character (U+0000…U+001F, U+007F…U+009F) but those that are kept written as `\x1b`, or `\n`, `\r` and
  /// `\t`: what a server says of itself must move no cursor of the terminal in which it is read, and begin no line of a log. A
  /// backslash stays as it is: the result is for people.
  ///
  /// Text without any costs one look at its bytes.
  public func escapingControls(keeping isKept: (Unicode.Scalar) -> Bool = { _ in false }) -> String {
    // 0xC2 begins those above U+007F, among others.
    guard utf8.contains(where: { $0 < 0x20 || $0 == 0x7F || $0 == 0xC2 }) else { return self }
    var text = ""
    for scalar in unicodeScalars {
      switch scalar {
      case _ where scalar.properties.generalCategory != .control || isKept(scalar):
        text.unicodeScalars.append(scalar)
      case "\n": text += "\\n"
      case "\r": text += "\\r"
      case "\t": text += "\\t"
      default:
        let digits = String(scalar.value, radix: 16)
        text += "\\x" + (digits.count < 2 ? "0" : "") + digits
      }
    }
    return text
  }
}
