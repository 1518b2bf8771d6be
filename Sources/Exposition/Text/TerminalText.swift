extension String {
  /// This text with everything that could move a cursor or turn the reading direction replaced by `�`.
  var printable: String {
    var text = ""
    for scalar in unicodeScalars {
      switch scalar.properties.generalCategory {
      case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse: text += "\u{FFFD}"
      default: text.unicodeScalars.append(scalar)
      }
    }
    return text
  }

  /// This text with what Markdown, or the HTML in it, takes for markup escaped by a backslash.
  var markdown: String {
    String(flatMap { "\\`*_[]<>|#&~".contains($0) ? ["\\", $0] : [$0] })
  }

  /// Columns that a terminal gives this text.
  var displayWidth: Int { reduce(0) { $0 + $1.displayWidth } }

  /// The text, or as much of it as fits with `…` behind it.
  func cut(to width: Int) -> String {
    guard displayWidth > width else { return self }
    var text = ""
    var used = 1
    for character in self where used + character.displayWidth <= width {
      text.append(character)
      used += character.displayWidth
    }
    return text + "…"
  }

  /// The text broken between words into lines of at most `width`; a longer word has a line of its own.
  func wrapped(to width: Int, indent: String) -> [String] {
    var lines: [String] = []
    var line = ""
    for word in printable.split(separator: " ") {
      if !line.isEmpty, line.displayWidth + 1 + String(word).displayWidth + indent.count > width {
        lines.append(indent + line)
        line = ""
      }
      line += (line.isEmpty ? "" : " ") + word
    }
    return line.isEmpty ? lines : lines + [indent + line]
  }
}

extension Character {
  /// 2 for East Asian wide characters and pictures, else 1.
  fileprivate var displayWidth: Int {
    switch unicodeScalars.first?.value ?? 0 {
    case 0x1100...0x115F, 0x2E80...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F, 0xFF00...0xFF60,
      0xFFE0...0xFFE6, 0x1F300...0x1FAFF, 0x20000...0x3FFFD:
      2
    default: 1
    }
  }
}
