import Yams

/// Reads a file's bytes as one YAML document.
///
/// The tree is nil when the text can't be used at all; the problems say why. Otherwise they hold what is wrong with
/// its form (keys given twice), and the tree holds the rest.
func readTree(_ bytes: [UInt8], file: String) -> (tree: ConfigurationNode?, problems: [ConfigurationProblem]) {
  func refused(_ message: String, _ place: Place = Place(line: 0, column: 0)) -> (
    tree: ConfigurationNode?, problems: [ConfigurationProblem]
  ) {
    (nil, [ConfigurationProblem(.error, place.origin(file), message)])
  }
  guard bytes.count <= ConfigurationLimits.bytes else {
    return refused("the file has \(bytes.count) bytes; a configuration has at most \(formatSize(1 << 20))")
  }
  guard let text = String(validating: bytes, as: UTF8.self) else { return refused("the file is not UTF-8 text") }
  if let (scalar, place) = forbiddenScalar(in: text) {
    let code = String(scalar.value, radix: 16, uppercase: true)
    return refused(
      "character U+\(String(repeating: "0", count: max(0, 4 - code.count)))\(code) is not allowed", place)
  }
  if let place = complexKey(in: text) { return refused("an alias, a list or a mapping can't be a key", place) }
  var duplicates = DuplicateKeys(text: text)
  while true {
    do {
      guard let root = try Parser(yaml: duplicates.text, encoding: .utf8).singleRoot() else {
        return refused("the file is empty")
      }
      var builder = ConfigurationTreeBuilder(file: file, duplicates: duplicates.names)
      let tree = builder.build(root)
      return (tree, builder.problems)
    } catch YamlError.duplicatedKeysInMapping(let names, let context) {
      let place = Place(context.mark)
      if let name = names.first, duplicates.rename(name, at: place) { continue }
      return refused("`\(names.first ?? "")` is given twice", place)
    } catch {
      return (nil, [syntaxProblem(error, text: text, file: file)])
    }
  }
}

/// The lines of a text as YAML counts them.
func lines(of text: String) -> [Substring.UnicodeScalarView] {
  var lines: [Substring.UnicodeScalarView] = []
  let scalars = text.unicodeScalars
  var start = scalars.startIndex
  var index = start
  while index < scalars.endIndex {
    let scalar = scalars[index]
    var next = scalars.index(after: index)
    if scalar == "\n" || scalar == "\r" {
      lines.append(scalars[start..<index])
      if scalar == "\r", next < scalars.endIndex, scalars[next] == "\n" { next = scalars.index(after: next) }
      start = next
    }
    index = next
  }
  lines.append(scalars[start...])
  return lines
}

/// The first character that YAML does not allow in a file, or that would make it count lines otherwise than people do.
private func forbiddenScalar(in text: String) -> (Unicode.Scalar, Place)? {
  for (number, line) in lines(of: text).enumerated() {
    for (column, scalar) in line.enumerated() {
      switch scalar.value {
      case 0x09, 0x20...0x7E, 0xA0...0x2027, 0x202A...0xD7FF, 0xE000...0xFEFE, 0xFF00...0xFFFD, 0x10000...: continue
      case 0xFEFF where number == 0 && column == 0: continue
      default: return (scalar, Place(line: number + 1, column: column + 1))
      }
    }
  }
  return nil
}

/// A key that is an alias, a list or a mapping, in a text that has aliases at all.
///
/// The parser hashes keys, and the hash of an alias within an alias within an alias takes for ever; so these are
/// refused before it sees them. A rough scan: it knows quotes and comments, but not texts over several lines.
private func complexKey(in text: String) -> Place? {
  guard text.utf8.contains(UInt8(ascii: "*")), text.utf8.contains(UInt8(ascii: "&")) else { return nil }
  for (number, line) in lines(of: text).enumerated() {
    if let column = complexKey(inLine: Array(line)) { return Place(line: number + 1, column: column + 1) }
  }
  return nil
}

private func complexKey(inLine line: [Unicode.Scalar]) -> Int? {
  var quote: Unicode.Scalar?
  var keyEnd: Int?
  var index = 0
  while index < line.count {
    let scalar = line[index]
    let isTokenStart = index == 0 || " \t[{,:-?".unicodeScalars.contains(line[index - 1])
    if let open = quote {
      if open == "\"", scalar == "\\" { index += 1 } else if scalar == open { quote = nil }
    } else if isTokenStart, scalar == "\"" || scalar == "'" {
      (quote, keyEnd) = (scalar, nil)
    } else if isTokenStart, scalar == "#" {
      return nil
    } else if scalar == ":", let keyEnd {
      return keyEnd
    } else if isTokenStart, scalar == "?", index + 1 == line.count || line[index + 1] == " " {
      return index
    } else if scalar == "]" || scalar == "}" {
      keyEnd = index
    } else if isTokenStart, scalar == "*" {
      keyEnd = index
      while index + 1 < line.count, isAnchorCharacter(line[index + 1]) { index += 1 }
    } else if scalar != " ", scalar != "\t" {
      keyEnd = nil
    }
    index += 1
  }
  return nil
}

private func isAnchorCharacter(_ scalar: Unicode.Scalar) -> Bool {
  scalar.properties.isAlphabetic || scalar.properties.numericType != nil || scalar == "_" || scalar == "-"
}

/// Makes keys that are given twice distinct, so that everything else in the file is still read and checked.
///
/// The parser stops at the first such mapping and names the place of the key's first use. That use is replaced by as
/// many private-use characters as it has, which keeps every other place in the file as it was.
struct DuplicateKeys {
  private(set) var text: String
  /// Stand-in → the key that it stands for.
  private(set) var names: [String: String] = [:]

  init(text: String) {
    self.text = text
  }

  /// False when the key does not stand at `place` as written, or after 100 of them.
  mutating func rename(_ name: String, at place: Place) -> Bool {
    let key = name.unicodeScalars
    guard names.count < 100, !key.isEmpty, var start = index(of: place),
      let first = Unicode.Scalar(0xE000 + UInt32(names.count) + 1), let filler = Unicode.Scalar(0xE000 as UInt32)
    else { return false }
    if text.unicodeScalars[start] == "\"" || text.unicodeScalars[start] == "'" {
      start = text.unicodeScalars.index(after: start)
    }
    guard text.unicodeScalars[start...].starts(with: key) else { return false }
    let end = text.unicodeScalars.index(start, offsetBy: key.count)
    let stand = [first] + Array(repeating: filler, count: key.count - 1)
    text.unicodeScalars.replaceSubrange(start..<end, with: stand)
    names[stand.map(String.init).joined()] = name
    return true
  }

  private func index(of place: Place) -> String.Index? {
    let all = lines(of: text)
    guard place.line >= 1, place.line <= all.count else { return nil }
    let line = all[place.line - 1]
    guard place.column >= 1, place.column <= line.count else { return nil }
    return line.index(line.startIndex, offsetBy: place.column - 1)
  }
}
