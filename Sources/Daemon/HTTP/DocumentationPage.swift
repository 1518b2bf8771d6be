/// A page of the documentation as HTML: as much of Markdown as this repository's documents use.
///
/// Headings, paragraphs, lists, tables, fenced code, and inside of them code, bold, emphasis and links. The text is
/// ours; it is escaped all the same.
enum DocumentationPage {
  /// The whole page. A heading's anchor is its own text with dashes for blanks, as GitHub makes them.
  static func html(_ markdown: String) -> String {
    """
    <!doctype html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>cachegauge: what warnings mean</title>
    <link rel="icon" href="/page/icon.svg" type="image/svg+xml">
    <link rel="stylesheet" href="/page/page.css">
    </head>
    <body>
    <nav class="bar" aria-label="Back"><a href="/">cachegauge</a></nav>
    <main class="text">
    \(blocks(of: markdown).map(render).joined(separator: "\n"))
    </main>
    </body>
    </html>

    """
  }

  private enum Block {
    case heading(Int, String)
    case code([Substring])
    case list([String], ordered: Bool)
    case table([Substring])
    case paragraph(String)
  }

  private static func blocks(of markdown: String) -> [Block] {
    var blocks: [Block] = []
    var lines = markdown.split(separator: "\n", omittingEmptySubsequences: false)[...]
    while let line = lines.popFirst() {
      if line.allSatisfy(\.isWhitespace) { continue }
      if line.hasPrefix("```") {
        blocks.append(.code(take(&lines) { !$0.hasPrefix("```") }))
        _ = lines.popFirst()
      } else if line.hasPrefix("#") {
        let level = line.prefix { $0 == "#" }.count
        blocks.append(.heading(level, String(line.dropFirst(level + 1))))
      } else {
        blocks.append(block([line] + take(&lines) { !$0.allSatisfy(\.isWhitespace) && !$0.hasPrefix("#") }))
      }
    }
    return blocks
  }

  private static func block(_ lines: [Substring]) -> Block {
    if lines[0].hasPrefix("|") { return .table(lines) }
    let isOrdered = lines[0].hasPrefix("1. ")
    guard isOrdered || lines[0].hasPrefix("- ") else { return .paragraph(lines.joined(separator: " ")) }
    let items = lines.reduce(into: [String]()) { items, line in
      let marker = isOrdered ? line.prefix { $0.isNumber }.count + 2 : 2
      if isOrdered ? line.first?.isNumber == true : line.hasPrefix("- ") {
        items.append(String(line.dropFirst(marker)))
      } else {
        items[items.count - 1] += " " + line.drop { $0 == " " }
      }
    }
    return .list(items, ordered: isOrdered)
  }

  private static func take(_ lines: inout ArraySlice<Substring>, while holds: (Substring) -> Bool) -> [Substring] {
    let taken = lines.prefix(while: holds)
    lines = lines.dropFirst(taken.count)
    return Array(taken)
  }

  private static func render(_ block: Block) -> String {
    switch block {
    case .heading(let level, let text): return "<h\(level) id=\"\(anchor(text))\">\(inline(text))</h\(level)>"
    case .code(let lines): return "<pre><code>\(LandingPage.escape(lines.joined(separator: "\n")))</code></pre>"
    case .paragraph(let text): return "<p>\(inline(text))</p>"
    case .list(let items, let ordered):
      let tag = ordered ? "ol" : "ul"
      return "<\(tag)>\(items.map { "<li>\(inline($0))</li>" }.joined())</\(tag)>"
    case .table(let lines):
      let rows = lines.filter { !$0.hasPrefix("|--") }.enumerated().map { index, line in
        let cells = line.split(separator: "|").map { String($0) }.filter { !$0.isEmpty }
        let tag = index == 0 ? "th scope=\"col\"" : "td"
        return "<tr>\(cells.map { "<\(tag)>\(inline($0))</\(tag.prefix(2))>" }.joined())</tr>"
      }
      return "<div class=\"scroll\"><table>\(rows.joined())</table></div>"
    }
  }

  private static func anchor(_ heading: String) -> String {
    String(
      heading.lowercased().compactMap {
        $0 == " " ? "-" : $0.isLetter || $0.isNumber || "_-".contains($0) ? $0 : nil
      })
  }

  /// Code first, so that nothing inside of it is taken for something else.
  private static func inline(_ text: String) -> String {
    text.split(separator: "`", omittingEmptySubsequences: false).enumerated().map { index, part in
      let escaped = LandingPage.escape(String(part))
      return index % 2 == 1 ? "<code>\(escaped)</code>" : links(emphasis(escaped))
    }.joined()
  }

  private static func emphasis(_ text: String) -> String {
    alternate(alternate(text, "**", "strong"), "*", "em")
  }

  private static func alternate(_ text: String, _ mark: String, _ tag: String) -> String {
    let parts = text.split(separator: mark, omittingEmptySubsequences: false)
    guard parts.count % 2 == 1 else { return text }
    return parts.enumerated().map { $0 % 2 == 1 ? "<\(tag)>\($1)</\(tag)>" : String($1) }.joined()
  }

  /// Links to anchors of this page; what points into the repository is shown as text.
  private static func links(_ text: String) -> String {
    text.replacing(/\[([^\]]+)\]\(([^)]+)\)/) { match in
      match.output.2.hasPrefix("#") ? "<a href=\"\(match.output.2)\">\(match.output.1)</a>" : String(match.output.1)
    }
  }
}
