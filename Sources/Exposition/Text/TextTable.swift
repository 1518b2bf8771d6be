/// A table for a terminal: columns as wide as their widest cell, two blanks between them, no trailing blanks.
struct TextTable {
  /// One column's heading; numbers stand at the right.
  struct Column {
    var title: String
    var isNumber = false
  }

  /// A cell, and how it may be coloured.
  struct Cell: ExpressibleByStringLiteral {
    var text: String
    var style: Style = .plain

    init(_ text: String, _ style: Style = .plain) {
      self.text = text.isEmpty ? "-" : text.printable
      self.style = style
    }

    init(stringLiteral text: String) { self.init(text) }
  }

  var columns: [Column]
  var rows: [[Cell]] = []

  /// Left-aligned columns, but for those whose title begins with `>`.
  init(_ titles: String...) {
    columns = titles.map {
      $0.hasPrefix(">") ? Column(title: String($0.dropFirst()), isNumber: true) : Column(title: $0)
    }
  }

  mutating func add(_ cells: Cell...) { rows.append(cells) }

  /// Heading and rows; cells of the widest column are cut with `…` where the table would be wider than `width`.
  func lines(width: Int, color: Bool) -> [String] {
    var widths = columns.indices.map { column in
      ([columns[column].title] + rows.map { $0[column].text }).map(\.displayWidth).max() ?? 0
    }
    let gaps = 2 * (columns.count - 1)
    while widths.reduce(gaps, +) > width, let widest = widths.max(), widest > 8 {
      widths[widths.firstIndex(of: widest) ?? 0] -= 1
    }
    let heading = columns.map { Cell($0.title, .dim) }
    return ([heading] + rows).map { line($0, widths, color) }
  }

  private func line(_ cells: [Cell], _ widths: [Int], _ color: Bool) -> String {
    var text = ""
    for (index, cell) in cells.enumerated() {
      let shown = cell.text.cut(to: widths[index])
      let blanks = String(repeating: " ", count: widths[index] - shown.displayWidth)
      let styled = cell.style.apply(to: shown, color)
      let isLast = index == cells.count - 1
      text += columns[index].isNumber ? blanks + styled : styled + (isLast ? "" : blanks)
      if !isLast { text += "  " }
    }
    return text
  }
}

/// What a colour says.
enum Style {
  case plain, dim, good, doubtful, bad

  /// `text`, coloured where that is wanted.
  func apply(to text: String, _ color: Bool) -> String {
    guard color, self != .plain else { return text }
    let code =
      switch self {
      case .plain: "0"
      case .dim: "2"
      case .good: "32"
      case .doubtful: "33"
      case .bad: "31"
      }
    return "\u{1B}[\(code)m\(text)\u{1B}[0m"
  }
}

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
