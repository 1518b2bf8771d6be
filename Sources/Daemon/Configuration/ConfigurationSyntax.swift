import Yams

/// What the YAML parser could not read, with the line and what was probably meant.
func syntaxProblem(_ error: any Error, text: String, file: String) -> ConfigurationProblem {
  guard let yaml = error as? YamlError, let (problem, place) = parts(yaml) else {
    return ConfigurationProblem(.error, .file(file, line: 0, column: 0), "the file is not YAML")
  }
  let all = lines(of: text)
  let line = place.line >= 1 && place.line <= all.count ? String(all[place.line - 1]) : ""
  let hint = hint(line, problem, place).map { "; \($0)" } ?? ""
  return ConfigurationProblem(
    .error, place.origin(file), "\(problem)\(hint)", excerpt: excerpt(line, column: place.column))
}

private func parts(_ error: YamlError) -> (String, Place)? {
  switch error {
  case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _):
    if problem.hasPrefix("Maximum nesting level") { return ("the file is nested too deeply", Place(mark)) }
    return ("not YAML: " + (context.map { "\($0.text), " } ?? "") + problem, Place(mark))
  case .composer(let context, let problem, let mark, _):
    if context?.text.contains("single document") == true {
      return ("a second document begins here; a configuration is one document", Place(mark))
    }
    return ("not YAML: \(problem)", Place(mark))
  default:
    return nil
  }
}

private func hint(_ line: String, _ problem: String, _ place: Place) -> String? {
  let value = line.split(separator: ":", maxSplits: 1).last.map { trimmed($0) } ?? ""
  if problem.contains("undefined alias") || problem.contains("alphabetic or numeric") {
    return "quote a pattern that begins with *: \"*:roles\""
  }
  if line.contains("[:") || value.range(matching: "[", before: "]:") {
    return "quote an IPv6 address: \"[::1]:9121\""
  }
  if line.prefix(while: { $0 == " " || $0 == "\t" }).contains("\t") { return "indent with blanks, not with tabs" }
  if problem.contains("cannot start any token") { return "quote a value that begins with @, %, ` or a tab" }
  return nil
}

/// The line and a mark below the column. Passwords and user information are blotted out first.
private func excerpt(_ line: String, column: Int) -> String? {
  let shown = blotted(line)
  if shown.isEmpty { return nil }
  let isWhole = shown == line
  let cut = String(shown.unicodeScalars.prefix(160).map { $0 == "\t" ? " " : Character($0) })
  guard isWhole, column >= 1, column <= 160 else { return "  \(cut)" }
  return "  \(cut)\n  \(String(repeating: " ", count: column - 1))^"
}

/// Words behind which a secret may stand, and what is shown of them: values of headers may be tokens.
private let secretWords = [
  ("pass", "password"), ("token", "token"), ("authorization", "authorization"), ("headers", "headers"),
  ("x-", "x-"),
]

private func blotted(_ line: String) -> String {
  let lower = line.lowercased()
  if lower.utf8.count == line.utf8.count {
    let found = secretWords.compactMap { word, shown in lower.firstRange(of: word).map { ($0.lowerBound, shown) } }
    if let (start, shown) = found.min(by: { $0.0 < $1.0 }) {
      let offset = lower.utf8.distance(from: lower.startIndex, to: start)
      return String(line.utf8.prefix(offset)).map { "\($0)\(shown) … \(Secret.placeholder)" } ?? Secret.placeholder
    }
  }
  guard line.contains("//"), line.contains("@") || line.contains("?") else { return line }
  return "… \(Secret.placeholder)"
}

extension String {
  /// Whether the text begins with `opening` and later has `closing`.
  fileprivate func range(matching opening: Character, before closing: String) -> Bool {
    first == opening && contains(closing)
  }
}
