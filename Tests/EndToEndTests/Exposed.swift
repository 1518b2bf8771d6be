import TestSupport

/// What an exporter serves, read for a comparison: types of families, and values of series with their labels sorted.
struct Exposed {
  /// A series' name and labels.
  struct Series: Hashable, CustomStringConvertible {
    var name: String
    var labels: [String: String]
    var description: String { "\(name)\(labels.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" })" }
  }

  private(set) var types: [String: String] = [:]
  private(set) var values: [Series: Double] = [:]

  init(port: UInt16) throws {
    self.init(try TestSupport.get("/metrics", port: port).body)
  }

  init(_ text: String) {
    for line in text.split(separator: "\n") {
      let words = line.split(separator: " ")
      if line.hasPrefix("# TYPE "), words.count == 4 {
        types[String(words[2])] = String(words[3])
      } else if !line.hasPrefix("#"), let space = line.lastIndex(of: " "),
        let value = Double(line[line.index(after: space)...])
      {
        values[Self.series(line[..<space])] = value
      }
    }
  }

  private static func series(_ text: Substring) -> Series {
    guard let brace = text.firstIndex(of: "{") else { return Series(name: String(text), labels: [:]) }
    var labels: [String: String] = [:]
    var rest = text[text.index(after: brace)...].dropLast()
    while let equals = rest.firstIndex(of: "=") {
      let name = String(rest[..<equals].drop { $0 == "," })
      var value = ""
      var position = rest.index(equals, offsetBy: 2)
      while position < rest.endIndex, rest[position] != "\"" {
        if rest[position] == "\\" {
          value.append(rest[position])
          position = rest.index(after: position)
        }
        value.append(rest[position])
        position = rest.index(after: position)
      }
      labels[name] = value
      rest = rest[position...].dropFirst()
    }
    return Series(name: String(text[..<brace]), labels: labels)
  }

  /// The family of a series.
  func family(of series: Series) -> String {
    for suffix in ["_bucket", "_sum", "_count"] where series.name.hasSuffix(suffix) {
      let base = String(series.name.dropLast(suffix.count))
      if types[base] == "summary" || types[base] == "histogram" { return base }
    }
    return series.name
  }
}
