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

  /// Leaves these columns out.
  mutating func drop(_ titles: Set<String>) {
    let kept = columns.indices.filter { !titles.contains(columns[$0].title) }
    columns = kept.map { columns[$0] }
    rows = rows.map { row in kept.map { row[$0] } }
  }

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

  /// The table as Markdown, with nothing cut.
  var markdownLines: [String] {
    let rule = columns.map { $0.isNumber ? "---:" : "---" }
    let cells = [columns.map(\.title.markdown), rule] + rows.map { row in row.map(\.text.markdown) }
    return cells.map { "| \($0.joined(separator: " | ")) |" }
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
